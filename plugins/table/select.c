/* table.select - the rows for which an expression is true. */
#include "kit/check.h"
#include "kit/expression.h"
#include <assert.h>

typedef struct params {
    const char *where;
    loom_strings columns;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, where, .text = "", .doc = "which rows: r1 < 0.2 and tilt != 7; empty: all"),
    LOOM_PARAM(params, columns, .doc = "columns to keep; empty: all"),
    { 0 }
};
static const loom_port inputs[] = { { "table", "table", "any table", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "table", "table", "the rows chosen, with their columns and all attributes", 0 }, { 0 }
};

static bool is_kept(const params *p, const char *name)
{
    for (int64_t i = 0; i < p->columns.n; i++)
        if (!strcmp(p->columns.v[i], name)) return true;
    return !p->columns.n;
}

/* Columns not to pass on, and the words that belong to them; NULL after failing. */
static const char **unwanted(loom_call *call, const params *p, const loom_value *table)
{
    const loom_host *h = call->host;
    const loom_array *a;
    int64_t n = 0, dropped = 0;
    for (int64_t i = 0; i < p->columns.n; i++)
        if (!h->array(table, p->columns.v[i])) {
            h->fail(call, LOOM_E_PARAM, "columns",
                    "the table has no column '%s'; it begins with '%s'", p->columns.v[i],
                    h->array_at(table, 0) ? h->array_at(table, 0)->name : "");
            return NULL;
        }
    while (h->array_at(table, n)) n++;
    const char **but = h->scratch(call, (size_t)(3 * n + 1) * sizeof *but);
    for (int64_t i = 0; but && (a = h->array_at(table, i)); i++) {
        if (is_kept(p, a->name)) continue;
        char *words = h->scratch(call, strlen(a->name) + 12);
        char *missing = h->scratch(call, strlen(a->name) + 9);
        if (!words || !missing) return NULL;
        assert(dropped + 3 <= 3 * n);
        but[dropped++] = a->name;
        but[dropped++] = strcat(strcpy(words, "categories."), a->name);
        but[dropped++] = strcat(strcpy(missing, "missing."), a->name);
    }
    if (but) but[dropped] = NULL;
    return but;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    const loom_value *table = h->input(call, "table", 0);
    const loom_array *any = h->array_at(table, 0);
    int64_t rows = any ? any->dim[0] : 0, n = 0;
    loom_expression *e = h->scratch(call, sizeof *e);
    int64_t *row = h->scratch(call, (size_t)(rows + 1) * sizeof *row);
    if (!e || !row) return LOOM_E_MEMORY;
    for (; n < rows; n++) row[n] = n;
    if (*p->where) {
        loom_status status = loom_expression_read(call, "where", p->where, "table", table, rows, e);
        if (status) return status;
        n = loom_expression_choose(call, "where", e, rows, row);
        if (n < 0) return LOOM_E_PARAM;
    }
    const char **but = unwanted(call, p, table);
    loom_value *out = h->output(call, "table");
    if (!but || !out) return LOOM_E_PARAM;
    if (!n)
        h->warn(call, "where", "'%.200s' holds for none of the %lld rows", p->where,
                (long long)rows);
    return loom_pass_rest_as(call, table, out, (loom_rest){ .but = but, .row = row, .rows = n })
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

static const loom_op table_select = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "table.select",
    .summary = "The rows of a table for which an expression over its columns is true.",
    .method =
        EXPRESSION_METHOD "The name `index` is the number of the row, from 0. `columns` keeps "
                          "some of the columns, in the order of the table.",
    .cites = "none",
    .limits = "A table without rows is a result, and warned of. Attributes that sum up the rows "
              "(a mean, a total) are those of all rows.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("table.select", "1.0", "BSD-3-Clause", &table_select);
