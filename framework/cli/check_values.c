/* cli/check_values.c - values made from the rows of types.h alone: what a row says of shape, unit and dtype decides what is put in. */
#include "cli/check.h"
#include <atomloom/types.h>
#include <ctype.h>
#include <math.h>
#include <string.h>

typedef struct array_row { const char *type, *name; unsigned dtypes; const char *shape, *unit; bool required; } array_row;
typedef struct attribute_row { const char *type, *name; char kind; const char *unit; bool required; const char *doc; } attribute_row;
static const array_row arrays[] = {
#define X(type, name, dtypes, shape, unit, required, doc) { type, name, dtypes, shape, unit, required },
    LOOM_TYPE_ARRAYS(X)
#undef X
};
static const attribute_row attributes[] = {
#define X(type, name, kind, unit, required, doc) { type, name, kind, unit, required, doc },
    LOOM_TYPE_ATTRIBUTES(X)
#undef X
};
#define COUNT(a) (sizeof(a) / sizeof *(a))

/* Lengths of the axes that letters of a shape stand for: small, no two of an image's alike, and a tetrahedron (v, f). */
static int64_t length_of(char letter)
{
    static const struct { char letter; int64_t length; } lengths[] = {
        { 'k', 5 }, { 'f', 4 }, { 'v', 4 }, { 'z', 14 }, { 'y', 12 }, { 'x', 16 }, { 'n', 27 }, { 'p', 9 }, { 'b', 64 },
    };
    for (size_t i = 0; i < COUNT(lengths); i++)
        if (lengths[i].letter == letter) return lengths[i].length;
    return isdigit((unsigned char)letter) ? letter - '0' : 6;
}

static uint32_t scatter(uint64_t i) /* numbers without a pattern, the same each time */
{
    i = (i + 1) * 0x9e3779b97f4a7c15u;
    i ^= i >> 29;
    i *= 0xbf58476d1ce4e5b9u;
    return (uint32_t)(i >> 32);
}

/* Distance from the middle in units of half the length, over the last axes (three at most; the first of [k][y][x] is no length). */
static double from_middle(const loom_array *a, int64_t i, int axes)
{
    double sum = 0;
    for (int k = a->rank - 1; k >= a->rank - axes; k--) {
        double at = (double)(i % a->dim[k]), half = (double)a->dim[k] / 2;
        sum += (at - floor(half)) * (at - floor(half)) / (half * half);
        i /= a->dim[k];
    }
    return sqrt(sum);
}

static double element(const loom_array *a, const char *shape, int64_t i)
{
    int64_t row = a->rank == 2 ? i / a->dim[1] : i, column = a->rank == 2 ? i % a->dim[1] : 0;
    int axes = strchr(shape, 'z') ? 3 : a->rank < 2 ? a->rank : 2;
    if (!strcmp(a->unit, "degree")) return column == 1 ? -60 + 30 * (double)row : 0;
    if (!strcmp(a->unit, "angstrom") && a->rank == 2) { /* a cube of points, 2.8 apart, a little shaken */
        static const int64_t step[] = { 1, 3, 9 };
        return 2.8 * ((double)(row / step[column % 3] % 3) - 1) + 0.2 * (scatter((uint64_t)i) / 4294967296.0 - 0.5);
    }
    if (a->rank == 1) return (double)(scatter((uint64_t)i) % 2);
    double r = from_middle(a, i, axes);
    if (a->dtype == LOOM_U8) return r < 0.6;
    return 10 * exp(-4 * r * r) + 0.1 * scatter((uint64_t)i) / 4294967296.0;
}

static int32_t index_element(const loom_array *a, int64_t i)
{
    static const int32_t tetrahedron[] = { 0, 2, 1, 0, 1, 3, 1, 2, 3, 0, 3, 2 };
    if (a->rank == 2 && a->dim[1] == 3) return tetrahedron[i % 12];
    return (int32_t)(a->rank == 2 ? i / a->dim[1] : i % 2);
}

static void fill(loom_array *a, const char *shape, check_content content)
{
    int64_t n = loom_array_count(a);
    for (int64_t i = 0; i < n; i++)
        switch (a->dtype) {
        case LOOM_F32: ((float *)a->data)[i] = (float)element(a, shape, i); break;
        case LOOM_F64: ((double *)a->data)[i] = element(a, shape, i); break;
        case LOOM_U8: ((uint8_t *)a->data)[i] = (uint8_t)(a->rank == 1 ? 'a' + (int)(i % 26) : (int)element(a, shape, i)); break;
        case LOOM_I32: ((int32_t *)a->data)[i] = index_element(a, i); break;
        default: ((int64_t *)a->data)[i] = i; break;
        }
    if (content != CONTENT_NAN || !n) return;
    if (a->dtype == LOOM_F32) ((float *)a->data)[n / 2] = NAN;
    if (a->dtype == LOOM_F64) ((double *)a->data)[n / 2] = NAN;
}

static bool add_array(loom_value *v, const array_row *row, check_content content, error *e)
{
    static const loom_dtype preferred[] = { LOOM_F32, LOOM_F64, LOOM_I32, LOOM_U8, LOOM_I64 };
    int64_t dim[LOOM_MAX_RANK];
    const char *shape = strcmp(row->shape, "*") ? row->shape : "zyx";
    loom_dtype dtype = LOOM_F32;
    for (size_t i = COUNT(preferred); i-- > 0;)
        if (row->dtypes & (1u << preferred[i])) dtype = preferred[i];
    for (size_t i = 0; shape[i]; i++) dim[i] = content == CONTENT_EMPTY && !isdigit((unsigned char)shape[i]) ? 0 : length_of(shape[i]);
    loom_array *a = value_add_array(v, row->name, dtype, (int32_t)strlen(shape), dim, row->unit, e);
    if (a) fill(a, shape, content);
    return a != NULL;
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
    if (!strcmp(unit, "angstrom")) return 0.5;
    return strchr(unit, '^') ? 1e5 : 1;
}

loom_value *check_value(const char *type, check_content content, error *e)
{
    bool known = false, good = true;
    if (!strcmp(type, "any")) type = "array";
    loom_value *v = value_new(type, e);
    for (size_t i = 0; v && good && i < COUNT(arrays); i++) {
        if (strcmp(arrays[i].type, type) != 0) continue;
        known = true;
        if (arrays[i].required) good = add_array(v, &arrays[i], content, e);
    }
    for (size_t i = 0; v && good && i < COUNT(attributes); i++) {
        const attribute_row *row = &attributes[i];
        if (strcmp(row->type, type) != 0 || !row->required) continue;
        good = row->kind == 't' ? add_text(v, row, e) : value_set_number(v, row->name, number_of(row->unit), row->unit, e);
    }
    if (v && known && good) return v;
    value_free(v);
    return NULL;
}
