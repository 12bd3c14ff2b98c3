/* plugin/params.c - see params.h */
#include "plugin/params.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a set ----------------------------------------------------------------------------------- */

void params_free(param_set *set)
{
    if (!set) return;
    for (int i = 0; i < set->count; i++) param_value_clear(&set->value[i]);
    free(set->value);
    free(set);
}

static bool set_default(param_set *set, int i, error *e)
{
    assert(i >= 0 && i < set->count);
    const loom_param *row = &set->op->params[i];
    param_value *v = &set->value[i];
    v->real = row->def;
    v->integer = (int64_t)row->def;
    if (row->kind == LOOM_STRING || row->kind == LOOM_PATH) {
        if (row->text && !(v->text = strdup(row->text))) return error_memory(e, "parameters");
    } else if (is_list_kind(row->kind) && (row->text || !(row->flags & LOOM_REQUIRED))
               && !params_assign_list(set, i, row->text ? row->text : "", e))
        return false;
    set->value[i].given = false;
    return true;
}

param_set *params_new(const loom_op *op, error *e)
{
    assert(op);
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
    assert(from->count >= 0);
    size_t n = (size_t)from->count;
    *to = *from;
    to->text = from->text ? strdup(from->text) : NULL;
    to->reals = from->reals ? copy_bytes(from->reals, n * sizeof *to->reals) : NULL;
    to->integers = from->integers ? copy_bytes(from->integers, n * sizeof *to->integers) : NULL;
    to->strings = from->strings ? calloc(n ? n : 1, sizeof *to->strings) : NULL;
    to->contents = from->contents ? copy_bytes(from->contents, n * sizeof *to->contents) : NULL;
    bool good = (!from->text || to->text) && (!from->reals || to->reals)
                && (!from->integers || to->integers) && (!from->strings || to->strings)
                && (!from->contents || to->contents);
    for (size_t i = 0; to->strings && i < n; i++)
        good = (to->strings[i] = strdup(from->strings[i])) && good;
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
        for (int i = 0; i < set->count; i++)
            good = value_copy(&copy->value[i], &set->value[i]) && good;
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
        param_doc(set->op, row, todo, sizeof todo);
        error_set(e, LOOM_E_PARAM, todo, "parameter '%s' is missing; it has no default", row->name);
        if (e && !*e->where) snprintf(e->where, sizeof e->where, "%s", row->name);
        return false;
    }
    return true;
}

/* ---- files ----------------------------------------------------------------------------------- */

int64_t param_files(const loom_param *row, const param_value *v)
{
    if (row->kind == LOOM_PATHS) return v->count;
    return is_file_kind(row->kind) && v->text && *v->text;
}

char **param_file(const loom_param *row, param_value *v, int64_t i)
{
    assert(i >= 0 && i < param_files(row, v));
    return row->kind == LOOM_PATHS ? &v->strings[i] : &v->text;
}

const char *param_file_name(const loom_param *row, const param_value *v, int64_t i)
{
    assert(i >= 0 && i < param_files(row, v));
    return row->kind == LOOM_PATHS ? v->strings[i] : v->text;
}

const digest *param_file_content(const loom_param *row, const param_value *v, int64_t i)
{
    assert(i >= 0 && i < param_files(row, v));
    if (!v->hashed) return NULL;
    return row->kind == LOOM_PATHS ? &v->contents[i] : &v->content;
}

static bool hash_value(const loom_param *row, param_value *v, params_hash_file *hash, void *user,
                       error *e)
{
    assert(hash);
    int64_t n = param_files(row, v);
    if (!n || v->hashed) return true;
    if (row->kind == LOOM_PATHS && !v->contents
        && !(v->contents = calloc((size_t)n, sizeof *v->contents)))
        return error_memory(e, "the digests of files");
    for (int64_t i = 0; i < n; i++) {
        digest *content = row->kind == LOOM_PATHS ? &v->contents[i] : &v->content;
        if (!hash(user, param_file_name(row, v, i), content, e)) return false;
    }
    return v->hashed = true;
}

bool params_hash_paths(param_set *set, params_hash_file *hash, void *user, error *e)
{
    for (int i = 0; i < set->count; i++) {
        if (hash_value(&set->op->params[i], &set->value[i], hash, user, e)) continue;
        if (e && !*e->where) snprintf(e->where, sizeof e->where, "%s", set->op->params[i].name);
        return false;
    }
    return true;
}

/* ---- writing --------------------------------------------------------------------------------- */

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
    assert(v->count >= 0);
    char number[32];
    text_putc(out, '[');
    for (int64_t i = 0; i < v->count; i++) {
        if (i) text_puts(out, ", ");
        if (row->kind == LOOM_REALS || row->kind == LOOM_NUMBERS)
            text_puts(out, number_text(v->reals[i], number));
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
    case LOOM_STRING:
    case LOOM_PATH: quoted(out, v->text ? v->text : ""); break;
    case LOOM_NUMBERS:
        if (v->text) quoted(out, v->text);
        else list_text(row, v, out);
        break;
    default: list_text(row, v, out); break;
    }
}

/* The digests of a value's files stand for their names. */
static void files_canonical(const loom_param *row, const param_value *v, text *out)
{
    char hex[65];
    for (int64_t i = 0; i < param_files(row, v); i++)
        text_printf(out, "%ssha256:%s", i ? " " : "",
                    digest_text(param_file_content(row, v, i), hex));
}

void params_canonical(const param_set *set, text *out)
{
    const char *done = "";
    for (int k = 0; k < set->count; k++) { /* selection by name: tables are short */
        int next = -1;
        for (int i = 0; i < set->count; i++) {
            const char *name = set->op->params[i].name;
            if (strcmp(name, done) > 0
                && (next < 0 || strcmp(name, set->op->params[next].name) < 0))
                next = i;
        }
        const loom_param *row = &set->op->params[next];
        const param_value *v = &set->value[next];
        done = row->name;
        if (row->flags & LOOM_NO_EFFECT) continue;
        text_puts(out, row->name);
        text_puts(out, " = ");
        if (v->hashed) files_canonical(row, v, out);
        else param_text(row, v, out);
        text_putc(out, '\n');
    }
}

void params_bind(const param_set *set, void *params_struct)
{
    assert(params_struct);
    for (int i = 0; i < set->count; i++) {
        const loom_param *row = &set->op->params[i];
        const param_value *v = &set->value[i];
        void *member = (char *)params_struct + row->offset;
        assert(row->offset < set->op->params_size);
        switch (row->kind) {
        case LOOM_REAL: *(double *)member = v->real; break;
        case LOOM_INT: *(int64_t *)member = v->integer; break;
        case LOOM_BOOL: *(bool *)member = v->integer != 0; break;
        case LOOM_CHOICE: *(int32_t *)member = (int32_t)v->integer; break;
        case LOOM_STRING: *(const char **)member = v->text ? v->text : ""; break;
        case LOOM_PATH: ((loom_path *)member)->path = v->text ? v->text : ""; break;
        case LOOM_REALS: *(loom_reals *)member = (loom_reals){ v->reals, v->count }; break;
        case LOOM_INTS: *(loom_ints *)member = (loom_ints){ v->integers, v->count }; break;
        case LOOM_STRINGS:
            *(loom_strings *)member = (loom_strings){ (const char *const *)v->strings, v->count };
            break;
        case LOOM_PATHS:
            *(loom_paths *)member = (loom_paths){ (const char *const *)v->strings, v->count };
            break;
        case LOOM_NUMBERS:
            *(loom_numbers *)member = (loom_numbers){ v->reals, v->count, v->text ? v->text : "" };
            break;
        default: break;
        }
    }
}
