/* view.histogram - how often the numbers of a column occur, in one or more values. */
#include "columns.h"

typedef struct params {
    const char *column;
    int64_t bins;
    double low, high;
    bool fraction;
    loom_strings labels;
    const char *title, *caption;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, column, .flags = LOOM_REQUIRED, .doc = "the column that is counted"),
    LOOM_PARAM(params, bins, .def = 30, .min = 1, .max = 2000, .doc = "number of intervals"),
    LOOM_PARAM(params, low, .unit = "same as the column", .def = 0, .min = -1e30, .max = 1e30,
               .doc = "lower end; where low and high are equal: the range of the numbers"),
    LOOM_PARAM(params, high, .unit = "same as the column", .def = 0, .min = -1e30, .max = 1e30,
               .doc = "upper end; where low and high are equal: the range of the numbers"),
    LOOM_PARAM(params, fraction, .doc = "shares of each value in place of counts"),
    LOOM_PARAM(params, labels, .doc = "names of the values, in order; 1, 2, ... where not given"),
    LOOM_PARAM(params, title, .text = "Histogram", .doc = "heading of the panel"),
    LOOM_PARAM(params, caption, .doc = "what is seen; not given: count, mean and deviation"),
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
    *low = p->low < p->high ? p->low : r->low;
    *high = p->low < p->high ? p->high : r->high;
    *bins = p->bins;
    if (is_whole(a) && *high - *low < 60) {
        *low = floor(*low) - 0.5, *high = floor(*high) + 0.5;
        *bins = (int64_t)(*high - *low);
    } else if (!(*high > *low)) *low -= 0.5, *high += 0.5;
}

static void count(const loom_array *a, double low, double high, int64_t bins, double *value)
{
    for (int64_t i = 0; i < a->dim[0]; i++) {
        double at = (loom_element(a, i) - low) / (high - low) * (double)bins;
        if (at == (double)bins) at -= 1; /* the last bin holds its upper end */
        if (at >= 0 && at < (double)bins) value[(int64_t)at] += 1;
    }
}

static loom_value *make_panel(loom_call *call, const params *p, const range *r, const char *unit)
{
    double n = (double)r->count, mean = n > 0 ? r->sum / n : 0;
    double deviation = n > 1 ? sqrt(fmax(r->squares / n - mean * mean, 0)) : 0;
    if (*p->caption) return loom_panel(call, "panel", "bars", p->title, "%s", p->caption);
    return loom_panel(
        call, "panel", "bars", p->title,
        "%lld numbers of %s: mean %.4g, standard deviation %.4g, from %.4g to %.4g %s.",
        (long long)r->count, p->column, mean, deviation, r->low, r->high, unit);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    int64_t values = h->input_count(call, "values"), bins;
    range r = { 0 };
    double low, high;
    const loom_array *a = NULL;
    for (int64_t k = 0; k < values; k++) {
        if (!(a = view_column(call, "values", k, p->column, "column"))) return LOOM_E_PARAM;
        r = look(a, r);
    }
    if (p->low > p->high)
        return h->fail(call, LOOM_E_PARAM, "high", "%g is below low = %g", p->high, p->low);
    if (!r.count)
        return h->fail(call, LOOM_E_DATA, "values", "column '%s' holds no finite number",
                       p->column);
    choose_bins(p, a, &r, &low, &high, &bins);
    loom_value *panel = make_panel(call, p, &r, a->unit);
    int64_t rows = bins * values;
    double *left = panel ? loom_panel_reals(call, panel, "left", a->unit, rows) : NULL,
           *right = left ? loom_panel_reals(call, panel, "right", a->unit, rows) : NULL,
           *value = right ? loom_panel_reals(call, panel, "value", NULL, rows) : NULL;
    char *names = loom_label_lines(call, p->labels, values);
    int32_t *series =
        value && names && values > 1 ? loom_panel_codes(call, panel, "series", names, rows) : NULL;
    if (!value || !names || (values > 1 && !series)) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < values; k++) {
        a = view_column(call, "values", k, p->column, "column");
        count(a, low, high, bins, value + k * bins);
        for (int64_t i = 0; i < bins; i++) {
            left[k * bins + i] = low + (high - low) * (double)i / (double)bins;
            right[k * bins + i] = low + (high - low) * (double)(i + 1) / (double)bins;
            if (p->fraction && a->dim[0]) value[k * bins + i] /= (double)a->dim[0];
            if (series) series[k * bins + i] = (int32_t)k;
        }
    }
    h->set_text(call, panel, "x_label", p->column);
    h->set_text(call, panel, "y_label", p->fraction ? "share" : "count");
    return LOOM_OK;
}

static const loom_op view_histogram = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "view.histogram",
    .summary = "How often the numbers of a column occur, one set of bars per value.",
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
