/* store/export_csv.c - arrays as columns of comma-separated text; see export.h */
#include "base/show.h"
#include "store/export_inside.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A spreadsheet computes what begins so, and what it computes may open files and addresses. A
 * number is no formula. */
static bool is_formula(const char *s, size_t n)
{
    char copy[64], *end;
    if (n < 2 || !memchr("=+-@", s[0], 4)) return false;
    if (n >= sizeof copy) return true;
    memcpy(copy, s, n);
    copy[n] = 0;
    strtod(copy, &end);
    return *end != 0 || s[0] == '=' || s[0] == '@';
}

/* In quotes where it must be; behind an apostrophe where a spreadsheet would compute it. */
static void put_quoted(const char *s, size_t n, text *out)
{
    bool formula = is_formula(s, n);
    bool quote = !n || formula || *s == '#' || strchr(" \t", s[0]) || strchr(" \t", s[n - 1]);
    for (size_t i = 0; i < n; i++) quote = quote || strchr(",;\"\n", s[i]);
    if (quote) text_putc(out, '"');
    if (formula) text_putc(out, '\'');
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '"') text_putc(out, '"');
        text_putc(out, s[i]);
    }
    if (quote) text_putc(out, '"');
}

static void put_field(const char *s, size_t n, text *out)
{
    text clean = { 0 };
    bool good = export_is_clean(s, n);
    if (!good) show_line(&clean, s, n);
    if (good) put_quoted(s, n, out);
    else if (clean.failed) out->failed = true;
    else put_quoted(clean.data, clean.length, out);
    text_free(&clean);
}

/* What follows the name for column `j` of a rank-2 array: the conventions of types.h for triples,
 * else its number. */
static void put_suffix(const loom_array *a, int64_t j, text *out)
{
    assert(a->rank == 2 && j >= 0 && j < a->dim[1]);
    static const char *const position[] = { "x", "y", "z" }, *const angle[] = { "phi", "theta",
                                                                                "psi" };
    bool triple = a->dim[1] == 3;
    if (triple && !strcmp(a->unit, "angstrom")) text_printf(out, "_%s", position[j]);
    else if (triple && !strcmp(a->unit, "degree")) text_printf(out, "_%s", angle[j]);
    else text_printf(out, "_%lld", (long long)j);
}

static void put_header(const loom_value *v, text *out)
{
    const loom_array *a;
    text name = { 0 };
    for (int64_t i = 0; (a = value_array_at(v, i)); i++)
        for (int64_t j = 0; j < (a->rank == 2 ? a->dim[1] : 1); j++) {
            text_clear(&name);
            text_puts(&name, a->name);
            if (a->rank == 2) put_suffix(a, j, &name);
            while (a->rank == 2 && name.data && value_array(v, name.data)) text_putc(&name, '_');
            if (*a->unit) text_printf(&name, " [%s]", a->unit);
            if (out->length) text_putc(out, ',');
            if (name.failed) out->failed = true;
            else put_field(name.data, name.length, out);
        }
    text_putc(out, '\n');
    text_free(&name);
}

/* The words of a column of codes, NULL where it has none. */
static const char *words_of(const loom_value *v, const loom_array *a)
{
    assert(strlen(a->name) <= VALUE_MAX_NAME);
    char name[256];
    snprintf(name, sizeof name, "categories.%s", a->name);
    const loom_attribute *t =
        a->dtype == LOOM_I32 && a->rank == 1 ? value_attribute(v, name) : NULL;
    return t ? t->text : NULL;
}

/* How NaN is written: an empty field where it is a missing number (types.h). */
static const char *missing_of(const loom_value *v, const loom_array *a)
{
    char name[256];
    snprintf(name, sizeof name, "missing.%s", a->name);
    return value_attribute(v, name) ? "" : NULL;
}

static bool put_word(const char *words, int32_t code, text *out)
{
    const char *end = strchr(words, '\n');
    for (; code > 0 && end; code--, end = strchr(words, '\n')) words = end + 1;
    if (code != 0) return false;
    put_field(words, end ? (size_t)(end - words) : strlen(words), out);
    return true;
}

static void put_row(const loom_value *v, int64_t row, text *out)
{
    assert(row >= 0);
    const loom_array *a;
    size_t start = out->length;
    for (int64_t i = 0; (a = value_array_at(v, i)); i++) {
        int64_t columns = a->rank == 2 ? a->dim[1] : 1;
        const char *words = words_of(v, a);
        for (int64_t j = 0; j < columns; j++) {
            if (out->length > start) text_putc(out, ',');
            if (!words || !put_word(words, ((const int32_t *)a->data)[row], out))
                export_element(a, row * columns + j, missing_of(v, a), out);
        }
    }
    text_putc(out, '\n');
}

bool export_csv_fits(const loom_value *v, const char *path, error *e)
{
    const loom_array *first = value_array_at(v, 0), *a;
    (void)path;
    if (!first) return export_does_not_fit(v, "csv", "it has no arrays", e);
    for (int64_t i = 0; (a = value_array_at(v, i)); i++)
        if (a->rank < 1 || a->rank > 2 || a->dim[0] != first->dim[0])
            return export_does_not_fit(
                v, "csv", "columns must be arrays of rank 1 or 2 with equally many rows", e);
    return true;
}

bool export_csv(const loom_value *v, const char *path, error *e)
{
    const loom_array *first = value_array_at(v, 0);
    assert(first /* export_csv_fits refuses a value without arrays */);
    text out = { 0 };
    put_header(v, &out);
    for (int64_t row = 0; row < first->dim[0] && !out.failed; row++) put_row(v, row, &out);
    bool good = export_whole(path, &out, NULL, 0, e);
    text_free(&out);
    return good;
}
