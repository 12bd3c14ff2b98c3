/* plugin/params.c - see params.h */
#include "plugin/params.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_texts[] = {
    [LOOM_REAL] = "number", [LOOM_INT] = "whole number", [LOOM_BOOL] = "true or false", [LOOM_CHOICE] = "one of its choices",
    [LOOM_STRING] = "text", [LOOM_PATH] = "path of a file", [LOOM_REALS] = "list of numbers", [LOOM_INTS] = "list of whole numbers",
    [LOOM_STRINGS] = "list of texts",
};

const char *kind_text(loom_kind kind) { return (unsigned)kind < LOOM_KIND_COUNT ? kind_texts[kind] : "unknown kind"; }

static bool is_list_kind(loom_kind kind) { return kind == LOOM_REALS || kind == LOOM_INTS || kind == LOOM_STRINGS; }

int params_rows(const loom_op *op)
{
    int n = 0;
    while (op->params && op->params[n].name) n++;
    return n;
}

int params_find(const loom_op *op, const char *name, bool *renamed)
{
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

static void value_clear(param_value *v)
{
    for (int64_t i = 0; v->strings && i < v->count; i++) free(v->strings[i]);
    free(v->strings);
    free(v->reals);
    free(v->integers);
    free(v->text);
    *v = (param_value){ 0 };
}

void params_free(param_set *set)
{
    if (!set) return;
    for (int i = 0; i < set->count; i++) value_clear(&set->value[i]);
    free(set->value);
    free(set);
}

/* ---- reading ---------------------------------------------------------------------------------------------------------- */

static void range_text(const loom_param *row, char out[96])
{
    char low[32], high[32];
    snprintf(out, 96, "%s to %s", number_text(row->min, low), number_text(row->max, high));
}

/* The line every message about a parameter ends with. */
static void doc_text(const loom_op *op, const loom_param *row, char *out, size_t size)
{
    snprintf(out, size, "%s of %s: %s%s%s%s", row->name, op->id, row->doc, row->unit ? " [" : "", row->unit ? row->unit : "", row->unit ? "]" : "");
}

static bool refuse(error *e, const loom_op *op, const loom_param *row, const char *found, const char *expected)
{
    char todo[512];
    doc_text(op, row, todo, sizeof todo);
    error_set(e, LOOM_E_PARAM, todo, "parameter '%s' is '%s', expected %s", row->name, found, expected);
    if (e && !*e->where) snprintf(e->where, sizeof e->where, "%s", row->name);
    return false;
}

static bool refuse_list(error *e, const loom_op *op, const loom_param *row)
{
    char todo[512];
    doc_text(op, row, todo, sizeof todo);
    error_set(e, LOOM_E_PARAM, todo, "parameter '%s' is a list, expected %s%s", row->name,
              row->kind == LOOM_REAL || row->kind == LOOM_INT ? "a " : row->kind == LOOM_PATH ? "the " : "", kind_text(row->kind));
    if (e && !*e->where) snprintf(e->where, sizeof e->where, "%s", row->name);
    return false;
}

static bool in_range(error *e, const loom_op *op, const loom_param *row, const char *found, double v)
{
    char expected[96];
    if (row->min == row->max || (v >= row->min && v <= row->max)) return true;
    range_text(row, expected);
    return refuse(e, op, row, found, expected);
}

static bool read_choice(const loom_op *op, const loom_param *row, const char *s, int64_t *out, error *e)
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
    if (near >= 0) snprintf(expected, sizeof expected, "one of: %s (did you mean '%s'?)", all.data, row->choices[near]);
    else snprintf(expected, sizeof expected, "one of: %s", all.data ? all.data : "(none)");
    text_free(&all);
    return refuse(e, op, row, s, expected);
}

static bool read_bool(const char *s, int64_t *out)
{
    static const char *const words[][2] = { { "false", "true" }, { "False", "True" }, { "FALSE", "TRUE" } };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (int k = 0; k < 2; k++)
            if (!strcmp(s, words[i][k])) { *out = k; return true; }
    return false;
}

static bool read_list(const loom_op *op, const loom_param *row, const char *const *items, int64_t n, param_value *v, error *e)
{
    size_t room = (size_t)(n ? n : 1);
    v->count = 0;
    if (row->kind == LOOM_REALS) v->reals = calloc(room, sizeof *v->reals);
    else if (row->kind == LOOM_INTS) v->integers = calloc(room, sizeof *v->integers);
    else v->strings = calloc(room, sizeof *v->strings);
    if (!v->reals && !v->integers && !v->strings) return error_memory(e, "parameters");
    for (int64_t i = 0; i < n; i++, v->count++) {
        if (row->kind == LOOM_REALS) {
            if (!number_read(items[i], &v->reals[i])) return refuse(e, op, row, items[i], "a number");
            if (!in_range(e, op, row, items[i], v->reals[i])) return false;
        } else if (row->kind == LOOM_INTS) {
            if (!integer_read(items[i], &v->integers[i])) return refuse(e, op, row, items[i], "a whole number");
            if (!in_range(e, op, row, items[i], (double)v->integers[i])) return false;
        } else if (!(v->strings[i] = strdup(items[i]))) return error_memory(e, "parameters");
    }
    return true;
}

static bool read_scalar(const loom_op *op, const loom_param *row, const char *s, param_value *v, error *e)
{
    switch (row->kind) {
    case LOOM_REAL:
        if (!number_read(s, &v->real)) return refuse(e, op, row, s, "a number");
        return in_range(e, op, row, s, v->real);
    case LOOM_INT:
        if (!integer_read(s, &v->integer)) return refuse(e, op, row, s, "a whole number");
        return in_range(e, op, row, s, (double)v->integer);
    case LOOM_BOOL: return read_bool(s, &v->integer) || refuse(e, op, row, s, "true or false");
    case LOOM_CHOICE: return read_choice(op, row, s, &v->integer, e);
    default:
        v->text = strdup(s);
        return v->text || error_memory(e, "parameters");
    }
}

bool params_assign(param_set *set, int row_index, const char *const *items, int64_t n, bool is_list, error *e)
{
    const loom_param *row = &set->op->params[row_index];
    param_value v = { .given = true };
    bool good;
    if (is_list_kind(row->kind)) good = read_list(set->op, row, items, n, &v, e);
    else if (is_list || n != 1) good = refuse_list(e, set->op, row);
    else good = read_scalar(set->op, row, items[0], &v, e);
    if (!good) {
        value_clear(&v);
        return false;
    }
    value_clear(&set->value[row_index]);
    set->value[row_index] = v;
    return true;
}

/* Split "[1, 2]" or "1, 2" at commas, in place, trimming blanks and one pair of quotes. */
static int64_t split_items(char *s, const char **items, int64_t most)
{
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

static bool assign_list_text(param_set *set, int row, const char *s, error *e)
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
    if (row < 0) return error_set(e, LOOM_E_PARAM, "`atomloom describe` lists the parameters", "%s has no parameter '%s'", set->op->id, name);
    if (is_list_kind(set->op->params[row].kind)) return assign_list_text(set, row, s, e);
    return params_assign(set, row, &s, 1, false, e);
}

static bool set_default(param_set *set, int i, error *e)
{
    const loom_param *row = &set->op->params[i];
    param_value *v = &set->value[i];
    v->real = row->def;
    v->integer = (int64_t)row->def;
    if (row->kind == LOOM_STRING || row->kind == LOOM_PATH) {
        if (row->text && !(v->text = strdup(row->text))) return error_memory(e, "parameters");
    } else if (is_list_kind(row->kind) && !assign_list_text(set, i, row->text ? row->text : "", e)) return false;
    set->value[i].given = false;
    return true;
}

param_set *params_new(const loom_op *op, error *e)
{
    param_set *set = calloc(1, sizeof *set);
    int n = params_rows(op);
    if (set) set->value = calloc((size_t)(n ? n : 1), sizeof *set->value);
    if (!set || !set->value) {
        free(set);
        error_memory(e, "parameters");
        return NULL;
    }
    set->op = op;
    set->count = n;
    for (int i = 0; i < n; i++)
        if (!set_default(set, i, e)) {
            params_free(set);
            return NULL;
        }
    return set;
}

static void *copy_bytes(const void *from, size_t n)
{
    void *to = malloc(n ? n : 1);
    if (to && n) memcpy(to, from, n);
    return to;
}

static bool value_copy(param_value *to, const param_value *from)
{
    size_t n = (size_t)from->count;
    *to = *from;
    to->text = from->text ? strdup(from->text) : NULL;
    to->reals = from->reals ? copy_bytes(from->reals, n * sizeof *to->reals) : NULL;
    to->integers = from->integers ? copy_bytes(from->integers, n * sizeof *to->integers) : NULL;
    to->strings = from->strings ? calloc(n ? n : 1, sizeof *to->strings) : NULL;
    bool good = (!from->text || to->text) && (!from->reals || to->reals) && (!from->integers || to->integers) && (!from->strings || to->strings);
    for (size_t i = 0; to->strings && i < n; i++) good = (to->strings[i] = strdup(from->strings[i])) && good;
    return good;
}

param_set *params_copy(const param_set *set, error *e)
{
    param_set *copy = calloc(1, sizeof *copy);
    if (copy) copy->value = calloc((size_t)(set->count ? set->count : 1), sizeof *copy->value);
    bool good = copy && copy->value;
    if (good) {
        copy->op = set->op;
        copy->count = set->count;
        for (int i = 0; i < set->count; i++) good = value_copy(&copy->value[i], &set->value[i]) && good;
    }
    if (good) return copy;
    error_memory(e, "parameters");
    if (copy && copy->value) params_free(copy);
    else free(copy);
    return NULL;
}

bool params_complete(const param_set *set, error *e)
{
    for (int i = 0; i < set->count; i++) {
        const loom_param *row = &set->op->params[i];
        if (!(row->flags & LOOM_REQUIRED) || set->value[i].given) continue;
        char todo[512];
        doc_text(set->op, row, todo, sizeof todo);
        error_set(e, LOOM_E_PARAM, todo, "parameter '%s' is missing; it has no default", row->name);
        if (e && !*e->where) snprintf(e->where, sizeof e->where, "%s", row->name);
        return false;
    }
    return true;
}

bool params_hash_paths(param_set *set, params_hash_file *hash, void *user, error *e)
{
    for (int i = 0; i < set->count; i++) {
        param_value *v = &set->value[i];
        if (set->op->params[i].kind != LOOM_PATH || !v->text || !*v->text || v->hashed) continue;
        if (!hash(user, v->text, &v->content, e)) {
            if (e && !*e->where) snprintf(e->where, sizeof e->where, "%s", set->op->params[i].name);
            return false;
        }
        v->hashed = true;
    }
    return true;
}

/* ---- writing ---------------------------------------------------------------------------------------------------------- */

static void quoted(text *out, const char *s)
{
    text_putc(out, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\') text_putc(out, '\\');
        if ((unsigned char)*s < 32) text_printf(out, "\\x%02x", (unsigned char)*s);
        else text_putc(out, *s);
    }
    text_putc(out, '"');
}

static void list_text(const loom_param *row, const param_value *v, text *out)
{
    char number[32];
    text_putc(out, '[');
    for (int64_t i = 0; i < v->count; i++) {
        if (i) text_puts(out, ", ");
        if (row->kind == LOOM_REALS) text_puts(out, number_text(v->reals[i], number));
        else if (row->kind == LOOM_INTS) text_printf(out, "%lld", (long long)v->integers[i]);
        else quoted(out, v->strings[i]);
    }
    text_putc(out, ']');
}

void param_text(const loom_param *row, const param_value *v, text *out)
{
    char number[32];
    switch (row->kind) {
    case LOOM_REAL: text_puts(out, number_text(v->real, number)); break;
    case LOOM_INT: text_printf(out, "%lld", (long long)v->integer); break;
    case LOOM_BOOL: text_puts(out, v->integer ? "true" : "false"); break;
    case LOOM_CHOICE: text_puts(out, row->choices[v->integer]); break;
    case LOOM_STRING: case LOOM_PATH: quoted(out, v->text ? v->text : ""); break;
    default: list_text(row, v, out); break;
    }
}

void params_canonical(const param_set *set, text *out)
{
    const char *done = "";
    for (int k = 0; k < set->count; k++) { /* selection by name: tables are short */
        int next = -1;
        for (int i = 0; i < set->count; i++) {
            const char *name = set->op->params[i].name;
            if (strcmp(name, done) > 0 && (next < 0 || strcmp(name, set->op->params[next].name) < 0)) next = i;
        }
        const loom_param *row = &set->op->params[next];
        const param_value *v = &set->value[next];
        done = row->name;
        if (row->flags & LOOM_NO_EFFECT) continue;
        text_puts(out, row->name);
        text_puts(out, " = ");
        char hex[65];
        if (row->kind == LOOM_PATH && v->hashed) text_printf(out, "sha256:%s", digest_text(&v->content, hex));
        else param_text(row, v, out);
        text_putc(out, '\n');
    }
}

void params_bind(const param_set *set, void *params_struct)
{
    for (int i = 0; i < set->count; i++) {
        const loom_param *row = &set->op->params[i];
        const param_value *v = &set->value[i];
        void *member = (char *)params_struct + row->offset;
        switch (row->kind) {
        case LOOM_REAL: *(double *)member = v->real; break;
        case LOOM_INT: *(int64_t *)member = v->integer; break;
        case LOOM_BOOL: *(bool *)member = v->integer != 0; break;
        case LOOM_CHOICE: *(int32_t *)member = (int32_t)v->integer; break;
        case LOOM_STRING: *(const char **)member = v->text ? v->text : ""; break;
        case LOOM_PATH: ((loom_path *)member)->path = v->text ? v->text : ""; break;
        case LOOM_REALS: *(loom_reals *)member = (loom_reals){ v->reals, v->count }; break;
        case LOOM_INTS: *(loom_ints *)member = (loom_ints){ v->integers, v->count }; break;
        case LOOM_STRINGS: *(loom_strings *)member = (loom_strings){ (const char *const *)v->strings, v->count }; break;
        default: break;
        }
    }
}
