/* report/cairo.c - a picture as PNG or PDF. Cairo brings some twenty libraries with it; it is
 * loaded when the first such file is made, so that nothing else waits for it. */
#include "report/picture.h"
#include <assert.h>
#include <cairo-pdf.h>
#include <cairo.h>
#include <dlfcn.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define CAIRO_FUNCTIONS(X) \
    X(cairo_image_surface_create) X(cairo_image_surface_create_for_data) \
    X(cairo_pdf_surface_create_for_stream) X(cairo_pdf_surface_set_metadata) \
    X(cairo_surface_write_to_png_stream) X(cairo_surface_destroy) X(cairo_surface_finish) \
    X(cairo_surface_status) X(cairo_surface_flush) X(cairo_status_to_string) X(cairo_create) \
    X(cairo_destroy) X(cairo_status) X(cairo_scale) X(cairo_translate) X(cairo_rotate) \
    X(cairo_save) X(cairo_restore) X(cairo_paint) X(cairo_set_source_rgba) \
    X(cairo_set_source_surface) X(cairo_get_source) X(cairo_pattern_set_filter) X(cairo_move_to) \
    X(cairo_line_to) X(cairo_close_path) X(cairo_rectangle) X(cairo_arc) X(cairo_fill) \
    X(cairo_fill_preserve) X(cairo_stroke) X(cairo_new_path) X(cairo_set_line_width) \
    X(cairo_set_line_join) X(cairo_set_dash) X(cairo_select_font_face) X(cairo_set_font_size) \
    X(cairo_show_text) X(cairo_text_extents)
/* clang-format on */
static struct {
#define X(name) __typeof__(name) *name;
    CAIRO_FUNCTIONS(X)
#undef X
} c;

static bool load(error *e)
{
    static bool loaded;
    static const struct {
        const char *name;
        void **at;
    } entries[] = {
#define X(name) { #name, (void **)&c.name },
        CAIRO_FUNCTIONS(X)
#undef X
    };
    if (loaded) return true;
    void *library = dlopen("libcairo.so.2", RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return error_set(e, LOOM_E_IO,
                         "install the package of cairo (libcairo2 on Debian); SVG needs none",
                         "cannot load cairo: %s", dlerror());
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        if (!(*entries[i].at = dlsym(library, entries[i].name)))
            return error_set(e, LOOM_E_IO, "install a cairo of version 1.16 or later",
                             "libcairo.so.2 has no '%s'", entries[i].name);
    return loaded = true;
}

static cairo_status_t take(void *out, const unsigned char *bytes, unsigned n)
{
    text_add(out, bytes, n);
    return ((text *)out)->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

static void source(cairo_t *to, tint t, double opacity)
{
    uint32_t rgb = tint_rgb(t, false);
    c.cairo_set_source_rgba(to, (rgb >> 16) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0,
                            opacity);
}

static void shape(cairo_t *to, const picture *p, const mark *m)
{
    c.cairo_new_path(to);
    if (m->kind == MARK_RECT) c.cairo_rectangle(to, m->x, m->y, m->w, m->h);
    else if (m->kind == MARK_DISC) c.cairo_arc(to, m->x, m->y, m->w, 0, 2 * M_PI);
    else
        for (int32_t i = 0; i < m->count; i++)
            c.cairo_line_to(to, p->point[m->first + i][0], p->point[m->first + i][1]);
    if (m->kind == MARK_AREA) c.cairo_close_path(to);
    if (m->fill != TINT_NONE) {
        source(to, m->fill, m->opacity);
        c.cairo_fill_preserve(to);
    }
    if (m->stroke != TINT_NONE) {
        source(to, m->stroke, m->opacity);
        c.cairo_set_line_width(to, m->width);
        c.cairo_set_line_join(to, CAIRO_LINE_JOIN_ROUND);
        c.cairo_set_dash(to, (const double[]){ 5, 4 }, m->dashed ? 2 : 0, 0);
        c.cairo_stroke(to);
    }
    c.cairo_new_path(to);
}

static void words(cairo_t *to, const mark *m)
{
    assert(m->kind == MARK_TEXT);
    cairo_text_extents_t size;
    c.cairo_save(to);
    c.cairo_select_font_face(to, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                             m->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    c.cairo_set_font_size(to, m->size);
    c.cairo_text_extents(to, m->text, &size);
    c.cairo_translate(to, m->x, m->y);
    c.cairo_rotate(to, m->angle * M_PI / 180);
    c.cairo_move_to(to,
                    -size.x_advance
                        * (m->anchor == ANCHOR_END      ? 1
                           : m->anchor == ANCHOR_MIDDLE ? 0.5
                                                        : 0),
                    0);
    source(to, m->fill, m->opacity);
    c.cairo_show_text(to, m->text);
    c.cairo_restore(to);
}

/* Cairo's pixels are words with alpha multiplied in. */
static uint32_t *premultiplied(const bitmap *b)
{
    assert(b->width >= 0 && b->height >= 0);
    size_t n = (size_t)b->width * (size_t)b->height;
    uint32_t *out = malloc(n * sizeof *out + 1);
    for (size_t i = 0; out && i < n; i++) {
        const uint8_t *s = b->rgba + 4 * i;
        uint32_t a = s[3];
        out[i] = a << 24 | (s[0] * a / 255) << 16 | (s[1] * a / 255) << 8 | s[2] * a / 255;
    }
    return out;
}

static bool pixels(cairo_t *to, const mark *m)
{
    assert(m->kind == MARK_IMAGE);
    uint32_t *data = premultiplied(&m->image);
    if (!data) return false;
    cairo_surface_t *s =
        c.cairo_image_surface_create_for_data((unsigned char *)data, CAIRO_FORMAT_ARGB32,
                                              m->image.width, m->image.height, 4 * m->image.width);
    c.cairo_save(to);
    c.cairo_translate(to, m->x, m->y);
    c.cairo_scale(to, m->w / m->image.width, m->h / m->image.height);
    c.cairo_set_source_surface(to, s, 0, 0);
    c.cairo_pattern_set_filter(c.cairo_get_source(to),
                               m->smooth ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
    c.cairo_paint(to);
    c.cairo_restore(to);
    /* a PDF reads the pixels when it is finished, unless the surface is finished first */
    c.cairo_surface_finish(s);
    c.cairo_surface_destroy(s);
    free(data);
    return true;
}

static bool draw(cairo_surface_t *surface, double scale, const picture *p, error *e)
{
    assert(scale > 0);
    cairo_t *to = c.cairo_create(surface);
    bool good = !p->failed;
    c.cairo_scale(to, scale, scale);
    source(to, TINT_PAPER, 1);
    c.cairo_paint(to);
    for (int32_t i = 0; good && i < p->count; i++) {
        const mark *m = &p->mark[i];
        if (m->kind == MARK_TEXT) words(to, m);
        else if (m->kind == MARK_IMAGE) good = pixels(to, m);
        else shape(to, p, m);
    }
    cairo_status_t status = c.cairo_status(to);
    c.cairo_destroy(to);
    if (!good) return error_memory(e, "a picture");
    return status == CAIRO_STATUS_SUCCESS
           || error_set(e, LOOM_E_BUG, "", "cairo: %s", c.cairo_status_to_string(status));
}

static bool finish(cairo_surface_t *surface, const text *out, error *e)
{
    c.cairo_surface_finish(surface);
    cairo_status_t status = c.cairo_surface_status(surface);
    c.cairo_surface_destroy(surface);
    if (e->status) return false;
    if (out->failed || status == CAIRO_STATUS_NO_MEMORY) return error_memory(e, "a picture");
    return status == CAIRO_STATUS_SUCCESS
           || error_set(e, LOOM_E_BUG, "", "cairo: %s", c.cairo_status_to_string(status));
}

bool picture_png(const picture *p, double scale, text *out, error *e)
{
    assert(scale > 0);
    if (!load(e)) return false;
    cairo_surface_t *s = c.cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, (int)ceil(p->width * scale), (int)ceil(p->height * scale));
    if (draw(s, scale, p, e)) c.cairo_surface_write_to_png_stream(s, take, out);
    return finish(s, out, e);
}

bool picture_pdf(const picture *p, text *out, error *e)
{
    if (!load(e)) return false;
    cairo_surface_t *s = c.cairo_pdf_surface_create_for_stream(take, out, p->width, p->height);
    /* the same picture gives the same bytes */
    c.cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
    draw(s, 1, p, e);
    return finish(s, out, e);
}
