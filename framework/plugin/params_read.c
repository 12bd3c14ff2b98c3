/* plugin/params_read.c - rows of a parameter table, and values read from text: checked, or refused
 * with what would do. See params.h */
#include "plugin/params.h"
#include "base/number.h"
#include "base/unit.h"
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const kind_texts[] = {
    [LOOM_REAL] = "number",
    [LOOM_INT] = "whole number",
    [LOOM_BOOL] = "true or false",
    [LOOM_CHOICE] = "one of its choices",
    [LOOM_STRING] = "text",
    [LOOM_PATH] = "path of a file",
    [LOOM_REALS] = "list of numbers",
    [LOOM_INTS] = "list of whole numbers",
    [LOOM_STRINGS] = "list of texts",
    [LOOM_PATHS] = "list of files or patterns",
    [LOOM_NUMBERS] = "list of numbers, or file of them",
};

const char *kind_name(loom_kind kind)
{
    static const char *const names[LOOM_KIND_COUNT] = {
        [LOOM_REAL] = "real",     [LOOM_INT] = "int",         [LOOM_BOOL] = "bool",
        [LOOM_CHOICE] = "choice", [LOOM_STRING] = "string",   [LOOM_PATH] = "path",
        [LOOM_REALS] = "reals",   [LOOM_INTS] = "ints",       [LOOM_STRINGS] = "strings",
        [LOOM_PATHS] = "paths",   [LOOM_NUMBERS] = "numbers",
    };
    assert((unsigned)kind < LOOM_KIND_COUNT);
    return names[kind];
}

const char *kind_text(loom_kind kind)
{
    return (unsigned)kind < LOOM_KIND_COUNT ? kind_texts[kind] : "unknown kind";
}

bool is_list_kind(loom_kind kind)
{
    return kind == LOOM_REALS || kind == LOOM_INTS || kind == LOOM_STRINGS || kind == LOOM_PATHS;
}

bool is_file_kind(loom_kind kind)
{
    return kind == LOOM_PATH || kind == LOOM_PATHS || kind == LOOM_NUMBERS;
}

int params_rows(const loom_op *op)
{
    int n = 0;
    while (op->params && op->params[n].name) n++;
    return n;
}

int params_find(const loom_op *op, const char *name, bool *renamed)
{
    assert(name);
    int n = params_rows(op);
    if (renamed) *renamed = false;
    for (int i = 0; i < n; i++)
        if (!strcmp(op->params[i].name, name)) return i;
    for (int i = 0; i < n; i++)
        for (const char *const *old = op->params[i].renamed_from; old && *old; old++)
            if (!strcmp(*old, name)) {
                if (renamed) *renamed = true;
                return i;
            }
    return -1;
}

void param_value_clear(param_value *v)
{
    assert(v->count >= 0);
    for (int64_t i = 0; v->strings && i < v->count; i++) free(v->strings[i]);
    free(v->strings);
    free(v->contents);
    free(v->reals);
    free(v->integers);
    free(v->text);
    *v = (param_value){ 0 };
}

bool param_length_fits(const loom_param *row, int64_t n)
{
    uint32_t lengths = row->flags & PARAM_LENGTHS;
    return !lengths || (n >= 0 && n <= PARAM_MAX_LENGTH && (lengths & LOOM_LENGTH((uint32_t)n)));
}

void param_lengths(const loom_param *row, text *out)
{
    int last = -1, shown = 0;
    for (int n = 0; n <= PARAM_MAX_LENGTH; n++)
        if (row->flags & LOOM_LENGTH(n)) last = n;
    for (int n = 0; n <= last; n++) {
        if (!(row->flags & LOOM_LENGTH(n))) continue;
        text_printf(out, "%s%d", !shown ? "" : n == last ? " or " : ", ", n);
        shown++;
    }
}

/* ---- reading --------------------------------------------------------------------------------- */

/* "0 to 64", "a whole number from 1 to 9": what a number may be. */
static void range_text(const loom_param *row, const char *lead, char out[160])
{
    assert(lead);
    char low[32], high[32];
    if (row->min == row->max) snprintf(out, 160, "%s", lead);
    else
        snprintf(out, 160, "%s%s%s to %s", lead, *lead ? " from " : "", number_text(row->min, low),
                 number_text(row->max, high));
}

void param_doc(const loom_op *op, const loom_param *row, char *out, size_t size)
{
    snprintf(out, size, "%s of %s: %s%s%s%s", row->name, op->id, row->doc, row->unit ? " [" : "",
             row->unit ? row->unit : "", row->unit ? "]" : "");
}

/* `advice`: what to write in its place; "" where there is none. */
static bool refuse(error *e, const loom_op *op, const loom_param *row, const char *found,
                   const char *expected, const char *advice)
{
    assert(found && expected && advice);
    char todo[512];
    int n = snprintf(todo, sizeof todo, "%s%s", advice, *advice ? "; " : "");
    param_doc(op, row, todo + n, sizeof todo - (size_t)n);
    error_set(e, LOOM_E_PARAM, todo, "parameter '%s' is '%s', expected %s", row->name, found,
              expected);
    if (e && !*e->where) snprintf(e->where, sizeof e->where, "%s", row->name);
    return false;
}

static bool refuse_list(error *e, const loom_op *op, const loom_param *row)
{
    char todo[512];
    param_doc(op, row, todo, sizeof todo);
    error_set(e, LOOM_E_PARAM, todo, "parameter '%s' is a list, expected %s%s", row->name,
              row->kind == LOOM_REAL || row->kind == LOOM_INT ? "a "
              : row->kind == LOOM_PATH                        ? "the "
                                                              : "",
              kind_text(row->kind));
    if (e && !*e->where) snprintf(e->where, sizeof e->where, "%s", row->name);
    return false;
}

/* A list of another length than the row's. */
static bool refuse_length(error *e, const loom_op *op, const loom_param *row, int64_t n)
{
    char todo[512];
    text lengths = { 0 };
    param_lengths(row, &lengths);
    param_doc(op, row, todo, sizeof todo);
    error_set(e, LOOM_E_PARAM, todo, "parameter '%s' has %lld %s, expected %s", row->name,
              (long long)n, n == 1 ? "entry" : "entries", lengths.data ? lengths.data : "another");
    text_free(&lengths);
    if (e && !*e->where) snprintf(e->where, sizeof e->where, "%s", row->name);
    return false;
}

/* A text that is no number of the row's kind: why, and the numbers that it takes. */
static bool refuse_number(error *e, const loom_op *op, const loom_param *row, const char *found,
                          number_status status, bool whole)
{
    assert(status != NUMBER_READ);
    char expected[160], advice[160] = "";
    bool ranged = row->min != row->max;
    if ((status == NUMBER_TOO_LARGE || status == NUMBER_TOO_SMALL) && ranged)
        range_text(row, "", expected);
    else range_text(row, whole ? "a whole number" : "a number", expected);
    if (status == NUMBER_TOO_LARGE && !ranged)
        snprintf(expected, sizeof expected,
                 whole ? "a whole number from -9223372036854775808 to 9223372036854775807"
                       : "a number from -1.8e+308 to 1.8e+308");
    if (status == NUMBER_TOO_SMALL && !ranged)
        snprintf(expected, sizeof expected, "0, or a number of at least 4.9e-324");
    if (status == NUMBER_TOO_SMALL && ranged)
        snprintf(advice, sizeof advice, "it is nearer to 0 than any number: write 0");
    if (status == NUMBER_INEXACT) snprintf(advice, sizeof advice, "write out all its digits");
    if (status == NUMBER_NONE && !number_advice(found, row->unit, advice, sizeof advice) && !whole
        && strspn(found, "+-.0123456789") && unit_choices(row->unit))
        snprintf(advice, sizeof advice, "it is in %s, or has its unit behind it: %s", row->unit,
                 unit_choices(row->unit));
    return refuse(e, op, row, found, expected, advice);
}

static bool in_range(error *e, const loom_op *op, const loom_param *row, const char *found,
                     double v)
{
    char expected[160];
    if (row->min == row->max || (v >= row->min && v <= row->max)) return true;
    range_text(row, "", expected);
    return refuse(e, op, row, found, expected, "");
}

static bool read_real(const loom_op *op, const loom_param *row, const char *s, double *out,
                      error *e)
{
    number_status status = number_parse(s, out);
    if (status == NUMBER_NONE && unit_number(s, row->unit, out)) status = NUMBER_READ;
    return status == NUMBER_READ ? in_range(e, op, row, s, *out)
                                 : refuse_number(e, op, row, s, status, false);
}

static bool read_integer(const loom_op *op, const loom_param *row, const char *s, int64_t *out,
                         error *e)
{
    number_status status = integer_parse(s, out);
    return status == NUMBER_READ ? in_range(e, op, row, s, (double)*out)
                                 : refuse_number(e, op, row, s, status, true);
}

static bool read_choice(const loom_op *op, const loom_param *row, const char *s, int64_t *out,
                        error *e)
{
    int n = 0;
    text all = { 0 };
    for (; row->choices[n]; n++) {
        if (!strcmp(row->choices[n], s)) {
            *out = n;
            text_free(&all);
            return true;
        }
        text_printf(&all, "%s%s", n ? ", " : "", row->choices[n]);
    }
    int near = nearest_word(s, row->choices, n);
    char expected[512];
    if (near >= 0)
        snprintf(expected, sizeof expected, "one of: %s (did you mean '%s'?)", all.data,
                 row->choices[near]);
    else snprintf(expected, sizeof expected, "one of: %s", all.data ? all.data : "(none)");
    text_free(&all);
    return refuse(e, op, row, s, expected, "");
}

static bool read_bool(const loom_op *op, const loom_param *row, const char *s, int64_t *out,
                      error *e)
{
    static const char *const words[][2] = { { "false", "true" },
                                            { "False", "True" },
                                            { "FALSE", "TRUE" } };
    static const char *const others[][2] = {
        { "no", "yes" }, { "off", "on" }, { "n", "y" }, { "f", "t" }, { "0", "1" }
    };
    const char *advice = "";
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (int k = 0; k < 2; k++)
            if (!strcmp(s, words[i][k])) {
                *out = k;
                return true;
            }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        for (int k = 0; k < 2; k++)
            if (!strcasecmp(s, others[i][k])) advice = k ? "write true" : "write false";
    return refuse(e, op, row, s, "true or false", advice);
}

static bool read_list(const loom_op *op, const loom_param *row, const char *const *items, int64_t n,
                      param_value *v, error *e)
{
    assert(n >= 0 && !v->reals && !v->integers && !v->strings);
    size_t room = (size_t)(n ? n : 1);
    v->count = 0;
    bool reals = row->kind == LOOM_REALS || row->kind == LOOM_NUMBERS;
    if (reals) v->reals = calloc(room, sizeof *v->reals);
    else if (row->kind == LOOM_INTS) v->integers = calloc(room, sizeof *v->integers);
    else v->strings = calloc(room, sizeof *v->strings);
    if (!v->reals && !v->integers && !v->strings) return error_memory(e, "parameters");
    for (int64_t i = 0; i < n; i++, v->count++) {
        if (reals) {
            if (!read_real(op, row, items[i], &v->reals[i], e)) return false;
        } else if (row->kind == LOOM_INTS) {
            if (!read_integer(op, row, items[i], &v->integers[i], e)) return false;
        } else if (!(v->strings[i] = strdup(items[i]))) return error_memory(e, "parameters");
    }
    return true;
}

static bool read_scalar(const loom_op *op, const loom_param *row, const char *s, param_value *v,
                        error *e)
{
    switch (row->kind) {
    case LOOM_REAL: return read_real(op, row, s, &v->real, e);
    case LOOM_INT: return read_integer(op, row, s, &v->integer, e);
    case LOOM_BOOL: return read_bool(op, row, s, &v->integer, e);
    case LOOM_CHOICE: return read_choice(op, row, s, &v->integer, e);
    default: v->text = strdup(s); return v->text || error_memory(e, "parameters");
    }
}

/* A lone text is the name of a file, unless it is a number. */
static bool read_numbers(const loom_op *op, const loom_param *row, const char *const *items,
                         int64_t n, bool is_list, param_value *v, error *e)
{
    assert(row->kind == LOOM_NUMBERS);
    double number;
    if (is_list || n != 1 || number_parse(items[0], &number) != NUMBER_NONE)
        return read_list(op, row, items, n, v, e);
    v->text = *items[0] ? strdup(items[0]) : NULL;
    return v->text || !*items[0] || error_memory(e, "parameters");
}

bool params_assign(param_set *set, int row_index, const char *const *items, int64_t n, bool is_list,
                   error *e)
{
    assert(row_index >= 0 && row_index < set->count && n >= 0);
    const loom_param *row = &set->op->params[row_index];
    param_value v = { .given = true };
    bool good;
    if (is_list_kind(row->kind)) good = read_list(set->op, row, items, n, &v, e);
    else if (row->kind == LOOM_NUMBERS) good = read_numbers(set->op, row, items, n, is_list, &v, e);
    else if (is_list || n != 1) good = refuse_list(e, set->op, row);
    else good = read_scalar(set->op, row, items[0], &v, e);
    if (good && is_list_kind(row->kind) && !param_length_fits(row, v.count))
        good = refuse_length(e, set->op, row, v.count);
    if (!good) {
        param_value_clear(&v);
        return false;
    }
    param_value_clear(&set->value[row_index]);
    set->value[row_index] = v;
    return true;
}

/* Split "[1, 2]" or "1, 2" at commas, in place, trimming blanks and one pair of quotes. */
static int64_t split_items(char *s, const char **items, int64_t most)
{
    assert(most > 0);
    int64_t n = 0;
    size_t length = strlen(s);
    if (length >= 2 && s[0] == '[' && s[length - 1] == ']') {
        s[length - 1] = 0;
        s++;
    }
    for (char *part = s; part && n < most;) {
        char *comma = strchr(part, ',');
        if (comma) *comma = 0;
        while (isspace((unsigned char)*part)) part++;
        char *end = part + strlen(part);
        while (end > part && isspace((unsigned char)end[-1])) *--end = 0;
        if (end - part >= 2 && (*part == '"' || *part == '\'') && end[-1] == *part) {
            end[-1] = 0;
            part++;
        }
        if (*part || comma || n) items[n++] = part;
        part = comma ? comma + 1 : NULL;
    }
    return n;
}

bool params_assign_list(param_set *set, int row, const char *s, error *e)
{
    char *copy = strdup(s);
    int64_t most = 1;
    for (const char *c = s; *c; c++) most += *c == ',';
    const char **items = calloc((size_t)most, sizeof *items);
    bool good = copy && items;
    if (!good) error_memory(e, "parameters");
    else {
        int64_t n = split_items(copy, items, most);
        good = params_assign(set, row, items, n, true, e);
    }
    free(copy);
    free(items);
    return good;
}

bool params_assign_text(param_set *set, const char *name, const char *s, error *e)
{
    int row = params_find(set->op, name, NULL);
    if (row < 0)
        return error_set(e, LOOM_E_PARAM, "`atomloom describe` lists the parameters",
                         "%s has no parameter '%s'", set->op->id, name);
    loom_kind kind = set->op->params[row].kind;
    if (is_list_kind(kind) || (kind == LOOM_NUMBERS && strpbrk(s, ",[")))
        return params_assign_list(set, row, s, e);
    return params_assign(set, row, &s, 1, false, e);
}
