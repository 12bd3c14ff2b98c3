/* store/value_check.c - a value against the rows of atomloom/types.h, and its numbers against what
 * a number may be */
#include "store/value.h"
#include "base/text.h"
#include <atomloom/types.h>
#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct array_row {
    const char *type, *name;
    unsigned dtypes;
    const char *shape, *unit;
    bool required;
} array_row;
typedef struct attribute_row {
    const char *type, *name;
    char kind;
    const char *unit;
    bool required;
} attribute_row;

static const array_row array_rows[] = {
#define X(type, name, dtypes, shape, unit, required, doc) \
    { type, name, dtypes, shape, unit, required },
    LOOM_TYPE_ARRAYS(X)
#undef X
};
static const attribute_row attribute_rows[] = {
#define X(type, name, kind, unit, required, doc) { type, name, kind, unit, required },
    LOOM_TYPE_ATTRIBUTES(X)
#undef X
};

#define COUNT(a) (sizeof(a) / sizeof *(a))
static const char op_bug[] = "this is a bug of the op: report it to the op's author";

/* `length[c]` remembers the length that letter c of a shape stands for in this value; -1: not seen
 * yet. */
static bool check_array(const loom_array *a, const array_row *row, int64_t length[128], error *e)
{
    assert((unsigned)a->dtype < LOOM_DTYPE_COUNT);
    if (!(row->dtypes & (1u << a->dtype)))
        return error_set(e, LOOM_E_DATA, op_bug, "array '%s' of a %s has dtype %s", a->name,
                         row->type, loom_dtype_text(a->dtype));
    if (strcmp(row->shape, "*") != 0) {
        if (a->rank != (int32_t)strlen(row->shape))
            return error_set(e, LOOM_E_DATA, op_bug, "array '%s' of a %s has %d axes, expected %zu",
                             a->name, row->type, (int)a->rank, strlen(row->shape));
        for (int32_t i = 0; i < a->rank; i++) {
            unsigned char c = (unsigned char)row->shape[i];
            int64_t want = isdigit(c) ? c - '0' : length[c];
            if (want >= 0 && a->dim[i] != want)
                return error_set(e, LOOM_E_DATA, op_bug,
                                 "array '%s' of a %s has %lld entries along axis %d, expected %lld",
                                 a->name, row->type, (long long)a->dim[i], (int)i, (long long)want);
            if (!isdigit(c)) length[c] = a->dim[i];
        }
    }
    if (*row->unit && strcmp(a->unit, row->unit) != 0)
        return error_set(e, LOOM_E_DATA, op_bug, "array '%s' of a %s is in '%s', expected '%s'",
                         a->name, row->type, a->unit, row->unit);
    return true;
}

static bool check_table(const loom_value *v, error *e)
{
    const loom_array *first = value_array_at(v, 0), *a;
    for (int64_t i = 0; (a = value_array_at(v, i)); i++)
        if (a->rank != 1 || a->dim[0] != first->dim[0])
            return error_set(e, LOOM_E_DATA, op_bug,
                             "column '%s' of a table has %d axes and %lld rows; every column has 1 "
                             "axis and %lld rows",
                             a->name, (int)a->rank, (long long)a->dim[0], (long long)first->dim[0]);
    return true;
}

bool value_check_type(const loom_value *v, error *e)
{
    const char *type = value_type(v);
    int64_t length[128];
    for (size_t i = 0; i < COUNT(length); i++) length[i] = -1;
    if (!strcmp(type, "table")) return check_table(v, e);
    for (size_t i = 0; i < COUNT(array_rows); i++) {
        const array_row *row = &array_rows[i];
        if (strcmp(row->type, type) != 0) continue;
        const loom_array *a = value_array(v, row->name);
        if (!a && row->required)
            return error_set(e, LOOM_E_DATA, op_bug, "a %s must hold an array '%s'", type,
                             row->name);
        if (a && !check_array(a, row, length, e)) return false;
    }
    for (size_t i = 0; i < COUNT(attribute_rows); i++) {
        const attribute_row *row = &attribute_rows[i];
        if (strcmp(row->type, type) != 0) continue;
        const loom_attribute *a = value_attribute(v, row->name);
        if (!a && row->required)
            return error_set(e, LOOM_E_DATA, op_bug, "a %s must hold an attribute '%s'", type,
                             row->name);
        if (a && (a->text != NULL) != (row->kind == 't'))
            return error_set(e, LOOM_E_DATA, op_bug, "attribute '%s' of a %s must be a %s",
                             row->name, type, row->kind == 't' ? "text" : "number");
        if (a && !a->text && strcmp(a->unit, row->unit) != 0)
            return error_set(e, LOOM_E_DATA, op_bug,
                             "attribute '%s' of a %s is in '%s', expected '%s'", row->name, type,
                             a->unit, row->unit);
    }
    return true;
}

/* ---- finite ---------------------------------------------------------------------------------- */

/* Index of the first number that is not finite, or n. A block at a time without a branch: x - x is
 * 0 for finite x only. */
#define FIRST_NOT_FINITE(name, element) \
    static int64_t name(const element *x, int64_t n) \
    { \
        enum { BLOCK = 4096 }; \
        for (int64_t from = 0; from < n; from += BLOCK) { \
            int64_t to = from + BLOCK < n ? from + BLOCK : n; \
            int finite = 1; \
            for (int64_t i = from; i < to; i++) finite &= x[i] - x[i] == 0; \
            for (int64_t i = from; !finite && i < to; i++) \
                if (!isfinite(x[i])) return i; \
        } \
        return n; \
    }
FIRST_NOT_FINITE(first_not_finite_f32, float)
FIRST_NOT_FINITE(first_not_finite_f64, double)

/* Where an element is, slowest axis first: "[3][4][5] of [10][20][30]", or "element 3 of 10" along
 * a single axis. */
static void place_text(const loom_array *a, int64_t at, text *out)
{
    assert(at >= 0 && at < loom_array_count(a));
    int64_t rest = loom_array_count(a);
    if (a->rank < 2) text_printf(out, "element %lld of %lld", (long long)at, (long long)rest);
    for (int i = 0; i < a->rank && a->rank > 1; i++) {
        rest /= a->dim[i];
        assert(rest > 0);
        text_printf(out, "[%lld]", (long long)(at / rest));
        at %= rest;
    }
    for (int i = 0; i < a->rank && a->rank > 1; i++)
        text_printf(out, "%s[%lld]", i ? "" : " of ", (long long)a->dim[i]);
}

/* A table, and a picture of one, says of which columns some numbers are missing (types.h): there
 * NaN is one of them. */
static bool may_be_missing(const loom_value *v, const loom_array *a)
{
    char name[VALUE_MAX_NAME + 16];
    snprintf(name, sizeof name, "missing.%s", a->name);
    bool rows = !strcmp(value_type(v), "table") || !strcmp(value_type(v), "panel");
    return rows && a->dtype == LOOM_F64 && value_attribute(v, name);
}

static int64_t first_infinite(const double *x, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        if (isinf(x[i])) return i;
    return n;
}

static bool array_is_finite(const loom_value *v, const loom_array *a, error *e)
{
    int64_t n = loom_array_count(a), at = n;
    text where = { 0 };
    if (may_be_missing(v, a)) at = first_infinite(a->data, n);
    else if (a->dtype == LOOM_F32) at = first_not_finite_f32(a->data, n);
    else if (a->dtype == LOOM_F64) at = first_not_finite_f64(a->data, n);
    if (at == n) return true;
    double found =
        a->dtype == LOOM_F32 ? (double)((const float *)a->data)[at] : ((const double *)a->data)[at];
    place_text(a, at, &where);
    error_set(e, LOOM_E_NUMERIC, "check the inputs and the parameters of this node",
              "array '%s' holds %f at %s", a->name, found, where.data ? where.data : "?");
    text_free(&where);
    return false;
}

bool value_check_finite(const loom_value *v, error *e)
{
    const loom_array *a;
    const loom_attribute *t;
    for (int64_t i = 0; (a = value_array_at(v, i)); i++)
        if (!array_is_finite(v, a, e)) return false;
    for (int64_t i = 0; (t = value_attribute_at(v, i)); i++)
        if (!t->text && !isfinite(t->number))
            return error_set(e, LOOM_E_NUMERIC, "check the inputs and the parameters of this node",
                             "attribute '%s' is %f", t->name, t->number);
    return true;
}
