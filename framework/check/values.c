/* check/values.c - values made from the rows of types.h alone: what a row says of shape, unit and
 * dtype decides what is put in. */
#include "check/inside.h"
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
    const char *doc;
} attribute_row;
static const array_row arrays[] = {
#define X(type, name, dtypes, shape, unit, required, doc) \
    { type, name, dtypes, shape, unit, required },
    LOOM_TYPE_ARRAYS(X)
#undef X
};
static const attribute_row attributes[] = {
#define X(type, name, kind, unit, required, doc) { type, name, kind, unit, required, doc },
    LOOM_TYPE_ATTRIBUTES(X)
#undef X
};
static const char *const type_names[] = {
#define X(name, doc) name,
    LOOM_TYPE_NAMES(X)
#undef X
};
#define COUNT(a) (sizeof(a) / sizeof *(a))

enum { TABLE_ROWS = 8, POINTS = 64 };

/* ---- what types.h says ----------------------------------------------------------------------- */

static const array_row *first_required(const char *type)
{
    for (size_t i = 0; i < COUNT(arrays); i++)
        if (!strcmp(arrays[i].type, type) && arrays[i].required) return &arrays[i];
    return NULL;
}

const char *check_type_shape(const char *type)
{
    assert(type);
    const array_row *row = first_required(type);
    return !strcmp(type, "table") ? "r" : row && *row->shape != '*' ? row->shape : "";
}

const char *check_type_content(const char *type)
{
    const array_row *row = first_required(type);
    return row ? row->name : NULL;
}

bool check_type_knows_array(const char *type, const char *name)
{
    for (size_t i = 0; i < COUNT(arrays); i++)
        if (!strcmp(arrays[i].type, type) && !strcmp(arrays[i].name, name)) return true;
    return false;
}

/* Rows are what a selection keeps or drops; samples of a grid (x, y, z) and bytes are none. */
int64_t check_rows(const loom_value *v)
{
    const char *type = value_type(v), *shape = check_type_shape(type),
               *name = check_type_content(type);
    const loom_array *a = name ? value_array(v, name) : value_array_at(v, 0);
    if (!*shape || strchr("xyzb", *shape)) return -1;
    return a && a->rank ? a->dim[0] : 0;
}

static bool is_known(const char *type)
{
    for (size_t i = 0; i < COUNT(type_names); i++)
        if (!strcmp(type_names[i], type)) return true;
    return false;
}

const char *check_misspelt(const loom_value *v, const char *name, bool attribute)
{
    const char *names[64], *type = value_type(v);
    int n = 0;
    for (size_t i = 0; !attribute && i < COUNT(arrays) && n < 64; i++)
        if (!strcmp(arrays[i].type, type) && !value_array(v, arrays[i].name))
            names[n++] = arrays[i].name;
    for (size_t i = 0; attribute && i < COUNT(attributes) && n < 64; i++)
        if (!strcmp(attributes[i].type, type) && !value_attribute(v, attributes[i].name))
            names[n++] = attributes[i].name;
    int best = nearest_word(name, names, n);
    return best >= 0 && edit_distance(name, names[best], 3) <= 2 ? names[best] : NULL;
}

/* ---- contents -------------------------------------------------------------------------------- */

/* Lengths of the axes that letters of a shape stand for: small, no two of an image's alike; an
 * octahedron (v, f). */
static int64_t length_of(char letter)
{
    static const struct {
        char letter;
        int64_t length;
    } lengths[] = {
        { 'k', 8 },      { 'v', 6 },  { 'z', 14 }, { 'y', 12 },         { 'x', 16 },
        { 'n', POINTS }, { 'p', 16 }, { 'b', 64 }, { 'r', TABLE_ROWS },
    };
    for (size_t i = 0; i < COUNT(lengths); i++)
        if (lengths[i].letter == letter) return lengths[i].length;
    return isdigit((unsigned char)letter) ? letter - '0' : 8;
}

static double scatter(uint64_t i) /* in [0, 1), without a pattern, the same each time */
{
    i = (i + 1) * 0x9e3779b97f4a7c15u;
    i ^= i >> 29;
    i *= 0xbf58476d1ce4e5b9u;
    return (double)(i >> 32) / 4294967296.0;
}

/* Distance from the middle in units of half the length, over the last axes (three at most; the
 * first of [k][y][x] is no length). */
static double from_middle(const loom_array *a, int64_t i, int axes)
{
    assert(axes > 0 && axes <= a->rank);
    double sum = 0;
    for (int k = a->rank - 1; k >= a->rank - axes; k--) {
        double at = (double)(i % a->dim[k]), half = (double)a->dim[k] / 2;
        sum += (at - floor(half)) * (at - floor(half)) / (half * half);
        i /= a->dim[k];
    }
    return sqrt(sum);
}

/* Corner `row` of an octahedron around all points. */
static double corner(int64_t row, int64_t column)
{
    return row / 2 == column ? (row % 2 ? -12 : 12) : 0;
}

/* Points of a face-centred cubic lattice, 2.8 apart, a little shaken: 4 x 4 x 4 of the cells of one
 * point each, which are rhombic. */
static double point(int64_t row, int64_t column, int64_t i)
{
    static const double edge = 2.8 / 1.4142135623730951;
    int64_t a = row % 4 - 2, b = row / 4 % 4 - 2, c = row / 16 % 4 - 2;
    int64_t sum = column == 0 ? b + c : column == 1 ? a + c : a + b;
    return edge * (double)sum + 0.05 * (scatter((uint64_t)i) - 0.5);
}

static double element(const loom_array *a, const char *shape, int64_t i)
{
    assert(i >= 0 && i < loom_array_count(a));
    int64_t row = a->rank == 2 ? i / a->dim[1] : i, column = a->rank == 2 ? i % a->dim[1] : 0;
    int axes = strchr(shape, 'z') ? 3 : a->rank < 2 ? a->rank : 2;
    if (!strcmp(a->unit, "degree")) return column == 1 ? -60 + 16 * (double)row : 0;
    if (!strcmp(a->unit, "angstrom") && a->rank == 2)
        return *shape == 'v' ? corner(row, column % 3) : point(row, column % 3, i);
    if (!strcmp(a->unit, "angstrom")) return 0.5 * (double)(i + 1);
    if (a->rank == 1)
        return a->dtype == LOOM_U8 || a->dtype == LOOM_I32 ? floor(2 * scatter((uint64_t)i))
                                                           : 0.25 * (double)(i + 1);
    double r = from_middle(a, i, axes);
    if (a->dtype == LOOM_U8) return r < 0.6;
    return 10 * exp(-4 * r * r) + 0.1 * scatter((uint64_t)i);
}

static int32_t index_element(const loom_array *a, int64_t i)
{
    assert(a->dtype == LOOM_I32);
    static const int32_t octahedron[] = { 0, 2, 4, 2, 1, 4, 1, 3, 4, 3, 0, 4,
                                          2, 0, 5, 1, 2, 5, 3, 1, 5, 0, 3, 5 };
    if (a->rank == 2 && a->dim[1] == 3) return octahedron[i % 24];
    return (int32_t)(a->rank == 2 ? i / a->dim[1] : (int64_t)(2 * scatter((uint64_t)i)));
}

static void fill(loom_array *a, const char *shape)
{
    int64_t n = loom_array_count(a);
    for (int64_t i = 0; i < n; i++) switch (a->dtype) {
        case LOOM_F32: ((float *)a->data)[i] = (float)element(a, shape, i); break;
        case LOOM_F64: ((double *)a->data)[i] = element(a, shape, i); break;
        case LOOM_U8:
            ((uint8_t *)a->data)[i] =
                (uint8_t)(*shape == 'b' ? 'a' + (int)(i % 26) : (int)element(a, shape, i));
            break;
        case LOOM_I32: ((int32_t *)a->data)[i] = index_element(a, i); break;
        default: ((int64_t *)a->data)[i] = i; break;
        }
}

static loom_array *add_shaped(loom_value *v, const char *name, loom_dtype dtype, const char *shape,
                              const char *unit, bool empty, error *e)
{
    assert(strlen(shape) <= LOOM_MAX_RANK);
    int64_t dim[LOOM_MAX_RANK];
    for (size_t i = 0; shape[i]; i++) {
        bool of_rows = !i && check_rows(v) > 0 && *check_type_shape(value_type(v)) == *shape;
        dim[i] = empty && !isdigit((unsigned char)shape[i]) ? 0
                 : of_rows                                  ? check_rows(v)
                                                            : length_of(shape[i]);
    }
    loom_array *a = value_add_array(v, name, dtype, (int32_t)strlen(shape), dim, unit, e);
    if (a) fill(a, shape);
    return a;
}

static bool add_array(loom_value *v, const array_row *row, bool empty, error *e)
{
    static const loom_dtype preferred[] = { LOOM_F32, LOOM_F64, LOOM_I32, LOOM_U8, LOOM_I64 };
    loom_dtype dtype = LOOM_F32;
    for (size_t i = COUNT(preferred); i-- > 0;)
        if (row->dtypes & (1u << preferred[i])) dtype = preferred[i];
    return add_shaped(v, row->name, dtype, strcmp(row->shape, "*") ? row->shape : "zyx", row->unit,
                      empty, e)
           != NULL;
}

/* The example that the row's documentation gives in backquotes, else its first word. */
static bool add_text(loom_value *v, const attribute_row *row, error *e)
{
    char word[64];
    const char *open = strchr(row->doc, '`'), *from = open ? open + 1 : row->doc;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(from, open ? "`" : " ,:"), from);
    return value_set_text(v, row->name, word, e);
}

static double number_of(const char *unit)
{
    assert(unit);
    if (!strcmp(unit, "angstrom")) return 0.5;
    return strchr(unit, '^') ? 1e5 : 1;
}

static bool add_attribute(loom_value *v, const attribute_row *row, error *e)
{
    return row->kind == 't' ? add_text(v, row, e)
                            : value_set_number(v, row->name, number_of(row->unit), row->unit, e);
}

/* What the rows ask for, or what they allow. A table has no rows in types.h: it gets two columns.
 */
static bool add_rows(loom_value *v, bool required, bool empty, error *e)
{
    const char *type = value_type(v);
    bool good = true;
    for (size_t i = 0; good && i < COUNT(arrays); i++)
        if (!strcmp(arrays[i].type, type) && arrays[i].required == required
            && !value_array(v, arrays[i].name))
            good = add_array(v, &arrays[i], empty, e);
    for (size_t i = 0; good && i < COUNT(attributes); i++)
        if (!strcmp(attributes[i].type, type) && attributes[i].required == required
            && !value_attribute(v, attributes[i].name))
            good = add_attribute(v, &attributes[i], e);
    if (good && required && !strcmp(type, "table"))
        good = add_shaped(v, "x", LOOM_F64, "r", "", empty, e)
               && add_shaped(v, "count", LOOM_I64, "r", "", empty, e);
    return good;
}

loom_value *check_value(const char *type, bool empty, error *e)
{
    if (!strcmp(type, "any")) type = "array";
    loom_value *v = is_known(type) ? value_new(type, e) : NULL;
    if (v && add_rows(v, true, empty, e)) return v;
    value_free(v);
    return NULL;
}

bool check_add_optional(loom_value *v, error *e) { return add_rows(v, false, false, e); }

bool check_add(loom_value *v, const check_added *what, error *e)
{
    char shape[2] = { check_rows(v) >= 0 ? *check_type_shape(value_type(v)) : '3', 0 };
    if (what->kind == 'n') return value_set_number(v, what->name, 1, NULL, e);
    if (what->kind == 't') return value_set_text(v, what->name, "a", e);
    return value_array(v, what->name)
           || add_shaped(v, what->name, what->dtype, shape, NULL, false, e);
}

/* ---- copies ---------------------------------------------------------------------------------- */

bool check_put_nan(const loom_array *a)
{
    int64_t n = loom_array_count(a);
    if (n && a->dtype == LOOM_F32) ((float *)a->data)[n / 2] = NAN;
    if (n && a->dtype == LOOM_F64) ((double *)a->data)[n / 2] = NAN;
    return n && (a->dtype == LOOM_F32 || a->dtype == LOOM_F64);
}

/* Other numbers that are as good: content a little smaller, positions a little closer. */
void check_change(const loom_array *a)
{
    int64_t n = loom_array_count(a);
    double factor = *a->unit ? 0.99 : 0.75;
    for (int64_t i = 0; i < n; i++) {
        if (a->dtype == LOOM_F32) ((float *)a->data)[i] *= (float)factor;
        if (a->dtype == LOOM_F64) ((double *)a->data)[i] *= factor;
    }
}

static bool copy_array(const loom_array *a, const char *port, loom_value *to, error *e)
{
    size_t bytes = (size_t)loom_array_count(a) * loom_dtype_bytes(a->dtype);
    void *data = check_memory_input(bytes, port, a->name);
    if (!data) return error_memory(e, "an input");
    if (bytes) memcpy(data, a->data, bytes);
    return value_adopt_array(to, a->name, a->dtype, a->rank, a->dim, a->unit, data,
                             check_memory_release, e);
}

loom_value *check_copy(const loom_value *v, const char *port, error *e)
{
    assert(v && port);
    loom_value *to = value_new(value_type(v), e);
    const loom_array *a;
    const loom_attribute *t;
    bool good = to != NULL;
    for (int64_t i = 0; good && (a = value_array_at(v, i)); i++) good = copy_array(a, port, to, e);
    for (int64_t i = 0; good && (t = value_attribute_at(v, i)); i++)
        good = t->text ? value_set_text(to, t->name, t->text, e)
                       : value_set_number(to, t->name, t->number, t->unit, e);
    if (good) return to;
    value_free(to);
    return NULL;
}
