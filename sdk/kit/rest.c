/* kit/rest.c - what an op does not know is passed on; the rules are in check.h. */
#include "kit/check.h"
#include <atomloom/types.h>
#include <assert.h>
#include <ctype.h>

typedef struct type_row {
    const char *type, *name, *shape;
    bool required;
} type_row;
static const type_row type_rows[] = {
#define X(type, name, dtypes, shape, unit, required, doc) { type, name, shape, required },
    LOOM_TYPE_ARRAYS(X)
#undef X
};
enum { TYPE_ROWS = sizeof type_rows / sizeof *type_rows, MOST_LENGTHS = 64 };

/* One passing on. `shape`: the letters of the input type's arrays, each once, in order; the first
 * is the row's. */
typedef struct passing {
    loom_call *call;
    const loom_value *in, *out;
    loom_rest how;
    const char *type;
    char shape[32];
    int64_t rows;                  /* of the input */
    int64_t changed[MOST_LENGTHS]; /* lengths that were another in the input */
    int changes;
} passing;

static const type_row *row_of(const char *type, const char *name)
{
    assert(type && name);
    for (int i = 0; i < TYPE_ROWS; i++)
        if (!strcmp(type_rows[i].type, type) && !strcmp(type_rows[i].name, name))
            return &type_rows[i];
    return NULL;
}

static bool is_listed(const char *const *names, const char *name)
{
    for (; names && *names; names++)
        if (!strcmp(*names, name)) return true;
    return false;
}

static void collect_letters(passing *p)
{
    size_t n = 0;
    for (int i = 0; i < TYPE_ROWS; i++)
        for (const char *c = type_rows[i].shape; !strcmp(type_rows[i].type, p->type) && *c; c++)
            if (islower((unsigned char)*c) && !memchr(p->shape, *c, n) && n + 1 < sizeof p->shape)
                p->shape[n++] = *c;
}

/* The length of the first axis of the type's first array, or of the value's where the type has no
 * rows of types.h. */
static int64_t rows_of(const passing *p)
{
    const loom_array *first = p->call->host->array_at(p->in, 0);
    for (int i = 0; i < TYPE_ROWS; i++)
        if (!strcmp(type_rows[i].type, p->type)) {
            const loom_array *a = p->call->host->array(p->in, type_rows[i].name);
            if (a) return a->rank ? a->dim[0] : 0;
        }
    return first && first->rank ? first->dim[0] : 0;
}

static void collect_changes(passing *p)
{
    assert(p->changes == 0);
    const loom_array *a, *b;
    for (int64_t i = 0; (a = p->call->host->array_at(p->in, i)); i++) {
        b = p->call->host->array(p->out, a->name);
        for (int32_t k = 0; b && b->rank == a->rank && k < a->rank; k++)
            if (a->dim[k] != b->dim[k] && p->changes < MOST_LENGTHS)
                p->changed[p->changes++] = a->dim[k];
    }
}

static bool is_identity(const loom_rest *how, int64_t rows)
{
    assert(how->row && rows >= 0);
    bool same = how->rows == rows;
    for (int64_t i = 0; same && i < rows; i++) same = how->row[i] == i;
    return same;
}

static bool rows_exist(const passing *p)
{
    for (int64_t i = 0; p->how.row && i < p->how.rows; i++)
        if (p->how.row[i] < 0 || p->how.row[i] >= p->rows) {
            p->call->host->fail(p->call, LOOM_E_BUG, NULL, "row %lld of %lld is to be passed on",
                                (long long)p->how.row[i], (long long)p->rows);
            return false;
        }
    return true;
}

/* What each axis stands for: a letter, '0' for a fixed length, 0 where nothing is known. Unknown
 * arrays: letters of the type in their order, the earliest of that length first. */
static void name_axes(const passing *p, const loom_array *a, char axis[LOOM_MAX_RANK])
{
    assert(a->rank >= 0);
    const type_row *row = row_of(p->type, a->name);
    memset(axis, 0, LOOM_MAX_RANK);
    if (row && (int32_t)strlen(row->shape) == a->rank && *row->shape != '*') {
        for (int32_t k = 0; k < a->rank && k < LOOM_MAX_RANK; k++)
            axis[k] = isdigit((unsigned char)row->shape[k]) ? '0' : row->shape[k];
        return;
    }
    int64_t length[128];
    memset(length, -1, sizeof length);
    for (int i = 0; i < TYPE_ROWS; i++) {
        const loom_array *known = strcmp(type_rows[i].type, p->type)
                                      ? NULL
                                      : p->call->host->array(p->in, type_rows[i].name);
        for (int32_t k = 0; known && k < known->rank && type_rows[i].shape[k]; k++)
            length[type_rows[i].shape[k] & 127] = known->dim[k];
    }
    const char *next = p->shape;
    for (int32_t k = 0; k < a->rank && k < LOOM_MAX_RANK; k++)
        for (const char *c = next; *c; c++)
            if (length[*c & 127] == a->dim[k]) {
                axis[k] = *c;
                next = c + 1;
                break;
            }
}

static bool is_row_axis(const passing *p, const loom_array *a, const char axis[])
{
    if (!a->rank || a->dim[0] != p->rows) return false;
    return *p->shape ? axis[0] == *p->shape : true;
}

/* Is the array still true of the output, with rows taken along where `by_row`? */
static bool still_fits(const passing *p, const loom_array *a, bool *by_row)
{
    char axis[LOOM_MAX_RANK];
    name_axes(p, a, axis);
    *by_row = p->how.row && is_row_axis(p, a, axis);
    for (int32_t k = *by_row ? 1 : 0; k < a->rank && k < LOOM_MAX_RANK; k++) {
        if (axis[k] == '0') continue;
        if (axis[k] && p->how.moved && strchr(p->how.moved, axis[k])) return false;
        if (p->how.row && a->dim[k] == p->rows) return false;
        for (int i = 0; i < p->changes; i++)
            if (a->dim[k] == p->changed[i]) return false;
    }
    return !(*by_row && p->how.moved && axis[0] && strchr(p->how.moved, axis[0]));
}

static bool pass_rows(const passing *p, const loom_array *a, loom_value *out)
{
    assert(a->rank > 0 && p->how.row);
    int64_t dim[LOOM_MAX_RANK];
    memcpy(dim, a->dim, sizeof dim);
    dim[0] = p->how.rows;
    size_t row = p->rows ? (size_t)(loom_array_count(a) / p->rows) * loom_dtype_bytes(a->dtype) : 0;
    char *dst = p->call->host->add_array(p->call, out, a->name, a->dtype, a->rank, dim, a->unit);
    for (int64_t i = 0; dst && i < p->how.rows; i++)
        memcpy(dst + (size_t)i * row, (const char *)a->data + (size_t)p->how.row[i] * row, row);
    return dst != NULL;
}

static bool pass_one(const passing *p, const loom_array *a, loom_value *out)
{
    const char *to = p->call->host->type(out);
    const type_row *row = row_of(p->type, a->name);
    bool by_row, content = row && row->required && strcmp(p->type, to) != 0 && !row_of(to, a->name);
    if (p->call->host->array(out, a->name) || is_listed(p->how.but, a->name) || content)
        return true;
    if (still_fits(p, a, &by_row))
        return by_row ? pass_rows(p, a, out) : loom_pass_array(p->call, a, out);
    p->call->host->note(p->call, "array '%s' is not passed on: it no longer fits what was changed",
                        a->name);
    return true;
}

static bool has_attribute(loom_call *call, const loom_value *v, const char *name)
{
    double number;
    return call->host->text(v, name) || call->host->number(v, name, &number);
}

static void pass_attributes(const passing *p, loom_value *out)
{
    const loom_host *h = p->call->host;
    const loom_attribute *a;
    for (int64_t i = 0; (a = h->attribute_at(p->in, i)); i++) {
        if (has_attribute(p->call, out, a->name) || is_listed(p->how.but, a->name)) continue;
        if (a->text) h->set_text(p->call, out, a->name, a->text);
        else h->set_number(p->call, out, a->name, a->number, a->unit);
    }
}

bool loom_pass_rest_as(loom_call *call, const loom_value *in, loom_value *out, loom_rest how)
{
    if (!in || !out) return in == NULL; /* no output: out of memory, reported */
    passing p = { .call = call, .in = in, .out = out, .how = how, .type = call->host->type(in) };
    collect_letters(&p);
    p.rows = rows_of(&p);
    if (how.row && is_identity(&how, p.rows)) p.how.row = NULL;
    if (!rows_exist(&p)) return false;
    collect_changes(&p);
    pass_attributes(&p, out);
    const loom_array *a;
    for (int64_t i = 0; (a = call->host->array_at(in, i)); i++)
        if (!pass_one(&p, a, out)) return false;
    return true;
}

bool loom_pass_rest(loom_call *call, const loom_value *in, loom_value *out)
{
    return loom_pass_rest_as(call, in, out, (loom_rest){ 0 });
}

bool loom_pass_rest_rows(loom_call *call, const loom_value *in, loom_value *out, const int64_t *row,
                         int64_t rows)
{
    assert(row || !rows);
    return loom_pass_rest_as(call, in, out, (loom_rest){ .row = row, .rows = rows });
}
