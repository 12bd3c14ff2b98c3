/* view.bars - numbers of a table as bars, one group per row. */
#include "columns.h"

typedef struct params {
    loom_strings value;
    const char *name, *error, *low, *high;
    loom_strings labels;
    const char *title, *caption, *x_label, *y_label;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, value, .flags = LOOM_REQUIRED, .doc = "the columns that become bars"),
    LOOM_PARAM(params, name, .doc = "the column that names the rows; not given: their numbers"),
    LOOM_PARAM(params, error, .doc = "the column of half the interval of the first value"),
    LOOM_PARAM(params, low,
               .doc = "the column of the lower end of the interval of the first value"),
    LOOM_PARAM(params, high, .doc = "the column of its upper end"),
    LOOM_PARAM(params, labels, .doc = "names of the tables, in order; 1, 2, ... where not given"),
    LOOM_PARAM(params, title, .text = "Bars", .doc = "heading of the panel"),
    LOOM_PARAM(params, caption, .doc = "what is seen; not given: the names of the columns"),
    LOOM_PARAM(params, x_label, .doc = "name of the axis of rows; not given: the column's"),
    LOOM_PARAM(params, y_label, .doc = "name of the axis; not given: the first column's"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tables", "any", "tables of equally many rows; one or more", LOOM_LIST }, { 0 }
};
static const loom_port outputs[] = { { "panel", "panel", "for the report", 0 }, { 0 } };

/* Names of the rows, one per line, in scratch. */
static char *row_names(loom_call *call, const params *p, int64_t rows)
{
    char *lines = call->host->scratch(call, (size_t)rows * 64 + 1), *end = lines;
    const loom_array *a = *p->name ? view_column(call, "tables", 0, p->name, "name") : NULL;
    const char *words = a ? view_words(call, call->host->input(call, "tables", 0), p->name) : NULL;
    if (!lines || (*p->name && !a)) return NULL;
    for (int64_t i = 0; i < rows; i++) {
        double x = a ? loom_element(a, i) : (double)(i + 1);
        const char *word = words;
        for (double k = x; word && k > 0; k--)
            word = strchr(word, '\n') ? strchr(word, '\n') + 1 : NULL;
        int n = word ? (int)strcspn(word, "\n") : 0;
        if (i) *end++ = '\n';
        if (words) end += sprintf(end, "%.*s", n < 60 ? n : 60, word ? word : "");
        else end += sprintf(end, "%.6g", x);
    }
    *end = 0;
    return lines;
}

static loom_status measure(loom_call *call, const params *p, int64_t tables, int64_t *rows)
{
    const loom_host *h = call->host;
    const char *const ends[][2] = { { "error", p->error }, { "low", p->low }, { "high", p->high } };
    enum { ENDS = sizeof ends / sizeof *ends };
    if (!p->value.n) return h->fail(call, LOOM_E_PARAM, "value", "no column is named");
    if (!*p->low != !*p->high || (*p->error && *p->low))
        return h->fail(call, LOOM_E_PARAM, *p->low ? "low" : "high",
                       "give `low` and `high`, or `error`");
    *rows = -1;
    for (int64_t t = 0; t < tables; t++)
        for (int64_t k = 0; k < p->value.n + ENDS; k++) {
            const char *const *end = k < p->value.n ? NULL : ends[k - p->value.n];
            if (end && !*end[1]) continue;
            const loom_array *a = view_column(call, "tables", t, end ? end[1] : p->value.v[k],
                                              end ? end[0] : "value");
            if (!a) return LOOM_E_PARAM;
            if (*rows < 0) *rows = a->dim[0];
            if (a->dim[0] != *rows)
                return h->fail(call, LOOM_E_DATA, "tables",
                               "column '%s' of table %lld has %lld rows, the first one %lld",
                               a->name, (long long)t + 1, (long long)a->dim[0], (long long)*rows);
        }
    return *rows <= 400 ? LOOM_OK
                        : h->fail(call, LOOM_E_DATA, "tables", "%lld rows; at most 400 are drawn",
                                  (long long)*rows);
}

/* Names of the series: tables, columns or both. */
static void name_series(const params *p, int64_t tables, char *out, size_t room)
{
    char label[120];
    size_t used = 0;
    for (int64_t t = 0; t < tables; t++)
        for (int64_t k = 0; k < p->value.n && used < room; k++) {
            loom_label(p->labels, t, label, sizeof label);
            used +=
                (size_t)snprintf(out + used, room - used, "%s%s%s%.80s", used ? "\n" : "",
                                 tables > 1 ? label : "", tables > 1 && p->value.n > 1 ? ", " : "",
                                 tables > 1 && p->value.n == 1 ? "" : p->value.v[k]);
        }
}

static bool has_interval(const params *p) { return *p->error || *p->low; }

/* Ends of the interval of row i of table t about its value; one of other values is the value. */
static void interval(loom_call *call, const params *p, int64_t t, int64_t k, int64_t i,
                     double value, double *low, double *high)
{
    *low = *high = value;
    if (k > 0) return;
    if (*p->error) {
        double half = loom_element(view_column(call, "tables", t, p->error, "error"), i);
        *low -= half;
        *high += half;
    } else {
        *low = loom_element(view_column(call, "tables", t, p->low, "low"), i);
        *high = loom_element(view_column(call, "tables", t, p->high, "high"), i);
    }
}

static loom_status run(loom_call *call, const void *param_struct)
{
    enum { MAX_NAMES = 16384 };
    const loom_host *h = call->host;
    const params *p = param_struct;
    int64_t tables = h->input_count(call, "tables"), rows = 0, at = 0;
    loom_status status = measure(call, p, tables, &rows);
    if (status != LOOM_OK) return status;
    char *names = row_names(call, p, rows), *series_names = h->scratch(call, MAX_NAMES);
    if (*p->name && !names) return LOOM_E_PARAM;
    if (!names || !series_names) return LOOM_E_MEMORY;
    *series_names = 0;
    name_series(p, tables, series_names, MAX_NAMES);
    int64_t all = rows * tables * p->value.n;
    const loom_array *first = view_column(call, "tables", 0, p->value.v[0], "value");
    loom_value *panel =
        *p->caption
            ? loom_panel(call, "panel", "bars", p->title, "%s", p->caption)
            : loom_panel(call, "panel", "bars", p->title, "%s of %lld rows%s.", first->name,
                         (long long)rows, has_interval(p) ? "; lines show the interval" : "");
    double *value = panel ? loom_panel_reals(call, panel, "value", first->unit, all) : NULL,
           *low = NULL, *high = NULL;
    int32_t *category = value ? loom_panel_codes(call, panel, "category", names, all) : NULL;
    int32_t *series = category && tables * p->value.n > 1
                          ? loom_panel_codes(call, panel, "series", series_names, all)
                          : NULL;
    if (has_interval(p) && category) {
        low = loom_panel_reals(call, panel, "low", first->unit, all);
        high = loom_panel_reals(call, panel, "high", first->unit, all);
    }
    if (!category || (tables * p->value.n > 1 && !series) || (has_interval(p) && (!low || !high)))
        return LOOM_E_MEMORY;
    for (int64_t t = 0; t < tables; t++)
        for (int64_t k = 0; k < p->value.n; k++)
            for (int64_t i = 0; i < rows; i++, at++) {
                value[at] = loom_element(view_column(call, "tables", t, p->value.v[k], "value"), i);
                category[at] = (int32_t)i;
                if (series) series[at] = (int32_t)(t * p->value.n + k);
                if (low) interval(call, p, t, k, i, value[at], &low[at], &high[at]);
            }
    h->set_text(call, panel, "x_label", view_title(p->x_label, p->name));
    h->set_text(call, panel, "y_label", view_title(p->y_label, first->name));
    return LOOM_OK;
}

static const loom_op view_bars = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "view.bars",
    .summary = "Columns of one or more tables as groups of bars, one group per row.",
    .method =
        "One bar per row, table and column of `value`; `low` and `high` are the interval of the "
        "first column, or `error` half of it.",
    .cites = "none",
    .limits = "At most 400 rows. Tables are compared row by row: they have equally many.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.bars", "1.0", "BSD-3-Clause", &view_bars);
