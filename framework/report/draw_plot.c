/* report/draw_plot.c - renderer `plot`: lines and points over two axes.
 *
 * Arrays x, y; optional low and high (an interval of y), and series (codes of words). Attributes:
 * x_label, y_label (else the arrays' names), log_x, log_y (1: logarithmic), styles (one word per
 * series and line: lines, points, both, dashed; else lines). */
#include "report/axis.h"
#include "report/panel.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SERIES = 64 };
typedef enum style { STYLE_LINES, STYLE_POINTS, STYLE_BOTH, STYLE_DASHED } style;
typedef struct plot {
    const loom_value *v;
    column x, y, low, high, series;
    bool interval, several;
    int64_t series_count;
    frame f;
    double (*xy)[2]; /* room for twice the points */
} plot;

static style style_of(const plot *d, int64_t k)
{
    char word[16];
    line_copy(panel_text(d->v, "styles", ""), k, word, sizeof word);
    return !strcmp(word, "points")   ? STYLE_POINTS
           : !strcmp(word, "both")   ? STYLE_BOTH
           : !strcmp(word, "dashed") ? STYLE_DASHED
                                     : STYLE_LINES;
}

static int64_t series_at(const plot *d, int64_t i)
{
    assert(i >= 0 && i < d->x.count);
    return d->several ? column_code(&d->series, i) : 0;
}

static bool read_columns(plot *d, error *e)
{
    if (!column_need(d->v, "x", -1, &d->x, e) || !column_need(d->v, "y", d->x.count, &d->y, e))
        return false;
    d->interval = value_array(d->v, "low") && value_array(d->v, "high");
    if (d->interval
        && (!column_need(d->v, "low", d->x.count, &d->low, e)
            || !column_need(d->v, "high", d->x.count, &d->high, e)))
        return false;
    d->several = value_array(d->v, "series") != NULL;
    if (d->several && !column_need(d->v, "series", d->x.count, &d->series, e)) return false;
    for (int64_t i = 0; i < d->x.count; i++)
        if (series_at(d, i) >= d->series_count) d->series_count = series_at(d, i) + 1;
    if (d->series_count > MAX_SERIES)
        return error_set(e, LOOM_E_DATA, "", "a plot of %lld series; at most %d are drawn",
                         (long long)d->series_count, MAX_SERIES);
    return true;
}

/* Where a logarithmic axis begins; 0 where nothing is above zero. */
static double smallest_above_zero(const column *c, double largest)
{
    double found = largest > 0 ? largest : 0;
    for (int64_t i = 0; i < c->count; i++) {
        double x = column_number(c, i);
        if (x > 0 && x < found) found = x;
    }
    return found;
}

/* Whole numbers, few and small enough for a tick at each. */
static bool is_whole(const column *c)
{
    for (int64_t i = 0; i < c->count; i++) {
        double x = column_number(c, i);
        if (!(fabs(x) < 1e6) || x < floor(x) || x > floor(x)) return false;
    }
    return c->count > 0;
}

static void choose_axes(plot *d)
{
    double x0 = 0, x1 = 1, y0 = 0, y1 = 1, low, high;
    column_range(&d->x, &x0, &x1);
    column_range(&d->y, &y0, &y1);
    if (d->interval && column_range(&d->low, &low, &high)) y0 = fmin(y0, low);
    if (d->interval && column_range(&d->high, &low, &high)) y1 = fmax(y1, high);
    bool log_x = panel_number(d->v, "log_x", 0) != 0, log_y = panel_number(d->v, "log_y", 0) != 0;
    if (log_y) y0 = smallest_above_zero(&d->y, y1);
    if (log_x) x0 = smallest_above_zero(&d->x, x1);
    /* an axis that nearly begins at zero begins there */
    if (!log_y && y0 > 0 && y0 < 0.5 * y1) y0 = 0;
    d->f.x = axis_make(x0, x1, log_x, 8);
    if (!log_x && d->f.x.step < 1 && is_whole(&d->x)) /* there is no layer 0.5 */
        d->f.x = (axis){ .low = x0, .high = fmax(x1, x0 + 1), .step = 1 };
    d->f.y = axis_make(y0, y1, log_y, 6);
}

/* Where point i lies; false where it cannot be shown. */
static bool place(const plot *d, int64_t i, const column *y, double out[2])
{
    assert(i >= 0 && i < d->x.count);
    double a = column_number(&d->x, i), b = column_number(y, i);
    if (!isfinite(a) || !isfinite(b) || (d->f.x.log && a <= 0) || (d->f.y.log && b <= 0))
        return false;
    out[0] = axis_place(&d->f.x, a);
    out[1] = axis_place(&d->f.y, b);
    return true;
}

static void draw_band(const plot *d, picture *p, int64_t k)
{
    assert(d->interval);
    int64_t n = 0;
    for (int64_t i = 0; i < d->x.count; i++)
        if (series_at(d, i) == k && place(d, i, &d->high, d->xy[n])) n++;
    for (int64_t i = d->x.count - 1; i >= 0; i--)
        if (series_at(d, i) == k && place(d, i, &d->low, d->xy[n])) n++;
    mark *m = n > 2 ? picture_path(p, tint_series(k), TINT_NONE, 0, n, d->xy) : NULL;
    if (m) m->opacity = 0.2;
}

static void draw_line_of(const plot *d, picture *p, int64_t k, bool dashed)
{
    int64_t n = 0;
    for (int64_t i = 0; i <= d->x.count; i++) {
        bool more = i < d->x.count;
        if (more && series_at(d, i) != k) continue;
        if (more && place(d, i, &d->y, d->xy[n])) {
            n++;
            continue;
        }
        /* what cannot be shown is a gap */
        mark *m = n > 1 ? picture_path(p, TINT_NONE, tint_series(k), 1.8, n, d->xy) : NULL;
        if (m) m->dashed = dashed;
        n = 0;
    }
}

static void draw_points_of(const plot *d, picture *p, int64_t k)
{
    double at[2], end[2];
    for (int64_t i = 0; i < d->x.count; i++) {
        if (series_at(d, i) != k || !place(d, i, &d->y, at)) continue;
        if (d->interval && place(d, i, &d->low, end)) {
            picture_line(p, tint_series(k), 1.4, at[0], at[1], end[0], end[1]);
            picture_line(p, tint_series(k), 1.4, end[0] - 4, end[1], end[0] + 4, end[1]);
        }
        if (d->interval && place(d, i, &d->high, end)) {
            picture_line(p, tint_series(k), 1.4, at[0], at[1], end[0], end[1]);
            picture_line(p, tint_series(k), 1.4, end[0] - 4, end[1], end[0] + 4, end[1]);
        }
        picture_disc(p, tint_series(k), at[0], at[1], d->x.count > 2000 ? 1.5 : 3.5);
    }
}

static double draw_keys(const plot *d, picture *p)
{
    assert(d->series_count <= MAX_SERIES);
    legend_key key[MAX_SERIES];
    char name[MAX_SERIES][80];
    if (!d->several) return 4;
    for (int64_t k = 0; k < d->series_count; k++) {
        line_copy(d->series.words, k, name[k], sizeof name[k]);
        style s = style_of(d, k);
        key[k] = (legend_key){ name[k], tint_series(k), s != STYLE_POINTS, s == STYLE_DASHED };
    }
    return legend_draw(p, 48, 2, p->width - 60, key, (int)d->series_count);
}

bool draw_plot(const loom_value *v, picture *p, error *e)
{
    plot d = { .v = v };
    text x_name = { 0 }, y_name = { 0 };
    if (!read_columns(&d, e)) return false;
    d.xy = calloc((size_t)d.x.count * 2 + 2, sizeof *d.xy);
    if (!d.xy) return error_memory(e, "a picture");
    p->height = 380;
    choose_axes(&d);
    with_unit(panel_text(v, "x_label", "x"), d.x.array->unit, &x_name);
    with_unit(panel_text(v, "y_label", "y"), d.y.array->unit, &y_name);
    double top = draw_keys(&d, p);
    frame_draw(p, &d.f, top, 0, true, x_name.data ? x_name.data : "",
               y_name.data ? y_name.data : "");
    for (int64_t k = 0; k < d.series_count; k++) {
        style s = style_of(&d, k);
        if (d.interval && (s == STYLE_LINES || s == STYLE_DASHED)) draw_band(&d, p, k);
        if (s != STYLE_POINTS) draw_line_of(&d, p, k, s == STYLE_DASHED);
        if (s == STYLE_POINTS || s == STYLE_BOTH) draw_points_of(&d, p, k);
    }
    free(d.xy);
    text_free(&x_name);
    text_free(&y_name);
    return true;
}
