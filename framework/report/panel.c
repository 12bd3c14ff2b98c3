/* report/panel.c - see panel.h */
#include "report/panel.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

double array_number(const loom_array *a, int64_t i)
{
    assert(i >= 0 && i < loom_array_count(a));
    switch (a->dtype) {
    case LOOM_U8: return ((const uint8_t *)a->data)[i];
    case LOOM_I32: return ((const int32_t *)a->data)[i];
    case LOOM_I64: return (double)((const int64_t *)a->data)[i];
    case LOOM_F32: return (double)((const float *)a->data)[i];
    case LOOM_F64: return ((const double *)a->data)[i];
    default: return NAN;
    }
}

static column column_of(const loom_value *v, const loom_array *a)
{
    assert(a->rank == 1 && strlen(a->name) <= VALUE_MAX_NAME);
    char name[VALUE_MAX_NAME + 32];
    snprintf(name, sizeof name, "categories.%s", a->name);
    const loom_attribute *words = a->dtype == LOOM_I32 ? value_attribute(v, name) : NULL;
    return (column){ a, words ? words->text : NULL, a->dim[0] };
}

bool column_find(const loom_value *v, const char *name, column *out)
{
    const loom_array *a = value_array(v, name);
    if (!a || a->rank != 1) return false;
    *out = column_of(v, a);
    return true;
}

bool column_need(const loom_value *v, const char *name, int64_t count, column *out, error *e)
{
    const char *renderer = panel_text(v, "renderer", "");
    if (!column_find(v, name, out))
        return error_set(e, LOOM_E_DATA, "",
                         "a panel of renderer '%s' needs an array '%s' of rank 1", renderer, name);
    if (count >= 0 && out->count != count)
        return error_set(e, LOOM_E_DATA, "",
                         "array '%s' of the panel has %lld numbers, expected %lld", name,
                         (long long)out->count, (long long)count);
    return true;
}

double column_number(const column *c, int64_t i) { return array_number(c->array, i); }

int64_t column_code(const column *c, int64_t i)
{
    double x = array_number(c->array, i);
    return x >= 0 && x < 1e9 ? (int64_t)x : 0;
}

bool column_range(const column *c, double *low, double *high)
{
    bool found = false;
    for (int64_t i = 0; i < c->count; i++) {
        double x = column_number(c, i);
        if (!isfinite(x)) continue;
        *low = !found || x < *low ? x : *low;
        *high = !found || x > *high ? x : *high;
        found = true;
    }
    return found;
}

/* ---- cells ----------------------------------------------------------------------------------- */

/* So many decimals that the largest number has four digits; none for whole numbers. */
cell_format cell_format_of(const loom_value *v, const loom_array *a)
{
    cell_format f = { column_of(v, a), 0 };
    double largest = 0;
    bool whole = true;
    for (int64_t i = 0; i < f.column.count; i++) {
        double x = fabs(column_number(&f.column, i));
        if (!isfinite(x)) continue;
        largest = fmax(largest, x);
        whole = whole && x == floor(x);
    }
    if (whole && largest < 1e15) return f;
    int digits = largest > 0 ? (int)floor(log10(largest)) + 1 : 1;
    f.decimals = digits < -2 || digits > 6 ? -1 : digits >= 4 ? 0 : 4 - digits;
    if (digits > 3 && digits <= 6) f.decimals = 1;
    return f;
}

void cell_text(const cell_format *f, int64_t i, text *out)
{
    assert(i >= 0 && i < f->column.count);
    double x = column_number(&f->column, i);
    const char *word;
    int length =
        f->column.words && x >= 0 && x < 1e9 ? line_at(f->column.words, (int64_t)x, &word) : -1;
    if (length >= 0) text_add(out, word, (size_t)length);
    else if (!isfinite(x)) text_puts(out, isnan(x) ? "\u2013" : x > 0 ? "\u221e" : "-\u221e");
    else if (f->decimals >= 0) text_printf(out, "%.*f", f->decimals, x);
    else text_printf(out, "%.4g", x);
}

/* ---- texts ----------------------------------------------------------------------------------- */

int line_at(const char *lines, int64_t k, const char **start)
{
    assert(start);
    for (; lines && k > 0; k--) {
        lines = strchr(lines, '\n');
        if (lines) lines++;
    }
    if (!lines || k < 0) return -1;
    *start = lines;
    return (int)strcspn(lines, "\n");
}

int64_t line_count(const char *lines)
{
    if (!lines || !*lines) return 0;
    int64_t n = 1;
    for (; *lines; lines++) n += *lines == '\n' && lines[1];
    return n;
}

void line_copy(const char *lines, int64_t k, char *out, size_t room)
{
    assert(room > 0 && k >= 0);
    const char *start;
    int length = lines && *lines ? line_at(lines, k, &start) : -1;
    if (length > 0) snprintf(out, room, "%.*s", length, start);
    else snprintf(out, room, "%lld", (long long)k + 1);
}

const char *panel_text(const loom_value *v, const char *name, const char *otherwise)
{
    const loom_attribute *a = value_attribute(v, name);
    return a && a->text ? a->text : otherwise;
}

double panel_number(const loom_value *v, const char *name, double otherwise)
{
    const loom_attribute *a = value_attribute(v, name);
    return a && !a->text ? a->number : otherwise;
}

const char *unit_sign(const char *unit)
{
    assert(unit);
    static const char *const signs[][2] = { { "angstrom", "\u00c5" },
                                            { "degree", "\u00b0" },
                                            { "e/angstrom^2", "e/\u00c5\u00b2" },
                                            { "1/angstrom", "1/\u00c5" },
                                            { "angstrom^2", "\u00c5\u00b2" },
                                            { "angstrom^3", "\u00c5\u00b3" },
                                            { "1/angstrom^3", "1/\u00c5\u00b3" },
                                            { "m^2/second", "m\u00b2/s" },
                                            { "picometre", "pm" },
                                            { "nanometre", "nm" },
                                            { "second", "s" },
                                            { "minute", "min" },
                                            { "percent", "%" },
                                            { "kelvin", "K" } };
    if (!unit || !strcmp(unit, "1")) return "";
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (!strcmp(unit, signs[i][0])) return signs[i][1];
    return unit;
}

void with_unit(const char *name, const char *unit, text *out)
{
    const char *sign = unit_sign(unit);
    text_puts(out, name);
    if (*sign) text_printf(out, " (%s)", sign);
}
