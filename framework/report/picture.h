/* report/picture.h - a drawing as a list of marks, before it is SVG, PNG or PDF.
 *
 * Coordinates are points (1/72 inch, as CSS pixels in a page), x to the right, y down. Colours are
 * roles, so that a page shows the same picture on light and on dark ground; only data have colours
 * of their own. Widths of texts are estimated from one table, so that the layout does not depend on
 * the fonts of a machine. */
#ifndef ATOMLOOM_REPORT_PICTURE_H
#define ATOMLOOM_REPORT_PICTURE_H
#include "base/error.h"
#include "base/text.h"

/* 0xRRGGBB, or one of the roles below. */
typedef int32_t tint;
enum {
    TINT_NONE = -1,
    TINT_INK = -2,     /* text, axes */
    TINT_SOFT = -3,    /* less important text */
    TINT_GRID = -4,    /* lines behind the data */
    TINT_PAPER = -5,   /* the ground */
    TINT_SERIES = -16, /* TINT_SERIES - k: the k-th of SERIES_COLOURS, told apart by all readers */
    SERIES_COLOURS = 8
};
tint tint_series(int64_t k); /* of series or category k, from 0; repeats */
/* The colour on light ground; `dark`: on dark ground. */
uint32_t tint_rgb(tint t, bool dark);

typedef enum mark_kind {
    MARK_LINE,
    MARK_AREA,
    MARK_RECT,
    MARK_DISC,
    MARK_TEXT,
    MARK_IMAGE
} mark_kind;
typedef enum text_anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END } text_anchor;

/* Eight bits a channel, straight alpha, rows from the top. */
typedef struct bitmap {
    int width, height;
    uint8_t *rgba;
} bitmap;

typedef struct mark {
    mark_kind kind;
    tint fill, stroke;
    double width, opacity; /* of the stroke; of the whole mark, 1 opaque */
    double x, y, w, h;     /* RECT, IMAGE; DISC: centre, radius w; TEXT: base line */
    int32_t first, count;  /* LINE, AREA: points */
    const char *text;      /* TEXT */
    double size, angle;    /* TEXT: in points; degrees clockwise */
    text_anchor anchor;
    bool bold, dashed;
    bitmap image;
    bool smooth; /* IMAGE: interpolate between its pixels */
} mark;

/* Zero-initialise with the size; picture_free whatever happened. Out of memory is remembered in
 * `failed`. */
typedef struct picture {
    double width, height;
    mark *mark;
    double (*point)[2];
    int32_t count, room, point_count, point_room;
    struct arena *memory;
    bool failed;
} picture;
void picture_free(picture *p);

void picture_line(picture *p, tint stroke, double width, double x1, double y1, double x2,
                  double y2);
/* A line through n points, or with `fill` the area they enclose. Gives the mark; NULL: failed. */
mark *picture_path(picture *p, tint fill, tint stroke, double width, int64_t n, double (*xy)[2]);
mark *picture_rect(picture *p, tint fill, double x, double y, double w, double h);
mark *picture_disc(picture *p, tint fill, double x, double y, double radius);
/* The text is copied; line ends and what the eye does not see are written out (base/show.h). */
mark *picture_text(picture *p, double x, double y, double size, text_anchor anchor, const char *s);
/* Cut to `room` points, with an ellipsis where something is missing. */
mark *picture_text_in(picture *p, double x, double y, double size, text_anchor anchor, double room,
                      const char *s);
/* Owned by the picture: pixels to be filled in by the caller, transparent at first; NULL: failed.
 */
mark *picture_image(picture *p, double x, double y, double w, double h, int width, int height);
double text_width(double size, const char *s);

/* ---- the forms (svg.c, cairo.c) -------------------------------------------------------------- */

/* `id` NULL: a file of its own, on white. Otherwise an element of a page, whose style sheet has the
 * colours (picture_style); `label` is its name for readers that do not see it. */
void picture_svg(const picture *p, const char *id, const char *label, text *out);
/* The rules of CSS for the roles, for light or dark ground. */
void picture_style(bool dark, text *out);
/* PNG of `scale` pixels a point, and PDF, through cairo, which is loaded when first used. */
bool picture_png(const picture *p, double scale, text *out, error *e);
bool picture_pdf(const picture *p, text *out, error *e);
#endif
