/* report/svg.c - a picture as SVG: texts stay texts, and colours in a page are left to its style.
 */
#include "base/show.h"
#include "report/encode.h"
#include "report/picture.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* At most two decimals, without idle zeros. */
static void put(text *out, double v)
{
    char s[64];
    snprintf(s, sizeof s, "%.2f", isfinite(v) ? v : 0);
    size_t n = strlen(s);
    assert(n > 3);
    while (s[n - 1] == '0') s[--n] = 0;
    if (s[n - 1] == '.') s[--n] = 0;
    text_puts(out, strcmp(s, "-0") ? s : "0");
}

static void attribute(text *out, const char *name, double v)
{
    text_printf(out, " %s=\"", name);
    put(out, v);
    text_putc(out, '"');
}

static const char *const role_class[] = { "ink", "soft", "grid", "paper" };

/* A colour, as a class of the page's style sheet where it is a role. */
static void paint(text *out, const char *property, tint t, bool in_page)
{
    assert(t >= 0 || t == TINT_NONE || t > TINT_SERIES - SERIES_COLOURS);
    if (t == TINT_NONE) text_printf(out, " %s=\"none\"", property);
    else if (t >= 0 || !in_page) text_printf(out, " %s=\"#%06x\"", property, tint_rgb(t, false));
    else if (t <= TINT_SERIES) text_printf(out, " %s=\"var(--s%d)\"", property, TINT_SERIES - t);
    else text_printf(out, " %s=\"var(--%s)\"", property, role_class[TINT_INK - t]);
}

static void put_points(const picture *p, const mark *m, text *out)
{
    assert(m->first >= 0 && m->first + m->count <= p->point_count);
    text_puts(out, m->kind == MARK_LINE ? "<polyline points=\"" : "<polygon points=\"");
    for (int32_t i = 0; i < m->count; i++) {
        if (i) text_putc(out, ' ');
        put(out, p->point[m->first + i][0]);
        text_putc(out, ',');
        put(out, p->point[m->first + i][1]);
    }
    text_putc(out, '"');
}

static void put_image(const mark *m, text *out)
{
    assert(m->kind == MARK_IMAGE);
    text png = { 0 };
    png_add(&png, &m->image);
    text_puts(out, "<image preserveAspectRatio=\"none\"");
    attribute(out, "x", m->x);
    attribute(out, "y", m->y);
    attribute(out, "width", m->w);
    attribute(out, "height", m->h);
    if (!m->smooth) text_puts(out, " style=\"image-rendering:pixelated\"");
    text_puts(out, " href=\"data:image/png;base64,");
    if (png.data) base64_add(out, png.data, png.length);
    if (png.failed) out->failed = true;
    text_puts(out, "\"/>\n");
    text_free(&png);
}

static void put_text(const mark *m, bool in_page, text *out)
{
    assert(m->kind == MARK_TEXT);
    static const char *const anchors[] = { "start", "middle", "end" };
    text_puts(out, "<text");
    attribute(out, "x", m->x);
    attribute(out, "y", m->y);
    attribute(out, "font-size", m->size);
    if (m->anchor) text_printf(out, " text-anchor=\"%s\"", anchors[m->anchor]);
    if (m->bold) text_puts(out, " font-weight=\"600\"");
    if (m->angle != 0) {
        text_puts(out, " transform=\"rotate(");
        put(out, m->angle);
        text_putc(out, ' ');
        put(out, m->x);
        text_putc(out, ' ');
        put(out, m->y);
        text_puts(out, ")\"");
    }
    paint(out, "fill", m->fill, in_page);
    text_putc(out, '>');
    show_xml(out, m->text);
    text_puts(out, "</text>\n");
}

static void put_shape(const picture *p, const mark *m, bool in_page, text *out)
{
    if (m->kind == MARK_RECT) {
        text_puts(out, "<rect");
        attribute(out, "x", m->x);
        attribute(out, "y", m->y);
        attribute(out, "width", m->w);
        attribute(out, "height", m->h);
    } else if (m->kind == MARK_DISC) {
        text_puts(out, "<circle");
        attribute(out, "cx", m->x);
        attribute(out, "cy", m->y);
        attribute(out, "r", m->w);
    } else put_points(p, m, out);
    paint(out, "fill", m->fill, in_page);
    if (m->stroke != TINT_NONE) {
        paint(out, "stroke", m->stroke, in_page);
        attribute(out, "stroke-width", m->width);
        if (m->count > 2) text_puts(out, " stroke-linejoin=\"round\"");
    }
    if (m->dashed) text_puts(out, " stroke-dasharray=\"5 4\"");
    if (m->opacity < 1) attribute(out, "opacity", m->opacity);
    text_puts(out, "/>\n");
}

void picture_svg(const picture *p, const char *id, const char *label, text *out)
{
    text_puts(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ");
    put(out, p->width);
    text_putc(out, ' ');
    put(out, p->height);
    text_putc(out, '"');
    attribute(out, "width", p->width);
    attribute(out, "height", p->height);
    text_puts(out, " font-family=\"'DejaVu Sans',Verdana,Arial,sans-serif\" role=\"img\"");
    if (id) text_printf(out, " id=\"%s\"", id);
    text_puts(out, " aria-label=\"");
    show_xml(out, label);
    text_puts(out, "\">\n");
    if (!id) {
        text_puts(out, "<title>");
        show_xml(out, label);
        text_puts(out, "</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
    }
    for (int32_t i = 0; i < p->count; i++) {
        const mark *m = &p->mark[i];
        if (m->kind == MARK_TEXT) put_text(m, id != NULL, out);
        else if (m->kind == MARK_IMAGE) put_image(m, out);
        else put_shape(p, m, id != NULL, out);
    }
    text_puts(out, "</svg>\n");
    if (p->failed) out->failed = true;
}

void picture_style(bool dark, text *out)
{
    for (int i = 0; i < 4; i++)
        text_printf(out, "--%s:#%06x;", role_class[i], tint_rgb(TINT_INK - i, dark));
    for (int k = 0; k < SERIES_COLOURS; k++)
        text_printf(out, "--s%d:#%06x;", k, tint_rgb(tint_series(k), dark));
}
