/* report/states.c - see states.h */
#include "report/states.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

int64_t state_of(const states *s, int64_t i) { return s->several ? column_code(&s->state, i) : 0; }

void position_of(const states *s, int64_t i, double out[3])
{
    assert(i >= 0 && i < loom_array_count(s->position) / 3);
    for (int k = 0; k < 3; k++) out[k] = array_number(s->position, 3 * i + k);
}

static bool read_colour(states *s, error *e)
{
    const char *name = panel_text(s->v, "colour", "");
    if (!*name) return true;
    if (!column_need(s->v, name, s->n, &s->colour, e)) return false;
    s->coloured = true;
    s->ramped = !s->colour.words;
    double low = 0, high = 1;
    column_range(&s->colour, &low, &high);
    ramp_range *r = &s->range;
    r->ramp =
        ramp_named(panel_text(s->v, "ramp", NULL), low < 0 ? RAMP_DIVERGING : RAMP_SEQUENTIAL);
    double most = fmax(fabs(low), fabs(high));
    bool even = r->ramp == RAMP_DIVERGING;
    r->low = panel_number(s->v, "colour_low", even ? -most : low);
    r->high = panel_number(s->v, "colour_high", even ? most : high);
    r->below = low<r->low, r->above = high> r->high;
    return true;
}

static void choose_camera(states *s, double margin)
{
    double low[3] = { INFINITY, INFINITY, INFINITY }, high[3], most = 0, at[3], seen[3];
    for (int k = 0; k < 3; k++) high[k] = -low[k];
    for (int64_t i = 0; i < s->n; i++) {
        position_of(s, i, at);
        for (int k = 0; k < 3; k++)
            if (isfinite(at[k])) low[k] = fmin(low[k], at[k]), high[k] = fmax(high[k], at[k]);
    }
    camera_turn(&s->camera);
    for (int k = 0; k < 3; k++)
        s->camera.centre[k] = low[k] <= high[k] ? (low[k] + high[k]) / 2 : 0;
    for (int64_t i = 0; i < s->n; i++) {
        position_of(s, i, at);
        camera_see(&s->camera, at, seen);
        for (int k = 0; k < 2; k++)
            if (isfinite(seen[k])) most = fmax(most, fabs(seen[k]));
    }
    s->extent = 2 * (most + margin) * 1.04;
    if (!(s->extent > 0)) s->extent = 1;
}

bool states_read(const loom_value *v, const char *position, double margin, states *s, error *e)
{
    const loom_array *a = value_array(v, position);
    *s = (states){ .v = v, .position = a, .count = 1 };
    if (!a || a->rank != 2 || a->dim[1] != 3)
        return error_set(e, LOOM_E_DATA, "", "a panel of renderer '%s' needs an array '%s' [n][3]",
                         panel_text(v, "renderer", ""), position);
    s->n = a->dim[0];
    s->several = value_array(v, "state") != NULL;
    if (s->several && !column_need(v, "state", s->n, &s->state, e)) return false;
    for (int64_t i = 0; i < s->n; i++)
        if (state_of(s, i) >= s->count) s->count = state_of(s, i) + 1;
    if (s->count > MAX_STATES)
        return error_set(e, LOOM_E_DATA, "", "%lld states; at most %d are drawn",
                         (long long)s->count, MAX_STATES);
    if (!read_colour(s, e)) return false;
    choose_camera(s, margin);
    return true;
}

static void unpack(uint32_t rgb, uint8_t out[3])
{
    for (int k = 0; k < 3; k++) out[k] = (uint8_t)(rgb >> (16 - 8 * k));
}

/* Categories: lighter than lines of the same role, since spheres are shaded. */
static uint32_t sphere_rgb(int64_t k)
{
    static const uint32_t rgb[SERIES_COLOURS] = { 0x4f9fdc, 0xf07a45, 0x3cbf92, 0xb98ad0,
                                                  0xe0b33c, 0x4fbccf, 0xe576a8, 0x9a9a9a };
    return rgb[k < 0 ? 0 : k % SERIES_COLOURS];
}

void state_colour(const states *s, int64_t i, uint8_t rgb[3])
{
    assert(i >= 0);
    if (!s->coloured) unpack(sphere_rgb(0), rgb);
    else if (!s->ramped) unpack(sphere_rgb(column_code(&s->colour, i)), rgb);
    else
        ramp_colour(s->range.ramp,
                    (column_number(&s->colour, i) - s->range.low) / (s->range.high - s->range.low),
                    rgb);
}

/* ---- pictures -------------------------------------------------------------------------------- */

static double draw_keys(const states *s, picture *p, double y)
{
    enum { MAX_KEYS = 24 };
    legend_key key[MAX_KEYS];
    char name[MAX_KEYS][80];
    text label = { 0 };
    double used = 0;
    if (s->coloured && s->ramped) {
        with_unit(panel_text(s->v, "colour_label", s->colour.array->name), s->colour.array->unit,
                  &label);
        ramp_bar(p, 260, y + 2, 180, &s->range, label.data ? label.data : "");
        used = 36;
    } else if (s->coloured) {
        int64_t n = line_count(s->colour.words);
        for (int64_t k = 0; k < n && k < MAX_KEYS; k++) {
            line_copy(s->colour.words, k, name[k], sizeof name[k]);
            key[k] = (legend_key){ name[k], (tint)sphere_rgb(k), false, false };
        }
        used = legend_draw(p, 260, y - 4, p->width - 270, key, (int)(n < MAX_KEYS ? n : MAX_KEYS));
    }
    text_free(&label);
    return fmax(used, 18);
}

static bool draw_one(const states *s, int64_t state, bool inside, draw_state *draw, void *user,
                     picture *p, double x, double y, double side, error *e)
{
    assert(state >= 0 && state < s->count);
    static const double pixels_per_point = 1.5;
    int pixels = (int)lround(side * pixels_per_point);
    scene to;
    mark *m = picture_image(p, x, y, side, side, pixels, pixels);
    camera view = s->camera;
    view.scale = pixels / s->extent;
    if (!m || !scene_begin(&to, &m->image, &view)) return error_memory(e, "a picture");
    m->smooth = true;
    draw(user, s, state, inside, &to);
    scene_end(&to);
    return true;
}

bool states_draw(const states *s, int rows, draw_state *draw, void *user, picture *p, error *e)
{
    assert(rows > 0);
    static const char *const row_name[] = { "outside", "inside" };
    int64_t columns = s->count == 1 ? rows : s->count < 4 ? s->count : 4, cells = s->count * rows;
    if (s->count > 4 || s->count == 1) rows = (int)((cells + columns - 1) / columns);
    double side = fmin(p->width / (double)columns, 340), head = 22;
    double left = (p->width - side * (double)columns) / 2;
    for (int64_t k = 0; k < cells; k++) {
        int64_t state = k % s->count;
        bool inside = k >= s->count;
        double x = left + side * (double)(k % columns), y = (side + head) * (double)(k / columns);
        char name[120] = "";
        if (s->several) line_copy(s->state.words, state, name, sizeof name - 12);
        if (cells > s->count) {
            if (*name) strcat(name, ", ");
            strcat(name, row_name[inside]);
        }
        picture_text_in(p, x + side / 2, y + 15, NAME_SIZE, ANCHOR_MIDDLE, side - 8, name);
        if (!draw_one(s, state, inside, draw, user, p, x, y + head, side, e)) return false;
    }
    double bottom = (side + head) * (double)((cells + columns - 1) / columns) + 8;
    scale_bar(p, 12, bottom + 2, fmin(side / 2, 140), side / s->extent, s->position->unit);
    p->height = bottom + draw_keys(s, p, bottom) + 6;
    return true;
}
