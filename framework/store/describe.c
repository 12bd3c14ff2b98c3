/* store/describe.c - see describe.h */
#include "store/describe.h"
#include "base/show.h"
#include "base/utf8.h"
#include <atomloom/types.h>
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct array_row {
    const char *type, *name, *shape;
    bool required;
} array_row;
static const array_row array_rows[] = {
#define X(type, name, dtypes, shape, unit, required, doc) { type, name, shape, required },
    LOOM_TYPE_ARRAYS(X)
#undef X
};
static const struct {
    const char *type, *text;
} type_rows[] = {
#define X(type, text) { type, text },
    LOOM_TYPE_NAMES(X)
#undef X
};
static const struct {
    const char *type;
    char letter;
    const char *word;
} axis_words[] = {
#define X(type, letter, word) { type, letter, word },
    LOOM_TYPE_AXES(X)
#undef X
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *word_of(const char *type, char letter)
{
    for (size_t i = 0; i < COUNT(axis_words); i++)
        if (axis_words[i].letter == letter
            && (!*axis_words[i].type || !strcmp(axis_words[i].type, type)))
            return axis_words[i].word;
    return "";
}

/* A further column of a value with rows: as long as the first axis of an array that the type names.
 */
static const char *column_word(const loom_value *v, const loom_array *a, int axis)
{
    const char *type = value_type(v);
    if (axis) return "";
    if (!strcmp(type, "table")) return "row";
    for (size_t i = 0; i < COUNT(array_rows); i++) {
        const loom_array *named =
            strcmp(array_rows[i].type, type) ? NULL : value_array(v, array_rows[i].name);
        if (named && named->rank <= 2 && named->rank > 0 && named->dim[0] == a->dim[0])
            return word_of(type, array_rows[i].shape[0]);
    }
    return "";
}

const char *value_axis_word(const loom_value *v, const loom_array *a, int axis)
{
    assert(axis >= 0 && axis < a->rank);
    const char *type = value_type(v);
    for (size_t i = 0; i < COUNT(array_rows); i++) {
        const array_row *row = &array_rows[i];
        if (strcmp(row->type, type) != 0 || strcmp(row->name, a->name) != 0) continue;
        return axis < (int)strlen(row->shape) ? word_of(type, row->shape[axis]) : "";
    }
    return column_word(v, a, axis);
}

const loom_array *value_main_array(const loom_value *v)
{
    assert(v);
    for (size_t i = 0; i < COUNT(array_rows); i++)
        if (array_rows[i].required && !strcmp(array_rows[i].type, value_type(v)))
            return value_array(v, array_rows[i].name);
    return value_array_at(v, 1) ? NULL : value_array_at(v, 0);
}

/* ---- numbers --------------------------------------------------------------------------------- */

typedef struct summary {
    double least, most, sum;
    int64_t finite, others;
} summary;

#define SUMMARY(name, element) \
    static summary name(const element *x, int64_t n) \
    { \
        summary s = { HUGE_VAL, -HUGE_VAL, 0, 0, 0 }; \
        for (int64_t i = 0; i < n; i++) { \
            double d = (double)x[i]; \
            if (!isfinite(d)) continue; \
            s.least = d < s.least ? d : s.least; \
            s.most = d > s.most ? d : s.most; \
            s.sum += d; \
            s.finite++; \
        } \
        s.others = n - s.finite; \
        return s; \
    }
SUMMARY(summary_u8, uint8_t)
SUMMARY(summary_i32, int32_t)
SUMMARY(summary_i64, int64_t)
SUMMARY(summary_f32, float)
SUMMARY(summary_f64, double)

static summary summarise(const loom_array *a)
{
    int64_t n = loom_array_count(a);
    switch (a->dtype) {
    case LOOM_U8: return summary_u8(a->data, n);
    case LOOM_I32: return summary_i32(a->data, n);
    case LOOM_I64: return summary_i64(a->data, n);
    case LOOM_F32: return summary_f32(a->data, n);
    default: return summary_f64(a->data, n);
    }
}

/* Six figures are enough to look at. */
static const char *figure(double x, char out[32])
{
    snprintf(out, 32, "%.6g", x == 0 ? 0 : x);
    return out;
}

/* Whole numbers are exact: a reader may look for one of them. */
static void whole_range(const loom_array *a, char least[32], char most[32])
{
    assert(a->dtype != LOOM_F32 && a->dtype != LOOM_F64);
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (int64_t i = 0, n = loom_array_count(a); i < n; i++) {
        int64_t v = a->dtype == LOOM_I64   ? ((const int64_t *)a->data)[i]
                    : a->dtype == LOOM_I32 ? ((const int32_t *)a->data)[i]
                                           : ((const uint8_t *)a->data)[i];
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    snprintf(least, 32, "%lld", (long long)low);
    snprintf(most, 32, "%lld", (long long)high);
}

/* A table says which of its columns have missing numbers (types.h). */
static bool has_missing(const loom_value *v, const loom_array *a)
{
    char name[VALUE_MAX_NAME + 16];
    snprintf(name, sizeof name, "missing.%s", a->name);
    return value_attribute(v, name) != NULL;
}

static void put_numbers(const loom_value *v, const loom_array *a, text *out)
{
    char least[32], most[32], mean[32];
    summary s = summarise(a);
    figure(s.least, least);
    figure(s.most, most);
    if (a->dtype != LOOM_F32 && a->dtype != LOOM_F64) whole_range(a, least, most);
    if (loom_array_count(a) == 0) text_puts(out, "  empty");
    else if (s.finite == 1 && !s.others) text_printf(out, "  %s", most);
    else if (s.finite)
        text_printf(out, "  min %s  max %s  mean %s", least, most,
                    figure(s.sum / (double)s.finite, mean));
    if (s.others)
        text_printf(out, "  %lld %s", (long long)s.others,
                    has_missing(v, a) ? "missing" : "not finite");
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* A text on one line; a long one is cut at a whole character. */
static void put_text(const char *s, text *out)
{
    enum { SHOWN = 96 };
    size_t n = strlen(s), end = n;
    if (end > SHOWN) end = utf8_cut(s, SHOWN);
    show_line(out, s, end);
    if (end < n) text_printf(out, "... (%zu bytes)", n);
}

static void put_attribute(const loom_attribute *t, int width, text *out)
{
    char number[32];
    text_printf(out, "  %-*s  ", width, t->name);
    if (t->text) put_text(t->text, out);
    else text_printf(out, "%s%s%s", number_text(t->number, number), *t->unit ? " " : "", t->unit);
    text_putc(out, '\n');
}

static void put_array(const loom_value *v, const loom_array *a, int width, text *out)
{
    assert(a->rank >= 0 && a->rank <= LOOM_MAX_RANK && width >= 0);
    text_printf(out, "  %-*s  %s ", width, a->name, loom_dtype_text(a->dtype));
    for (int i = 0; i < a->rank; i++) {
        const char *word = value_axis_word(v, a, i);
        text_printf(out, "[%s%s%lld]", word, *word ? " " : "", (long long)a->dim[i]);
    }
    if (!a->rank) text_puts(out, "number");
    if (*a->unit) text_printf(out, " %s", a->unit);
    put_numbers(v, a, out);
    text_putc(out, '\n');
}

void value_describe(const loom_value *v, text *out)
{
    const loom_attribute *t;
    const loom_array *a;
    size_t width = 0;
    for (int64_t i = 0; (t = value_attribute_at(v, i)); i++)
        width = strlen(t->name) > width ? strlen(t->name) : width;
    for (int64_t i = 0; (a = value_array_at(v, i)); i++)
        width = strlen(a->name) > width ? strlen(a->name) : width;
    if (width > 40) width = 40;
    text_puts(out, value_type(v));
    for (size_t i = 0; i < COUNT(type_rows); i++)
        if (!strcmp(type_rows[i].type, value_type(v))) text_printf(out, ": %s", type_rows[i].text);
    text_putc(out, '\n');
    for (int64_t i = 0; (t = value_attribute_at(v, i)); i++) put_attribute(t, (int)width, out);
    for (int64_t i = 0; (a = value_array_at(v, i)); i++) put_array(v, a, (int)width, out);
}
