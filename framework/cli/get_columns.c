/* cli/get_columns.c - some columns of a value; see get.h */
#include "cli/get.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *column_attribute(const loom_value *v, const char *kind, const char *column)
{
    char name[2 * VALUE_MAX_NAME];
    snprintf(name, sizeof name, "%s.%s", kind, column);
    const loom_attribute *a = value_attribute(v, name);
    return a ? a->text : NULL;
}

bool set_column_attribute(loom_value *v, const char *kind, const char *column, const char *content,
                          error *e)
{
    char name[2 * VALUE_MAX_NAME];
    snprintf(name, sizeof name, "%s.%s", kind, column);
    return value_set_text(v, name, content, e);
}

loom_value *get_columns(const loom_value *v, const get_how *how, error *e)
{
    loom_value *out = value_new(value_type(v), e);
    bool good = out != NULL;
    for (int64_t i = 0; good && i < how->columns; i++) {
        const loom_array *from = value_array(v, how->column[i]);
        if (!from) {
            text todo = { 0 };
            const loom_array *a;
            text_puts(&todo, "there are:");
            for (int64_t k = 0; (a = value_array_at(v, k)); k++) text_printf(&todo, " %s", a->name);
            good = error_set(e, LOOM_E_PARAM, todo.data ? todo.data : "",
                             "--columns: the table has no column '%s'", how->column[i]);
            text_free(&todo);
            break;
        }
        loom_array *to =
            value_add_array(out, from->name, from->dtype, from->rank, from->dim, from->unit, e);
        const char *words = column_attribute(v, "categories", from->name),
                   *missing = column_attribute(v, "missing", from->name);
        if ((good = to != NULL))
            memcpy(to->data, from->data,
                   (size_t)loom_array_count(from) * loom_dtype_bytes(from->dtype));
        if (good && words) good = set_column_attribute(out, "categories", from->name, words, e);
        if (good && missing) good = set_column_attribute(out, "missing", from->name, missing, e);
    }
    if (good) return out;
    value_free(out);
    return NULL;
}

/* --columns: a writer op that has the parameter `columns` takes them. */
int get_writer_columns(param_set *params, const get_how *how)
{
    error e = { 0 };
    bool renamed;
    int row = params_find(params->op, "columns", &renamed);
    if (row < 0 || params->op->params[row].kind != LOOM_STRINGS)
        return cli_fail(LOOM_E_PARAM, "choose them in the pipeline, with table.select",
                        "--columns: files of the format '.%s' hold all columns",
                        params->op->writes_extension);
    /* the set was made for this writing */
    bool good =
        params_assign((param_set *)(uintptr_t)params, row, how->column, how->columns, true, &e);
    return good ? 0 : cli_report(&e);
}

/* The names of --columns, "A,B" taken apart; NULL when out of memory. */
const char **get_column_names(const cli_args *args, int64_t *count)
{
    const char *const *given = cli_values(args, "columns");
    size_t room = 1;
    *count = 0;
    for (int i = 0; given[i]; i++) room += strlen(given[i]) / 2 + 1;
    const char **names = calloc(room + 1, sizeof *names);
    for (int i = 0; names && given[i]; i++)
        for (const char *c = given[i]; *c;) {
            size_t n = strcspn(c, ",");
            if (n && (names[*count] = strndup(c, n))) ++*count;
            c += n + (c[n] == ',');
        }
    return names;
}
