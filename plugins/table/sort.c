/* table.sort - the rows in the order of some columns. */
#include "kit/check.h"
#include "kit/expression.h"
#include <stdlib.h>

typedef struct params {
    const char *by;
    bool descending;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, by, .flags = LOOM_REQUIRED,
               .doc = "the column, or an expression over columns, whose value orders the rows"),
    LOOM_PARAM(params, descending, .doc = "the largest first"),
    { 0 }
};
static const loom_port inputs[] = { { "table", "table", "any table", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "table", "table", "the same rows in order, with all columns and attributes", 0 }, { 0 }
};

typedef struct sorted {
    double key; /* the least first */
    int64_t row;
} sorted;

/* Missing numbers come last; equal ones stay in their order. */
static int in_order(const void *a, const void *b)
{
    const sorted *x = a, *y = b;
    if (isnan(x->key) != isnan(y->key)) return isnan(x->key) ? 1 : -1;
    if (x->key < y->key) return -1;
    if (x->key > y->key) return 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    const loom_value *table = h->input(call, "table", 0);
    const loom_array *any = h->array_at(table, 0);
    int64_t rows = any ? any->dim[0] : 0;
    loom_expression *e = h->scratch(call, sizeof *e);
    sorted *s = h->scratch(call, (size_t)(rows + 1) * sizeof *s);
    int64_t *row = h->scratch(call, (size_t)(rows + 1) * sizeof *row);
    if (!e || !s || !row) return LOOM_E_MEMORY;
    loom_status status = loom_expression_read(call, "by", p->by, "table", table, rows, e);
    if (status) return status;
    int64_t missing = 0;
    for (int64_t i = 0; i < rows; i++) {
        double key = loom_expression_at(e, i);
        missing += isnan(key);
        s[i] = (sorted){ p->descending ? -key : key, i };
    }
    qsort(s, (size_t)rows, sizeof *s, in_order);
    for (int64_t i = 0; i < rows; i++) row[i] = s[i].row;
    if (missing)
        h->warn(call, "by", "'%.200s' is missing for %lld of %lld rows, which come last", p->by,
                (long long)missing, (long long)rows);
    loom_value *out = h->output(call, "table");
    return out && loom_pass_rest_rows(call, table, out, row, rows) ? LOOM_OK : LOOM_E_MEMORY;
}

static const loom_op table_sort = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "table.sort",
    .summary = "The rows of a table in the order of a column or of an expression.",
    .method = EXPRESSION_METHOD "Rows with equal values stay in their order; missing numbers come "
                                "last. A column of words is put in the order of its list of words.",
    .cites = "none",
    .limits =
        "One value orders the rows: for two columns, sort by the lesser one first and then by "
        "the other.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("table.sort", "1.0", "BSD-3-Clause", &table_sort);
