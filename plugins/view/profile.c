/* view.profile - the mean of a column over another one: layers, depths, distances from a centre. */
#include "columns.h"
#include <assert.h>

typedef struct params {
    const char *along, *column, *word;
    double width;
    loom_strings labels;
    const char *title, *caption, *x_label, *y_label;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, along, .text = "depth", .doc = "the column along x"),
    LOOM_PARAM(params, column, .text = "species", .doc = "the column that is averaged"),
    LOOM_PARAM(params, word,
               .doc = "of a column of words or species: the word whose share is shown"),
    LOOM_PARAM(params, width, .unit = "same as `along`", .def = 0, .min = 0, .max = 1e30,
               .doc = "of an interval of `along`; 0: each whole number, or a twelfth of its range"),
    LOOM_PARAM(params, labels, .doc = "names of the stages, in order; 1, 2, ... where not given"),
    LOOM_PARAM(params, title, .text = "Profile", .doc = "heading of the panel"),
    LOOM_PARAM(params, caption, .doc = "what is seen; not given: columns and width"),
    LOOM_PARAM(params, x_label, .doc = "name of the x axis; not given: the column's"),
    LOOM_PARAM(params, y_label,
               .doc = "name of the y axis; not given: the column's, or the word's share"),
    { 0 }
};
static const loom_port inputs[] = {
    { "stages", "any", "atoms or tables with both columns; one or more", LOOM_LIST }, { 0 }
};
static const loom_port outputs[] = {
    { "panel", "panel", "for the report: mean and its standard error", 0 }, { 0 }
};

enum { MAX_BINS = 1000 };
typedef struct profile {
    double low, width;
    int64_t bins, rows;
} profile;
typedef struct bin {
    double sum, squares, along;
    int64_t n;
} bin;

/* The code of `word`: of words one per line, or of chemical symbols. -1: not there. */
static int64_t code_of(loom_call *call, const loom_value *v, const params *p)
{
    const char *words = view_words(call, v, p->column);
    if (!words && !strcmp(p->column, "species")) words = view_symbols(call, v);
    size_t n = strlen(p->word);
    for (int64_t k = 0; words; k++) {
        size_t length = strcspn(words, "\n");
        if (length == n && !strncmp(words, p->word, n)) return k;
        if (!words[length]) break;
        words += length + 1;
    }
    return -1;
}

static loom_status choose_bins(loom_call *call, const params *p, int64_t stages, profile *f)
{
    double low = INFINITY, high = -INFINITY;
    bool whole = true;
    for (int64_t k = 0; k < stages; k++) {
        const loom_array *a = view_column(call, "stages", k, p->along, "along"),
                         *c = view_column(call, "stages", k, p->column, "column");
        if (!a || !c) return LOOM_E_PARAM;
        if (a->dim[0] != c->dim[0])
            return call->host->fail(call, LOOM_E_DATA, "column",
                                    "column '%s' is not as long as '%s'", c->name, a->name);
        for (int64_t i = 0; i < a->dim[0]; i++) {
            double x = loom_element(a, i);
            if (!isfinite(x)) continue;
            low = fmin(low, x), high = fmax(high, x);
            whole = whole && x == floor(x);
        }
        f->rows += a->dim[0];
    }
    if (!(low <= high))
        return call->host->fail(call, LOOM_E_DATA, "stages", "column '%s' holds no finite number",
                                p->along);
    f->width = p->width > 0                ? p->width
               : whole && high - low < 200 ? 1
               : high > low                ? (high - low) / 12
                                           : 1;
    f->low = p->width > 0 || !whole ? low : low - 0.5;
    double bins = floor((high - f->low) / f->width) + 1;
    if (!(bins <= MAX_BINS))
        return call->host->fail(call, LOOM_E_PARAM, "width", "%g intervals of %g; at most %d", bins,
                                f->width, MAX_BINS);
    f->bins = (int64_t)bins;
    return LOOM_OK;
}

static void gather(const loom_array *along, const loom_array *column, int64_t code,
                   const profile *f, bin *b)
{
    memset(b, 0, (size_t)f->bins * sizeof *b);
    for (int64_t i = 0; i < along->dim[0]; i++) {
        double x = loom_element(along, i), y = loom_element(column, i);
        if (!isfinite(x) || !isfinite(y)) continue;
        if (code >= 0) y = y == (double)code;
        int64_t k = (int64_t)((x - f->low) / f->width);
        if (k >= f->bins) k = f->bins - 1;
        assert(k >= 0);
        b[k].n++, b[k].sum += y, b[k].squares += y * y, b[k].along += x;
    }
}

/* Rows of the panel: for every stage the intervals that hold something. */
static int64_t fill(loom_call *call, const params *p, int64_t stages, const profile *f, bin *b,
                    double *const out[4], int32_t *series)
{
    assert(f->bins > 0 && f->bins <= MAX_BINS && f->width > 0);
    int64_t n = 0;
    for (int64_t k = 0; k < stages; k++) {
        const loom_value *v = call->host->input(call, "stages", k);
        int64_t code = *p->word ? code_of(call, v, p) : -1;
        gather(view_column(call, "stages", k, p->along, "along"),
               view_column(call, "stages", k, p->column, "column"), code, f, b);
        for (int64_t i = 0; i < f->bins; i++) {
            if (!b[i].n) continue;
            if (out) {
                double count = (double)b[i].n, mean = b[i].sum / count,
                       spread = fmax(b[i].squares / count - mean * mean, 0);
                double error = sqrt(spread / fmax(count - 1, 1));
                out[0][n] = b[i].along / count, out[1][n] = mean, out[2][n] = mean - error,
                out[3][n] = mean + error;
                series[n] = (int32_t)k;
            }
            n++;
        }
    }
    return n;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    static const char *const names[] = { "x", "y", "low", "high" };
    const loom_host *h = call->host;
    const params *p = param_struct;
    int64_t stages = h->input_count(call, "stages");
    profile f = { 0 };
    double *out[4];
    char y_label[200];
    loom_status status = choose_bins(call, p, stages, &f);
    if (status != LOOM_OK) return status;
    for (int64_t k = 0; *p->word && k < stages; k++)
        if (code_of(call, h->input(call, "stages", k), p) < 0)
            return h->fail(call, LOOM_E_PARAM, "word", "column '%s' knows no word '%s'", p->column,
                           p->word);
    bin *b = h->scratch(call, (size_t)f.bins * sizeof *b);
    char *labels = loom_label_lines(call, p->labels, stages);
    if (!b || !labels) return LOOM_E_MEMORY;
    int64_t rows = fill(call, p, stages, &f, b, NULL, NULL);
    const loom_array *along = view_column(call, "stages", 0, p->along, "along"),
                     *column = view_column(call, "stages", 0, p->column, "column");
    snprintf(y_label, sizeof y_label, *p->word ? "share of %.150s" : "mean of %.150s",
             *p->word ? p->word : p->column);
    loom_value *panel =
        *p->caption ? loom_panel(call, "panel", "plot", p->title, "%s", p->caption)
                    : loom_panel(call, "panel", "plot", p->title,
                                 "The %s by %s in intervals of %.4g %s, of %lld entries; bars are "
                                 "the standard error of the mean.",
                                 y_label, p->along, f.width, along->unit, (long long)f.rows);
    for (int k = 0; k < 4; k++)
        if (!panel
            || !(out[k] = loom_panel_reals(call, panel, names[k],
                                           k ? (*p->word ? "" : column->unit) : along->unit, rows)))
            return LOOM_E_MEMORY;
    int32_t *series = loom_panel_codes(call, panel, "series", labels, rows);
    if (!series) return LOOM_E_MEMORY;
    fill(call, p, stages, &f, b, out, series);
    char styles[64 * 5 + 1] = "";
    for (int64_t k = 0; k < stages && k < 64; k++) strcat(styles, k ? "\nboth" : "both");
    h->set_text(call, panel, "styles", styles);
    h->set_text(call, panel, "x_label", view_title(p->x_label, p->along));
    h->set_text(call, panel, "y_label", view_title(p->y_label, y_label));
    return LOOM_OK;
}

static const loom_op view_profile = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "view.profile",
    .summary = "The mean of a column, or the share of a word, by layer, depth or any other column.",
    .method = "Entries are gathered in intervals of `along`; a point is the mean of the column "
              "over the mean of `along` in an interval, "
              "its bar the standard error sqrt(variance / (n - 1)). With `word` the column counts "
              "as 1 where it is that word and 0 elsewhere.",
    .cites = "none",
    .limits = "Intervals without entries have no point. At most 1000 intervals.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.profile", "1.0", "BSD-3-Clause", &view_profile);
