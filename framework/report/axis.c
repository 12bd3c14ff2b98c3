/* report/axis.c - see axis.h */
#include "report/axis.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

double round_length(double most)
{
    assert(most > 0);
    double ten = pow(10, floor(log10(most)));
    return most >= 5 * ten ? 5 * ten : most >= 2 * ten ? 2 * ten : ten;
}

static int decimals_for(double step)
{
    assert(step > 0);
    for (int d = 0; d < 8; d++)
        if (fabs(step * pow(10, d) - round(step * pow(10, d))) < 1e-6 * step * pow(10, d)) return d;
    return 8;
}

static axis log_axis(double low, double high, int max_ticks)
{
    assert(low > 0 && high > 0 && max_ticks > 0);
    axis a = { .low = pow(10, floor(log10(low))), .high = pow(10, ceil(log10(high))), .log = true };
    if (a.high <= a.low) a.high = 10 * a.low;
    a.step = ceil(log10(a.high / a.low) / max_ticks);
    a.decimals = -1;
    return a;
}

axis axis_make(double low, double high, bool log, int max_ticks)
{
    assert(max_ticks > 0);
    if (!isfinite(low) || !isfinite(high)) low = 0, high = 1;
    if (log && low > 0) return log_axis(low, high, max_ticks);
    if (!(high - low > 1e-12 * fmax(fabs(low), fabs(high)))) {
        double half = high == 0 ? 1 : 0.1 * fabs(high);
        low -= half, high += half;
    }
    double rough = (high - low) / max_ticks, step = round_length(rough);
    static const double next[] = { 1, 2, 2.5, 5, 10 };
    double ten = pow(10, floor(log10(rough)));
    for (int i = 0; i < 5; i++)
        if ((step = next[i] * ten) >= rough * (1 - 1e-9)) break;
    axis a = { .step = step,
               .low = step * floor(low / step + 1e-9),
               .high = step * ceil(high / step - 1e-9) };
    double largest = fmax(fabs(a.low), fabs(a.high));
    a.decimals = largest >= 1e6 || largest < 1e-3 ? -1 : decimals_for(step);
    return a;
}

double axis_place(const axis *a, double v)
{
    assert(a->log ? a->high > a->low && a->low > 0 : a->high != a->low);
    double t = a->log ? log(fmax(v, a->low * 1e-3) / a->low) / log(a->high / a->low)
                      : (v - a->low) / (a->high - a->low);
    return a->from + t * (a->to - a->from);
}

int axis_ticks(const axis *a)
{
    assert(a->step > 0);
    double span = a->log ? log10(a->high / a->low) : a->high - a->low;
    return (int)floor(span / a->step + 1e-6) + 1;
}

double axis_tick(const axis *a, int k)
{
    assert(k >= 0);
    if (a->log) return a->low * pow(10, k * a->step);
    double v = a->low + k * a->step;
    return fabs(v) < 1e-9 * a->step ? 0 : v;
}

void axis_label(const axis *a, double v, char out[32])
{
    if (v == 0) snprintf(out, 32, "0");
    else if (a->decimals >= 0) snprintf(out, 32, "%.*f", a->decimals, v);
    else if (a->log && v >= 0.001 && v < 1e5) snprintf(out, 32, "%g", v);
    else snprintf(out, 32, "%.3g", v);
}

double axis_label_width(const axis *a, double size)
{
    char label[32];
    double widest = 0;
    for (int k = 0; k < axis_ticks(a); k++) {
        axis_label(a, axis_tick(a, k), label);
        widest = fmax(widest, text_width(size, label));
    }
    return widest;
}

/* ---- frame ----------------------------------------------------------------------------------- */

static void draw_y(picture *p, const frame *f, const char *name)
{
    char label[32];
    for (int k = 0; k < axis_ticks(&f->y); k++) {
        double v = axis_tick(&f->y, k), y = axis_place(&f->y, v);
        picture_line(p, TINT_GRID, 1, f->left, y, f->right, y);
        axis_label(&f->y, v, label);
        mark *m = picture_text(p, f->left - 6, y + 4, TICK_SIZE, ANCHOR_END, label);
        if (m) m->fill = TINT_SOFT;
    }
    mark *m = picture_text_in(p, 13, (f->top + f->bottom) / 2, NAME_SIZE, ANCHOR_MIDDLE,
                              f->bottom - f->top + 40, name);
    if (m) m->angle = -90;
}

static void draw_x(picture *p, const frame *f)
{
    char label[32];
    for (int k = 0; k < axis_ticks(&f->x); k++) {
        double v = axis_tick(&f->x, k), x = axis_place(&f->x, v);
        picture_line(p, TINT_GRID, 1, x, f->top, x, f->bottom);
        picture_line(p, TINT_INK, 1, x, f->bottom, x, f->bottom + 4);
        axis_label(&f->x, v, label);
        mark *m = picture_text(p, x, f->bottom + 17, TICK_SIZE, ANCHOR_MIDDLE, label);
        if (m) m->fill = TINT_SOFT;
    }
}

void frame_draw(picture *p, frame *f, double top, double below, bool x_ticks, const char *x_name,
                const char *y_name)
{
    assert(x_name && y_name);
    f->left = 32 + axis_label_width(&f->y, TICK_SIZE);
    f->right = p->width - 18;
    f->top = top + 8;
    f->bottom = p->height - below - (*x_name ? 42 : 24);
    f->x.from = f->left, f->x.to = f->right;
    f->y.from = f->bottom, f->y.to = f->top;
    draw_y(p, f, y_name);
    if (x_ticks) draw_x(p, f);
    picture_line(p, TINT_INK, 1, f->left, f->bottom, f->right, f->bottom);
    if (*x_name)
        picture_text_in(p, (f->left + f->right) / 2, p->height - 8, NAME_SIZE, ANCHOR_MIDDLE,
                        f->right - f->left, x_name);
}

/* ---- legend ---------------------------------------------------------------------------------- */

double legend_draw(picture *p, double x, double y, double room, const legend_key *key, int count)
{
    assert(count >= 0 && (key || !count));
    double at = x, line = y + 14;
    for (int i = 0; i < count; i++) {
        double width = fmin(text_width(NAME_SIZE, key[i].name), room - 30) + 24;
        if (at > x && at + width > x + room) at = x, line += 20;
        if (key[i].line) picture_line(p, key[i].colour, 3, at, line - 4, at + 15, line - 4);
        else picture_rect(p, key[i].colour, at + 2, line - 10, 12, 12);
        if (key[i].line && key[i].dashed && !p->failed) p->mark[p->count - 1].dashed = true;
        picture_text_in(p, at + 20, line, NAME_SIZE, ANCHOR_START, room - 30, key[i].name);
        at += width + 14;
    }
    return line + 10 - y;
}
