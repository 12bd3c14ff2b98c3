/* kit/expression_value.c - the columns of a value, as expressions see them. */
#include "kit/check.h"
#include "kit/expression_inside.h"
#include <stdio.h>

typedef struct columns {
    loom_expression_column *at;
    int64_t count;
} columns;

static bool has(const columns *c, const char *name)
{
    for (int64_t i = 0; i < c->count; i++)
        if (!strcmp(c->at[i].name, name)) return true;
    return false;
}

static void add(columns *c, loom_expression_column column)
{
    if (!has(c, column.name)) c->at[c->count++] = column;
}

/* x, y, z and the symbols of atoms; `species_before` are indices into the same. */
static void add_atoms(loom_call *call, const loom_value *v, const loom_array *a, int64_t rows,
                      columns *c)
{
    static const char *const axis[] = { "x", "y", "z" };
    bool position = !strcmp(a->name, "position") && a->rank == 2 && a->dim[0] == rows
                    && a->dim[1] == 3 && a->dtype == LOOM_F64;
    for (int k = 0; position && k < 3; k++)
        add(c, (loom_expression_column){ axis[k], LOOM_F64, (double *)a->data + k, 3, NULL, 0,
                                         a->unit });
    if (a->dtype == LOOM_I32 && a->rank == 1 && a->dim[0] == rows
        && (!strcmp(a->name, "species") || !strcmp(a->name, "species_before")))
        add(c, (loom_expression_column){ a->name, LOOM_I32, a->data, 1,
                                         call->host->text(v, "symbols"), ' ', NULL });
}

static bool collect(loom_call *call, const loom_value *v, int64_t rows, columns *c)
{
    const loom_host *h = call->host;
    const loom_array *a;
    const loom_attribute *attribute;
    const char *type = h->type(v);
    bool atoms = type && !strcmp(type, "atoms");
    int64_t most = 4;
    char key[256];
    while (h->array_at(v, most - 4)) most++;
    for (int64_t i = 0; h->attribute_at(v, i); i++) most++;
    if (!(c->at = h->scratch(call, (size_t)most * sizeof *c->at))) return false;
    for (int64_t i = 0; (a = h->array_at(v, i)); i++) {
        if (atoms) add_atoms(call, v, a, rows, c);
        if (a->rank != 1 || a->dim[0] != rows) continue;
        snprintf(key, sizeof key, "categories.%s", a->name);
        add(c, (loom_expression_column){ a->name, a->dtype, a->data, 1,
                                         a->dtype == LOOM_I32 ? h->text(v, key) : NULL, '\n',
                                         a->unit });
    }
    add(c, (loom_expression_column){ "index", LOOM_I64, NULL, 1, NULL, 0, NULL });
    for (int64_t i = 0; (attribute = h->attribute_at(v, i)); i++)
        if (!attribute->text)
            add(c, (loom_expression_column){ attribute->name, LOOM_F64, &attribute->number, 0, NULL,
                                             0, attribute->unit });
    return true;
}

/* Where in the text, as a person counts: letters, from 1. */
static int letter(const char *text, int32_t at)
{
    int n = 1;
    for (int32_t i = 0; i < at; i++) n += (text[i] & 0xc0) != 0x80;
    return n;
}

static loom_status fails(loom_call *call, const char *parameter, const char *text,
                         const loom_expression_error *error)
{
    return call->host->fail(call, LOOM_E_PARAM, parameter, "'%.200s', letter %d: %s", text,
                            letter(text, error->at), error->text);
}

static void warn_of_words(loom_call *call, const char *parameter, const loom_expression *e)
{
    for (int32_t i = 0; i < e->count; i++) {
        const loom_expression_step *s = &e->step[i];
        if (s->what != EXPRESSION_WORD || s->number >= 0) continue;
        char words[120];
        snprintf(words, sizeof words, "%s", s->column->words);
        for (char *c = words; *c; c++)
            if (*c == '\n') *c = ' ';
        call->host->warn(
            call, parameter, "'%.*s' is not among the words of the column '%s' (%s); no row has it",
            s->length < 60 ? (int)s->length : 60, e->text + s->at, s->column->name, words);
    }
}

loom_status loom_expression_read(loom_call *call, const char *parameter, const char *text,
                                 const char *port, const loom_value *value, int64_t rows,
                                 loom_expression *out)
{
    loom_expression_error error;
    columns c = { 0 };
    if (!value)
        return call->host->fail(call, LOOM_E_DATA, port, "'%s' needs a value at '%s'", parameter,
                                port);
    if (!loom_expression_parse(text, out, &error)) return fails(call, parameter, text, &error);
    if (!collect(call, value, rows, &c)) return LOOM_E_MEMORY;
    if (!loom_expression_bind(out, c.at, c.count, &error))
        return fails(call, parameter, text, &error);
    warn_of_words(call, parameter, out);
    return LOOM_OK;
}

int64_t loom_expression_choose(loom_call *call, const char *parameter, const loom_expression *e,
                               int64_t rows, int64_t *row)
{
    int64_t chosen = 0, neither = 0;
    if (e->kind == LOOM_EXPRESSION_WORD) {
        call->host->fail(call, LOOM_E_PARAM, parameter,
                         "'%.200s' is a column of words, neither true nor false; compare it with "
                         "one: %.60s == 'word'",
                         e->text, e->text);
        return -1;
    }
    for (int64_t i = 0; i < rows; i++) {
        double v = loom_expression_at(e, i);
        if (isnan(v)) neither++;
        else if (v < 0 || v > 0) row[chosen++] = i;
    }
    if (neither)
        call->host->warn(call, parameter,
                         "'%.200s' is neither true nor false for %lld of %lld rows, which hold "
                         "missing numbers or have no such root or logarithm; they are not taken",
                         e->text, (long long)neither, (long long)rows);
    return chosen;
}
