/* view.histogram - how often the numbers of a column occur, in one or more values. */
#include "columns.h"
#include <assert.h>

typedef struct params {
    const char *column, *by;
    int64_t bins;
    double low, high;
    bool fraction;
    loom_strings labels;
    const char *title, *caption, *x_label, *y_label;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, column, .flags = LOOM_REQUIRED, .doc = "the column that is counted"),
    LOOM_PARAM(params, by,
               .doc = "a column of words or species: a set of bars for each of its words, of all "
                      "values together"),
    LOOM_PARAM(params, bins, .def = 30, .min = 1, .max = 2000, .doc = "number of intervals"),
    LOOM_PARAM(params, low, .unit = "same as the column", .def = 0, .min = -1e30, .max = 1e30,
               .doc = "lower end; where low and high are equal: the range of the numbers"),
    LOOM_PARAM(params, high, .unit = "same as the column", .def = 0, .min = -1e30, .max = 1e30,
               .doc = "upper end; where low and high are equal: the range of the numbers"),
    LOOM_PARAM(params, fraction, .doc = "shares of each set in place of counts"),
    LOOM_PARAM(params, labels,
               .doc = "names of the sets, in order; not given: 1, 2, ..., or the words of `by`"),
    LOOM_PARAM(params, title, .text = "Histogram", .doc = "heading of the panel"),
    LOOM_PARAM(params, caption, .doc = "what is seen; not given: count, mean and deviation"),
    LOOM_PARAM(params, x_label, .doc = "name of the x axis; not given: the column's"),
    LOOM_PARAM(params, y_label, .doc = "name of the y axis; not given: count, or share"),
    { 0 }
};
static const loom_port inputs[] = {
    { "values", "any", "atoms, tables or other values with the column; one or more", LOOM_LIST },
    { 0 }
};
static const loom_port outputs[] = { { "panel", "panel", "for the report", 0 }, { 0 } };

typedef struct range {
    double low, high, sum, squares;
    int64_t count, outside;
} range;

static range look(const loom_array *a, range r)
{
    for (int64_t i = 0; i < a->dim[0]; i++) {
        double x = loom_element(a, i);
        if (!isfinite(x)) {
            r.outside++;
            continue;
        }
        r.low = r.count ? fmin(r.low, x) : x;
        r.high = r.count ? fmax(r.high, x) : x;
        r.sum += x, r.squares += x * x;
        r.count++;
    }
    return r;
}

/* Whole numbers: bins of width one about each. */
static bool is_whole(const loom_array *a)
{
    return a->dtype == LOOM_U8 || a->dtype == LOOM_I32 || a->dtype == LOOM_I64;
}

static void choose_bins(const params *p, const loom_array *a, const range *r, double *low,
                        double *high, int64_t *bins)
{
    assert(r->count > 0 && r->low <= r->high && p->bins > 0);
    *low = p->low < p->high ? p->low : r->low;
    *high = p->low < p->high ? p->high : r->high;
    *bins = p->bins;
    if (is_whole(a) && *high - *low < 60) {
        *low = floor(*low) - 0.5, *high = floor(*high) + 0.5;
        *bins = (int64_t)(*high - *low);
    } else if (!(*high > *low)) *low -= 0.5, *high += 0.5;
}

/* What is counted: one set per value, or per word of the column `by`. */
typedef struct sets {
    double low, high;
    int64_t bins, values, count;
    const char *names; /* lines; NULL: one set without a name */
} sets;

static loom_status choose_sets(loom_call *call, const params *p, sets *s)
{
    const loom_value *first = call->host->input(call, "values", 0);
    s->count = s->values;
    if (!*p->by) {
        s->names = s->values > 1 ? loom_label_lines(call, p->labels, s->values) : NULL;
        return s->values > 1 && !s->names ? LOOM_E_MEMORY : LOOM_OK;
    }
    if (!view_column(call, "values", 0, p->by, "by")) return LOOM_E_PARAM;
    s->names = view_words(call, first, p->by);
    if (!s->names && !strcmp(p->by, "species")) s->names = view_symbols(call, first);
    if (!s->names || !*s->names)
        return call->host->fail(call, LOOM_E_PARAM, "by", "column '%s' holds no words", p->by);
    s->count = 1;
    for (const char *c = s->names; *c; c++) s->count += *c == '\n';
    if (!p->labels.n) return LOOM_OK;
    s->count = p->labels.n;
    s->names = loom_label_lines(call, p->labels, s->count);
    return s->names ? LOOM_OK : LOOM_E_MEMORY;
}

/* Counts value k; out [count][bins]. Entries of words beyond the last set are left out. */
static loom_status count(loom_call *call, const params *p, const sets *s, int64_t k, double *out)
{
    assert(k >= 0 && k < s->values && s->bins > 0 && s->count > 0);
    const loom_array *a = view_column(call, "values", k, p->column, "column"),
                     *by = *p->by ? view_column(call, "values", k, p->by, "by") : NULL;
    if (*p->by && !by) return LOOM_E_PARAM;
    if (by && by->dim[0] != a->dim[0])
        return call->host->fail(call, LOOM_E_DATA, "by", "column '%s' is not as long as '%s'",
                                by->name, a->name);
    for (int64_t i = 0; i < a->dim[0]; i++) {
        double at = (loom_element(a, i) - s->low) / (s->high - s->low) * (double)s->bins;
        double set = by ? loom_element(by, i) : (double)k;
        if (at == (double)s->bins) at -= 1; /* the last bin holds its upper end */
        if (!(at >= 0 && at < (double)s->bins && set >= 0 && set < (double)s->count)) continue;
        out[(int64_t)set * s->bins + (int64_t)at] += 1;
    }
    return LOOM_OK;
}

/* Shares: of every set together 1. */
static void divide(const sets *s, double *value)
{
    for (int64_t k = 0; k < s->count; k++) {
        double all = 0;
        for (int64_t i = 0; i < s->bins; i++) all += value[k * s->bins + i];
        for (int64_t i = 0; all > 0 && i < s->bins; i++) value[k * s->bins + i] /= all;
    }
}

static loom_value *make_panel(loom_call *call, const params *p, const range *r, const char *unit)
{
    double n = (double)r->count, mean = n > 0 ? r->sum / n : 0;
    double deviation = n > 1 ? sqrt(fmax(r->squares / n - mean * mean, 0)) : 0;
    if (*p->caption) return loom_panel(call, "panel", "bars", p->title, "%s", p->caption);
    return loom_panel(
        call, "panel", "bars", p->title,
        "%lld numbers of %s: mean %.4g, standard deviation %.4g, from %.4g to %.4g%s%s.",
        (long long)r->count, view_title(p->x_label, p->column), mean, deviation, r->low, r->high,
        *unit ? " " : "", unit);
}

static loom_status fill(loom_call *call, const params *p, const sets *s, loom_value *panel,
                        const char *unit)
{
    int64_t rows = s->bins * s->count;
    double *left = panel ? loom_panel_reals(call, panel, "left", unit, rows) : NULL,
           *right = left ? loom_panel_reals(call, panel, "right", unit, rows) : NULL,
           *value = right ? loom_panel_reals(call, panel, "value", NULL, rows) : NULL;
    int32_t *series =
        value && s->names ? loom_panel_codes(call, panel, "series", s->names, rows) : NULL;
    if (!value || (s->names && !series)) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < rows; i++) {
        int64_t bin = i % s->bins;
        left[i] = s->low + (s->high - s->low) * (double)bin / (double)s->bins;
        right[i] = s->low + (s->high - s->low) * (double)(bin + 1) / (double)s->bins;
        if (series) series[i] = (int32_t)(i / s->bins);
    }
    for (int64_t k = 0; k < s->values; k++) {
        loom_status status = count(call, p, s, k, value);
        if (status != LOOM_OK) return status;
    }
    if (p->fraction) divide(s, value);
    call->host->set_text(call, panel, "x_label", view_title(p->x_label, p->column));
    call->host->set_text(call, panel, "y_label",
                         view_title(p->y_label, p->fraction ? "share" : "count"));
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    sets s = { .values = h->input_count(call, "values") };
    range r = { 0 };
    const loom_array *a = NULL;
    for (int64_t k = 0; k < s.values; k++) {
        if (!(a = view_column(call, "values", k, p->column, "column"))) return LOOM_E_PARAM;
        r = look(a, r);
    }
    if (p->low > p->high)
        return h->fail(call, LOOM_E_PARAM, "high", "%g is below low = %g", p->high, p->low);
    if (!r.count)
        return h->fail(call, LOOM_E_DATA, "values", "column '%s' holds no finite number",
                       p->column);
    choose_bins(p, a, &r, &s.low, &s.high, &s.bins);
    loom_status status = choose_sets(call, p, &s);
    return status == LOOM_OK ? fill(call, p, &s, make_panel(call, p, &r, a->unit), a->unit)
                             : status;
}

static const loom_op view_histogram = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "view.histogram",
    .summary = "How often the numbers of a column occur, one set of bars per value, or per word of "
               "a column.",
    .method =
        "Intervals of equal width; whole numbers that span less than 60 have an interval each. "
        "The last interval holds its upper end. Numbers beyond `low` and `high`, and those that "
        "are not finite, are left out.",
    .cites = "none",
    .limits = "All values share one range.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.histogram", "1.0", "BSD-3-Clause", &view_histogram);
