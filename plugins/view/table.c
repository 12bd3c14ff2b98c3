/* view.table - a table for the report, with the best rows marked. */
#include "columns.h"

typedef struct params {
    loom_strings columns, min, max;
    const char *title, *caption;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, columns, .doc = "the columns shown, in order; not given: all"),
    LOOM_PARAM(params, min, .doc = "columns in which the smallest number is marked as the best"),
    LOOM_PARAM(params, max, .doc = "columns in which the largest number is marked as the best"),
    LOOM_PARAM(params, title, .text = "Table", .doc = "heading of the panel"),
    LOOM_PARAM(params, caption,
               .doc = "what is seen; not given: nothing, or that the best of a column is bold"),
    { 0 }
};
static const loom_port inputs[] = { { "table", "any", "a value with columns", 0 }, { 0 } };
static const loom_port outputs[] = { { "panel", "panel", "for the report", 0 }, { 0 } };

static bool copy(loom_call *call, const loom_array *a, loom_value *panel)
{
    char key[256];
    const char *words = view_words(call, call->host->input(call, "table", 0), a->name);
    snprintf(key, sizeof key, "categories.%s", a->name);
    if (words) call->host->set_text(call, panel, key, words);
    snprintf(key, sizeof key, "missing.%s", a->name);
    if (call->host->text(call->host->input(call, "table", 0), key))
        call->host->set_text(call, panel, key, "nan");
    return loom_pass_array(call, a, panel);
}

static loom_status mark(loom_call *call, loom_strings columns, const char *which, const char *param,
                        loom_value *panel)
{
    char key[256];
    for (int64_t i = 0; i < columns.n; i++) {
        if (!view_column(call, "table", 0, columns.v[i], param)) return LOOM_E_PARAM;
        snprintf(key, sizeof key, "best.%s", columns.v[i]);
        call->host->set_text(call, panel, key, which);
    }
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    const loom_value *table = h->input(call, "table", 0);
    const loom_array *a, *first = NULL;
    for (int64_t i = 0; !first && (a = h->array_at(table, i)); i++)
        if (a->rank == 1) first = a;
    if (p->columns.n && !(first = view_column(call, "table", 0, p->columns.v[0], "columns")))
        return LOOM_E_PARAM;
    if (!first) return h->fail(call, LOOM_E_DATA, "table", "a value without columns");
    const char *usual = p->min.n + p->max.n ? "Bold: the best of its column." : "";
    loom_value *panel =
        loom_panel(call, "panel", "table", p->title, "%s", *p->caption ? p->caption : usual);
    if (!panel) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < p->columns.n; i++) {
        if (!(a = view_column(call, "table", 0, p->columns.v[i], "columns"))) return LOOM_E_PARAM;
        if (a->dim[0] != first->dim[0])
            return h->fail(call, LOOM_E_PARAM, "columns", "column '%s' is not as long as '%s'",
                           a->name, first->name);
        if (!h->array(panel, a->name) && !copy(call, a, panel)) return LOOM_E_MEMORY;
    }
    for (int64_t i = 0; !p->columns.n && (a = h->array_at(table, i)); i++)
        if (a->rank == 1 && a->dim[0] == first->dim[0] && !copy(call, a, panel))
            return LOOM_E_MEMORY;
    loom_status status = mark(call, p->min, "min", "min", panel);
    return status == LOOM_OK ? mark(call, p->max, "max", "max", panel) : status;
}

static const loom_op view_table = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "view.table",
    .summary = "A table for the report, with the best rows marked.",
    .method = "The columns as they are, in the order asked for; those as long as the first one.",
    .cites = "none",
    .limits = "A page shows the first 400 rows.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.table", "1.0", "BSD-3-Clause", &view_table);
