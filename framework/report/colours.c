/* report/colours.c - see colours.h */
#include "report/colours.h"
#include "report/panel.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* From dark blue through green to yellow, lightness growing evenly. */
static const uint8_t sequential[9][3] = { { 68, 2, 86 },    { 70, 44, 122 },  { 58, 82, 139 },
                                          { 44, 114, 142 }, { 33, 144, 141 }, { 41, 175, 127 },
                                          { 94, 201, 98 },  { 172, 220, 49 }, { 253, 231, 37 } };
/* Blue, nearly white, red; both arms of the same lightness. */
static const uint8_t diverging[9][3] = { { 25, 75, 150 },   { 67, 120, 190 },  { 120, 165, 215 },
                                         { 185, 208, 235 }, { 244, 244, 244 }, { 245, 200, 185 },
                                         { 228, 145, 125 }, { 200, 85, 75 },   { 155, 30, 45 } };

ramp ramp_named(const char *name, ramp otherwise)
{
    if (!name) return otherwise;
    if (!strcmp(name, "grey")) return RAMP_GREY;
    if (!strcmp(name, "sequential")) return RAMP_SEQUENTIAL;
    return strcmp(name, "diverging") ? otherwise : RAMP_DIVERGING;
}

void ramp_colour(ramp r, double t, uint8_t rgb[3])
{
    if (isnan(t)) {
        memset(rgb, 128, 3);
        return;
    }
    t = fmin(fmax(t, 0), 1);
    if (r == RAMP_GREY) {
        memset(rgb, (int)lround(255 * t), 3);
        return;
    }
    const uint8_t(*stop)[3] = r == RAMP_DIVERGING ? diverging : sequential;
    int k = t >= 1 ? 7 : (int)(8 * t);
    for (int c = 0; c < 3; c++)
        rgb[c] = (uint8_t)lround(stop[k][c] + (8 * t - k) * (stop[k + 1][c] - stop[k][c]));
}

void ramp_bar(picture *p, double x, double y, double w, const ramp_range *range, const char *name)
{
    assert(w > 0 && name);
    char label[2][32];
    enum { STEPS = 128 };
    snprintf(label[0], 32, "%s%.3g", range->below ? "\u2264 " : "", range->low);
    snprintf(label[1], 32, "%s%.3g", range->above ? "\u2265 " : "", range->high);
    double before = text_width(TICK_SIZE, label[0]) + 6;
    picture_text(p, x, y + 11, TICK_SIZE, ANCHOR_START, label[0]);
    mark *m = picture_image(p, x + before, y + 1, w, 12, STEPS, 1);
    for (int i = 0; m && i < STEPS; i++) {
        ramp_colour(range->ramp, (i + 0.5) / STEPS, m->image.rgba + 4 * i);
        m->image.rgba[4 * i + 3] = 255;
    }
    picture_text(p, x + before + w + 6, y + 11, TICK_SIZE, ANCHOR_START, label[1]);
    mark *t = picture_text_in(p, x + before, y + 28, TICK_SIZE, ANCHOR_START, 3 * w, name);
    if (t) t->fill = TINT_SOFT;
}

void scale_bar(picture *p, double x, double y, double most, double per_unit, const char *unit)
{
    assert(unit);
    char label[64];
    if (!(per_unit > 0) || !(most > 0)) return;
    double length = round_length(most / per_unit);
    snprintf(label, sizeof label, "%g %s", length, unit_sign(unit));
    picture_rect(p, TINT_INK, x, y, length * per_unit, 4);
    picture_text(p, x + length * per_unit + 8, y + 7, NAME_SIZE, ANCHOR_START, label);
}
