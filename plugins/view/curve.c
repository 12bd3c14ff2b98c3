/* view.curve - columns of tables against one of their columns. */
#include "columns.h"
#include <assert.h>

typedef struct params {
    const char *x;
    loom_strings y;
    const char *low, *high, *by;
    loom_strings labels, style;
    const char *title, *caption, *x_label, *y_label;
    bool log_x, log_y, relative;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, x, .flags = LOOM_REQUIRED, .doc = "the column along x"),
    LOOM_PARAM(params, y, .flags = LOOM_REQUIRED, .doc = "the columns that become curves"),
    LOOM_PARAM(params, low,
               .doc = "lower end of the interval of y; or the column of its half width"),
    LOOM_PARAM(params, high, .doc = "upper end; without it low is half the width of the interval"),
    LOOM_PARAM(params, by, .doc = "a column of words: one curve for each of its words"),
    LOOM_PARAM(params, labels, .doc = "names of the tables, in order; 1, 2, ... where not given"),
    LOOM_PARAM(params, style,
               .doc = "lines, points, both or dashed for each curve, in order; the last one holds "
                      "for the rest"),
    LOOM_PARAM(params, title, .text = "Curves", .doc = "heading of the panel"),
    LOOM_PARAM(params, caption, .doc = "what is seen; not given: the names of the columns"),
    LOOM_PARAM(params, x_label, .doc = "name of the x axis; not given: the column's"),
    LOOM_PARAM(params, y_label, .doc = "name of the y axis; not given: the first column's"),
    LOOM_PARAM(params, log_x, .doc = "logarithmic x axis"),
    LOOM_PARAM(params, log_y, .doc = "logarithmic y axis"),
    LOOM_PARAM(params, relative,
               .doc = "every curve over its largest number, where only shapes can be compared"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tables", "any", "tables, or other values with columns; one or more", LOOM_LIST }, { 0 }
};
static const loom_port outputs[] = { { "panel", "panel", "for the report", 0 }, { 0 } };

enum { MAX_NAMES = 8192, MAX_CURVES = 64 };
typedef struct curves {
    int64_t tables, rows, count; /* rows of all curves together */
    char names[MAX_NAMES];       /* lines, one per curve */
    double *x, *y, *low, *high;
    int32_t *series;
} curves;

static int64_t word_count(const char *words)
{
    int64_t n = words && *words;
    for (; words && *words; words++) n += *words == '\n';
    return n;
}

/* "30 min", "Ir", or "30 min, Ir": what tells this curve from the others. */
static void name_curve(const params *p, const curves *c, int64_t table, int64_t y, char *out,
                       size_t room)
{
    char label[120] = "";
    if (c->tables > 1) loom_label(p->labels, table, label, sizeof label);
    if (c->tables > 1 && p->y.n > 1) snprintf(out, room, "%s, %.80s", label, p->y.v[y]);
    else snprintf(out, room, "%s", c->tables > 1 ? label : p->y.v[y]);
}

static loom_status measure(loom_call *call, const params *p, curves *c)
{
    for (int64_t t = 0; t < c->tables; t++)
        for (int64_t y = 0; y < p->y.n; y++) {
            const loom_array *x = view_column(call, "tables", t, p->x, "x"),
                             *a = view_column(call, "tables", t, p->y.v[y], "y");
            if (!x || !a) return LOOM_E_PARAM;
            if (a->dim[0] != x->dim[0])
                return call->host->fail(call, LOOM_E_DATA, "y",
                                        "column '%s' is not as long as '%s'", a->name, x->name);
            c->rows += a->dim[0];
            c->count++;
        }
    if (c->count > MAX_CURVES)
        return call->host->fail(call, LOOM_E_PARAM, "y", "%lld curves; at most %d are drawn",
                                (long long)c->count, MAX_CURVES);
    return LOOM_OK;
}

/* Ends of the interval of a curve, where they are asked for. */
static bool fill_interval(loom_call *call, const params *p, const curves *c, int64_t t, int64_t at,
                          int64_t n)
{
    assert(at >= 0 && at + n <= c->rows);
    if (!*p->low) return true;
    const loom_array *low = view_column(call, "tables", t, p->low, "low"),
                     *high = *p->high ? view_column(call, "tables", t, p->high, "high") : low;
    if (!low || !high || low->dim[0] != n || high->dim[0] != n) return false;
    for (int64_t i = 0; i < n; i++) {
        double half = loom_element(low, i);
        c->low[at + i] = *p->high ? half : c->y[at + i] - half;
        c->high[at + i] = *p->high ? loom_element(high, i) : c->y[at + i] + half;
    }
    return true;
}

/* A curve and its interval over its largest number. */
static void make_relative(curves *c, int64_t at, int64_t n)
{
    assert(at >= 0 && at + n <= c->rows);
    double largest = 0;
    for (int64_t i = at; i < at + n; i++)
        if (isfinite(c->y[i])) largest = fmax(largest, fabs(c->y[i]));
    for (int64_t i = at; largest > 0 && i < at + n; i++) {
        c->y[i] /= largest;
        if (c->low) c->low[i] /= largest, c->high[i] /= largest;
    }
}

static bool fill(loom_call *call, const params *p, curves *c)
{
    int64_t at = 0, curve = 0;
    for (int64_t t = 0; t < c->tables; t++)
        for (int64_t y = 0; y < p->y.n; y++, curve++) {
            const loom_array *x = view_column(call, "tables", t, p->x, "x"),
                             *a = view_column(call, "tables", t, p->y.v[y], "y");
            const loom_array *by = *p->by ? view_column(call, "tables", t, p->by, "by") : NULL;
            if (*p->by && (!by || by->dim[0] != x->dim[0])) return false;
            assert(at + x->dim[0] <= c->rows);
            for (int64_t i = 0; i < x->dim[0]; i++) {
                c->x[at + i] = loom_element(x, i);
                c->y[at + i] = loom_element(a, i);
                c->series[at + i] = (int32_t)(by ? loom_element(by, i) : (double)curve);
            }
            if (!fill_interval(call, p, c, t, at, x->dim[0])) return false;
            if (p->relative) make_relative(c, at, x->dim[0]);
            at += x->dim[0];
        }
    return true;
}

/* Gaps: rows without x, y or an interval are not drawn. */
static void mark_gaps(loom_call *call, const curves *c, loom_value *panel)
{
    static const char *const name[] = { "missing.x", "missing.y", "missing.low", "missing.high" };
    const double *column[] = { c->x, c->y, c->low, c->high };
    int64_t gaps = 0;
    for (int64_t i = 0; i < c->rows; i++) {
        bool gap = false;
        for (int k = 0; k < 4; k++) gap = gap || (column[k] && isnan(column[k][i]));
        gaps += gap;
    }
    for (int k = 0; gaps && k < 4; k++)
        if (column[k]) call->host->set_text(call, panel, name[k], "nan");
    if (gaps)
        call->host->warn(call, "tables", "%lld of %lld points have a missing number: gaps",
                         (long long)gaps, (long long)c->rows);
}

static void name_all(loom_call *call, const params *p, curves *c)
{
    const char *words =
        *p->by ? view_words(call, call->host->input(call, "tables", 0), p->by) : NULL;
    if (words) {
        snprintf(c->names, sizeof c->names, "%s", words);
        c->count = word_count(words);
        return;
    }
    char *end = c->names;
    for (int64_t k = 0; k < c->count; k++) {
        if (k) *end++ = '\n';
        name_curve(p, c, k / p->y.n, k % p->y.n, end, 120);
        end += strlen(end);
    }
}

static void set_styles(loom_call *call, const params *p, loom_value *panel, int64_t count)
{
    char styles[MAX_CURVES * 10] = "";
    for (int64_t k = 0; k < count && k < MAX_CURVES && p->style.n; k++) {
        if (k) strcat(styles, "\n");
        strncat(styles, p->style.v[k < p->style.n ? k : p->style.n - 1], 8);
    }
    if (*styles) call->host->set_text(call, panel, "styles", styles);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    curves *c = h->scratch(call, sizeof *c);
    if (!c) return LOOM_E_MEMORY;
    memset(c, 0, sizeof *c);
    c->tables = h->input_count(call, "tables");
    loom_status status =
        p->y.n ? measure(call, p, c) : h->fail(call, LOOM_E_PARAM, "y", "no column is named");
    if (status != LOOM_OK) return status;
    const loom_array *x = view_column(call, "tables", 0, p->x, "x"),
                     *y = view_column(call, "tables", 0, p->y.v[0], "y");
    loom_value *panel =
        *p->caption ? loom_panel(call, "panel", "plot", p->title, "%s", p->caption)
                    : loom_panel(call, "panel", "plot", p->title, "%s against %s, %lld points%s%s.",
                                 y->name, x->name, (long long)c->rows,
                                 p->relative ? "; every curve over its largest number" : "",
                                 *p->low ? "; bars and bands show the interval" : "");
    if (!panel) return LOOM_E_MEMORY;
    name_all(call, p, c);
    c->x = loom_panel_reals(call, panel, "x", x->unit, c->rows);
    const char *unit = p->relative ? "" : y->unit;
    c->y = loom_panel_reals(call, panel, "y", unit, c->rows);
    if (*p->low) {
        c->low = loom_panel_reals(call, panel, "low", unit, c->rows);
        c->high = loom_panel_reals(call, panel, "high", unit, c->rows);
    }
    c->series = loom_panel_codes(call, panel, "series", c->names, c->rows);
    if (!c->x || !c->y || !c->series || (*p->low && (!c->low || !c->high))) return LOOM_E_MEMORY;
    if (!fill(call, p, c))
        return h->fail(call, LOOM_E_DATA, "tables", "columns of different lengths");
    mark_gaps(call, c, panel);
    h->set_text(call, panel, "x_label", view_title(p->x_label, x->name));
    h->set_text(call, panel, "y_label", view_title(p->y_label, y->name));
    h->set_number(call, panel, "log_x", p->log_x, "");
    h->set_number(call, panel, "log_y", p->log_y, "");
    set_styles(call, p, panel, c->count);
    return LOOM_OK;
}

static const loom_op view_curve = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "view.curve",
    .summary = "Columns of one or more tables as curves over another column.",
    .method = "One curve per table and column of `y`, or per word of the column `by`. An interval "
              "(`low` and `high`, or `low` alone as its half width) is drawn as a band around "
              "lines and as bars at points. Missing numbers are gaps, with a warning.",
    .cites = "none",
    .limits = "At most 64 curves in one picture.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.curve", "1.0", "BSD-3-Clause", &view_curve);
