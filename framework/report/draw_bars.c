/* report/draw_bars.c - renderer `bars`: a histogram, or groups of bars.
 *
 * Array value; with left and right (numbers) a histogram, with category (codes of words) groups;
 * optional low and high (an interval), series (codes of words). Attributes: x_label, y_label,
 * log_y. */
#include "report/axis.h"
#include "report/panel.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { MAX_SERIES = 64, MAX_CATEGORIES = 400 };
typedef struct bars {
    const loom_value *v;
    column value, left, right, category, series, low, high;
    bool histogram, several, interval;
    int64_t series_count, category_count;
    frame f;
} bars;

static bool optional(const loom_value *v, const char *name, int64_t n, column *c, bool *has,
                     error *e)
{
    *has = value_array(v, name) != NULL;
    return !*has || column_need(v, name, n, c, e);
}

static bool read_columns(bars *b, error *e)
{
    bool low, high;
    if (!column_need(b->v, "value", -1, &b->value, e)) return false;
    int64_t n = b->value.count;
    if (!optional(b->v, "left", n, &b->left, &b->histogram, e)
        || !optional(b->v, "series", n, &b->series, &b->several, e)
        || !optional(b->v, "low", n, &b->low, &low, e)
        || !optional(b->v, "high", n, &b->high, &high, e))
        return false;
    b->interval = low && high;
    if (!column_need(b->v, b->histogram ? "right" : "category", n,
                     b->histogram ? &b->right : &b->category, e))
        return false;
    for (int64_t i = 0; i < n; i++) {
        int64_t s = b->several ? column_code(&b->series, i) : 0,
                c = b->histogram ? 0 : column_code(&b->category, i);
        if (s >= b->series_count) b->series_count = s + 1;
        if (c >= b->category_count) b->category_count = c + 1;
    }
    if (b->series_count > MAX_SERIES || b->category_count > MAX_CATEGORIES)
        return error_set(e, LOOM_E_DATA, "",
                         "bars of %lld series in %lld categories; at most %d and %d are drawn",
                         (long long)b->series_count, (long long)b->category_count, MAX_SERIES,
                         MAX_CATEGORIES);
    return true;
}

static void choose_axes(bars *b)
{
    double low = 0, high = 0, x0 = 0, x1 = 1, other;
    column_range(&b->value, &low, &high);
    if (b->interval) {
        double l = low, h = high;
        if (column_range(&b->low, &l, &other)) low = fmin(low, l);
        if (column_range(&b->high, &other, &h)) high = fmax(high, h);
    }
    bool log_y = panel_number(b->v, "log_y", 0) != 0 && low > 0;
    if (!log_y) low = fmin(low, 0), high = fmax(high, 0);
    b->f.y = axis_make(low, high, log_y, 6);
    if (b->histogram) {
        column_range(&b->left, &x0, &other);
        column_range(&b->right, &other, &x1);
        b->f.x = axis_make(x0, x1, false, 8);
    } else b->f.x = (axis){ .low = 0, .high = (double)b->category_count, .step = 1 };
}

static void place(const bars *b, int64_t i, double *from, double *to)
{
    assert(i >= 0 && i < b->value.count);
    int64_t s = b->several ? column_code(&b->series, i) : 0;
    if (b->histogram) {
        *from = axis_place(&b->f.x, column_number(&b->left, i));
        *to = axis_place(&b->f.x, column_number(&b->right, i));
        if (b->series_count == 1) return;
        double part = (*to - *from) / (double)b->series_count;
        *from += part * (double)s;
        *to = *from + part;
    } else {
        double width = 0.8 / (double)b->series_count,
               at = (double)column_code(&b->category, i) + 0.1 + width * (double)s;
        *from = axis_place(&b->f.x, at);
        *to = axis_place(&b->f.x, at + width);
    }
}

static void draw_bar(const bars *b, picture *p, int64_t i)
{
    assert(i >= 0 && i < b->value.count);
    double from, to, v = column_number(&b->value, i);
    if (!isfinite(v)) return;
    place(b, i, &from, &to);
    double base = axis_place(&b->f.y, b->f.y.log ? b->f.y.low : 0), y = axis_place(&b->f.y, v);
    double gap = to - from > 4 ? 0.5 : 0;
    picture_rect(p, tint_series(b->several ? column_code(&b->series, i) : 0), from + gap,
                 fmin(y, base), fmax(to - from - 2 * gap, 0.3), fabs(y - base));
    if (!b->interval) return;
    double low = column_number(&b->low, i), high = column_number(&b->high, i);
    if (!isfinite(low) || !isfinite(high)) return;
    double middle = (from + to) / 2, y0 = axis_place(&b->f.y, low), y1 = axis_place(&b->f.y, high);
    picture_line(p, TINT_INK, 1.2, middle, y0, middle, y1);
    picture_line(p, TINT_INK, 1.2, middle - 3, y0, middle + 3, y0);
    picture_line(p, TINT_INK, 1.2, middle - 3, y1, middle + 3, y1);
}

static double widest_category(const bars *b)
{
    char word[80];
    double widest = 0;
    for (int64_t k = 0; k < b->category_count; k++) {
        line_copy(b->category.words, k, word, sizeof word);
        widest = fmax(widest, text_width(TICK_SIZE, word));
    }
    return widest;
}

static void draw_categories(const bars *b, picture *p, bool slanted)
{
    assert(b->category_count > 0);
    char word[80];
    double pitch = (b->f.right - b->f.left) / (double)b->category_count;
    int64_t every = (int64_t)ceil(13 / pitch);
    for (int64_t k = 0; k < b->category_count; k += slanted && every > 1 ? every : 1) {
        line_copy(b->category.words, k, word, sizeof word);
        double x = axis_place(&b->f.x, (double)k + 0.5);
        mark *m =
            slanted ? picture_text_in(p, x + 4, b->f.bottom + 12, TICK_SIZE, ANCHOR_END, 110, word)
                    : picture_text(p, x, b->f.bottom + 17, TICK_SIZE, ANCHOR_MIDDLE, word);
        if (m) m->fill = TINT_SOFT, m->angle = slanted ? -40 : 0;
    }
}

static double draw_keys(const bars *b, picture *p)
{
    assert(b->series_count <= MAX_SERIES);
    legend_key key[MAX_SERIES];
    char name[MAX_SERIES][80];
    if (!b->several) return 4;
    for (int64_t k = 0; k < b->series_count; k++) {
        line_copy(b->series.words, k, name[k], sizeof name[k]);
        key[k] = (legend_key){ name[k], tint_series(k), false, false };
    }
    return legend_draw(p, 48, 2, p->width - 60, key, (int)b->series_count);
}

bool draw_bars(const loom_value *v, picture *p, error *e)
{
    bars b = { .v = v };
    text x_name = { 0 }, y_name = { 0 };
    if (!read_columns(&b, e)) return false;
    p->height = 360;
    choose_axes(&b);
    const char *unit = b.histogram ? b.left.array->unit : "";
    with_unit(panel_text(v, "x_label", ""), unit, &x_name);
    with_unit(panel_text(v, "y_label", "value"), b.value.array->unit, &y_name);
    double widest = b.histogram ? 0 : fmin(widest_category(&b), 110);
    bool slanted = widest > (p->width - 90) / (double)(b.category_count + 1) - 6;
    if (b.histogram) slanted = false;
    double top = draw_keys(&b, p);
    frame_draw(p, &b.f, top, slanted ? 0.65 * widest : 0, b.histogram,
               x_name.data ? x_name.data : "", y_name.data ? y_name.data : "");
    for (int64_t i = 0; i < b.value.count; i++) draw_bar(&b, p, i);
    if (!b.histogram && b.category_count) draw_categories(&b, p, slanted);
    if (!b.f.y.log && b.f.y.low < 0) {
        double zero = axis_place(&b.f.y, 0);
        picture_line(p, TINT_INK, 1, b.f.left, zero, b.f.right, zero);
    }
    text_free(&x_name);
    text_free(&y_name);
    return true;
}
