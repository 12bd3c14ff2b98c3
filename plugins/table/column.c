/* table.column - a new column of a table, from an expression over the others. */
#include "kit/check.h"
#include "kit/new_column.h"

typedef struct params {
    loom_new_column column;
} params;
static const loom_param param_table[] = { NEW_COLUMN_PARAMS(params, column), { 0 } };
static const loom_port inputs[] = { { "table", "table", "any table with a column", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "table", "table", "the same rows, with the column after all they had", 0 }, { 0 }
};

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    const loom_value *in = h->input(call, "table", 0);
    const loom_array *any = h->array_at(in, 0);
    if (!any) return h->fail(call, LOOM_E_DATA, "table", "the table has no columns");
    loom_value *out = h->output(call, "table");
    if (!out) return LOOM_E_MEMORY;
    return loom_new_column_make(call, "table", in, any->dim[0], true, &p->column, out);
}

static const loom_op table_column = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "table.column",
    .summary = "A new column of a table, from an expression over the others.",
    .method = NEW_COLUMN_METHOD EXPRESSION_METHOD
    "The name `index` is the number of the row, from 0. Where the expression has no "
    "number, the column's is missing, unless `missing` says what to put there.",
    .cites = "none",
    .limits = "Row by row: a sum or a mean over all rows is no expression.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("table.column", "1.0", "BSD-3-Clause", &table_column);
