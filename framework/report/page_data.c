/* report/page_data.c - the numbers of a panel for the scripts of a page: positions as 16-bit
 * integers of base64, columns as they are, curves as JSON. Nothing where the page has no library to
 * use them. */
#include "base/json.h"
#include "report/assets.h"
#include "report/encode.h"
#include "report/page_parts.h"
#include "report/states.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void name_text(text *out, const char *name, const char *s)
{
    json_name(out, name);
    json_quoted(out, s);
}

static void name_number(text *out, const char *name, double x)
{
    json_name(out, name);
    json_number(out, x);
}

static void words_json(text *out, const char *name, const char *words)
{
    char word[200];
    json_name(out, name);
    text_putc(out, '[');
    for (int64_t k = 0; k < line_count(words); k++) {
        line_copy(words, k, word, sizeof word);
        if (k) text_putc(out, ',');
        json_quoted(out, word);
    }
    text_putc(out, ']');
}

static void base64_json(text *out, const char *name, const void *bytes, size_t n)
{
    assert(bytes || !n);
    json_name(out, name);
    text_putc(out, '"');
    base64_add(out, bytes, n);
    text_putc(out, '"');
}

/* ---- points and meshes ----------------------------------------------------------------------- */

/* Positions from -32767 to 32767 about the centre: a step is the extent / 65534. */
static void positions_json(text *out, const states *s)
{
    assert(s->n >= 0);
    int16_t *q = malloc((size_t)s->n * 3 * sizeof *q + 1);
    double most = 0, at[3];
    for (int64_t i = 0; i < s->n; i++) {
        position_of(s, i, at);
        for (int k = 0; k < 3; k++)
            if (isfinite(at[k])) most = fmax(most, fabs(at[k] - s->camera.centre[k]));
    }
    if (!(most > 0)) most = 1;
    for (int64_t i = 0; q && i < s->n; i++) {
        position_of(s, i, at);
        for (int k = 0; k < 3; k++) {
            double x = (at[k] - s->camera.centre[k]) / most * 32767;
            q[3 * i + k] = (int16_t)(isfinite(x) ? lround(x) : 0);
        }
    }
    name_number(out, "step", most / 32767);
    json_name(out, "centre");
    text_putc(out, '[');
    for (int k = 0; k < 3; k++) {
        if (k) text_putc(out, ',');
        json_number(out, s->camera.centre[k]);
    }
    text_putc(out, ']');
    if (q) base64_json(out, "position", q, (size_t)s->n * 3 * sizeof *q);
    else out->failed = true;
    free(q);
}

/* Bytes of the smallest integer that holds all of a column of whole numbers. */
static int bytes_for(const column *c)
{
    double low = 0, high = 0;
    column_range(c, &low, &high);
    return low >= -128 && high <= 127 ? 1 : low >= -32768 && high <= 32767 ? 2 : 4;
}

/* Whole numbers as they are in 1, 2 or 4 bytes; others as 65,535 steps from the smallest to the
 * largest, which is more than a person reads. */
static void column_json(text *out, const column *c)
{
    bool whole = c->array->dtype == LOOM_U8 || c->array->dtype == LOOM_I32;
    int width = whole ? bytes_for(c) : 2;
    double low = 0, high = 1;
    column_range(c, &low, &high);
    double step = high > low ? (high - low) / 65535 : 1;
    uint8_t *packed = malloc((size_t)c->count * 4 + 1);
    for (int64_t i = 0; packed && i < c->count; i++) {
        double x = column_number(c, i), t = (x - low) / step;
        int32_t code = whole ? (int32_t)x : isfinite(t) ? (int32_t)lround(t) - 32768 : -32768;
        memcpy(packed + i * width, &code, (size_t)width); /* little endian, as browsers are */
    }
    text_putc(out, '{');
    name_text(out, "name", c->array->name);
    name_text(out, "unit", unit_sign(c->array->unit));
    if (c->words) words_json(out, "words", c->words);
    name_number(out, "bytes", width);
    if (!whole) {
        name_number(out, "low", low);
        name_number(out, "step", step);
    }
    if (packed) base64_json(out, "data", packed, (size_t)c->count * (size_t)width);
    else out->failed = true;
    text_putc(out, '}');
    free(packed);
}

static void columns_json(text *out, const states *s)
{
    enum { MAX_COLUMNS = 24 };
    const loom_array *a;
    column c;
    int n = 0;
    json_name(out, "columns");
    text_putc(out, '[');
    for (int64_t i = 0; (a = value_array_at(s->v, i)) && n < MAX_COLUMNS; i++) {
        if (!column_find(s->v, a->name, &c) || c.count != s->n || !strcmp(a->name, "state"))
            continue;
        if (n++) text_putc(out, ',');
        column_json(out, &c);
    }
    text_putc(out, ']');
}

static void space_json(text *out, const loom_value *v, bool mesh)
{
    states s;
    error e = { 0 };
    if (!states_read(v, mesh ? "vertex" : "position", panel_number(v, "radius", 1), &s, &e)) return;
    text_putc(out, '{');
    name_text(out, "kind", mesh ? "mesh" : "points");
    name_text(out, "title", panel_text(v, "title", ""));
    name_number(out, "n", (double)s.n);
    name_number(out, "radius", panel_number(v, "radius", 1));
    name_text(out, "unit", unit_sign(s.position->unit));
    name_text(out, "colour", panel_text(v, "colour", ""));
    name_text(out, "label", panel_text(v, "colour_label", panel_text(v, "colour", "")));
    if (s.ramped) {
        name_number(out, "low", s.range.low);
        name_number(out, "high", s.range.high);
        name_text(out, "ramp",
                  s.range.ramp == RAMP_DIVERGING ? "diverging"
                  : s.range.ramp == RAMP_GREY    ? "grey"
                                                 : "sequential");
    }
    positions_json(out, &s);
    if (s.several) {
        words_json(out, "states", s.state.words);
        json_name(out, "state");
        column_json(out, &s.state);
    }
    columns_json(out, &s);
    const loom_array *face = value_array(v, "face");
    if (mesh && face && face->dtype == LOOM_I32)
        base64_json(out, "face", face->data, (size_t)loom_array_count(face) * 4);
    text_putc(out, '}');
}

/* ---- curves ---------------------------------------------------------------------------------- */

static void numbers_json(text *out, const char *name, const loom_value *v)
{
    column c;
    if (!column_find(v, name, &c)) return;
    json_name(out, name);
    text_putc(out, '[');
    for (int64_t i = 0; i < c.count; i++) {
        double x = column_number(&c, i);
        text_printf(out, isfinite(x) ? "%s%.7g" : "%snull", i ? "," : "", x);
    }
    text_putc(out, ']');
}

static void plot_json(text *out, const loom_value *v)
{
    static const char *const arrays[] = { "x", "y", "low", "high", "series" };
    column series;
    text label = { 0 };
    text_puts(out, "{");
    name_text(out, "kind", "plot");
    for (int i = 0; i < 5; i++) numbers_json(out, arrays[i], v);
    if (column_find(v, "series", &series) && series.words) words_json(out, "names", series.words);
    for (int i = 0; i < 2; i++) {
        const loom_array *a = value_array(v, arrays[i]);
        text_clear(&label);
        with_unit(panel_text(v, i ? "y_label" : "x_label", arrays[i]), a ? a->unit : "", &label);
        name_text(out, i ? "y_label" : "x_label", label.data ? label.data : "");
    }
    name_number(out, "log_x", panel_number(v, "log_x", 0));
    name_number(out, "log_y", panel_number(v, "log_y", 0));
    name_text(out, "styles", panel_text(v, "styles", ""));
    text_putc(out, '}');
    text_free(&label);
}

void panel_data(const loom_value *v, text *out)
{
    const char *renderer = panel_text(v, "renderer", "");
    if (!asset_bundle_bytes) return;
    if (!strcmp(renderer, "points")) space_json(out, v, false);
    else if (!strcmp(renderer, "mesh")) space_json(out, v, true);
    else if (!strcmp(renderer, "plot")) plot_json(out, v);
}
