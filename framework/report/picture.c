/* report/picture.c - see picture.h */
#include "report/picture.h"
#include "base/arena.h"
#include "base/show.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Told apart by readers who see colours in another way, and at least 3:1 against the ground. */
static const uint32_t series_light[SERIES_COLOURS] = { 0x0b6bb3, 0xc8440a, 0x0a8560, 0x9147ad,
                                                       0x946600, 0x157a8e, 0xb8336e, 0x666666 };
static const uint32_t series_dark[SERIES_COLOURS] = { 0x5aa9e6, 0xff8a5b, 0x4cc79a, 0xc58be0,
                                                      0xe0b040, 0x56c4d8, 0xf07fb0, 0xb0b0b0 };
/* by role, from TINT_INK down */
static const uint32_t roles[2][4] = { { 0x1c1f23, 0x565c64, 0xd5d9de, 0xffffff },
                                      { 0xe8eaed, 0xa9b0b8, 0x3b424b, 0x16191d } };

tint tint_series(int64_t k) { return (tint)(TINT_SERIES - (k < 0 ? 0 : k % SERIES_COLOURS)); }

uint32_t tint_rgb(tint t, bool dark)
{
    assert(t >= 0 || t == TINT_NONE || t > TINT_SERIES - SERIES_COLOURS);
    if (t >= 0) return (uint32_t)t;
    if (t <= TINT_SERIES) return (dark ? series_dark : series_light)[TINT_SERIES - t];
    return t == TINT_NONE ? 0 : roles[dark][TINT_INK - t];
}

void picture_free(picture *p)
{
    for (int32_t i = 0; i < p->count; i++) free(p->mark[i].image.rgba);
    free(p->mark);
    free(p->point);
    if (p->memory) arena_free(p->memory);
    *p = (picture){ 0 };
}

static mark *add(picture *p, mark m)
{
    assert(p->count <= p->room);
    if (p->count == p->room && !p->failed) {
        int32_t room = p->room ? 2 * p->room : 64;
        mark *more = realloc(p->mark, (size_t)room * sizeof *more);
        if (more) p->mark = more, p->room = room;
        else p->failed = true;
    }
    if (p->failed) return NULL;
    m.opacity = 1;
    p->mark[p->count] = m;
    return &p->mark[p->count++];
}

mark *picture_path(picture *p, tint fill, tint stroke, double width, int64_t n, double (*xy)[2])
{
    assert(n >= 0 && xy);
    while (p->point_count + n > p->point_room && !p->failed) {
        int32_t room = p->point_room ? 2 * p->point_room : 256;
        void *more =
            room < INT32_MAX / 2 ? realloc(p->point, (size_t)room * sizeof *p->point) : NULL;
        if (more) p->point = more, p->point_room = room;
        else p->failed = true;
    }
    if (p->failed) return NULL;
    memcpy(p->point + p->point_count, xy, (size_t)n * sizeof *xy);
    mark *m = add(p, (mark){ .kind = fill == TINT_NONE ? MARK_LINE : MARK_AREA,
                             .fill = fill,
                             .stroke = stroke,
                             .width = width,
                             .first = p->point_count,
                             .count = (int32_t)n });
    p->point_count += (int32_t)n;
    return m;
}

void picture_line(picture *p, tint stroke, double width, double x1, double y1, double x2, double y2)
{
    picture_path(p, TINT_NONE, stroke, width, 2, (double[2][2]){ { x1, y1 }, { x2, y2 } });
}

mark *picture_rect(picture *p, tint fill, double x, double y, double w, double h)
{
    return add(
        p,
        (mark){
            .kind = MARK_RECT, .fill = fill, .stroke = TINT_NONE, .x = x, .y = y, .w = w, .h = h });
}

mark *picture_disc(picture *p, tint fill, double x, double y, double radius)
{
    return add(
        p, (mark){
               .kind = MARK_DISC, .fill = fill, .stroke = TINT_NONE, .x = x, .y = y, .w = radius });
}

mark *picture_image(picture *p, double x, double y, double w, double h, int width, int height)
{
    assert(width >= 0 && height >= 0);
    mark *m = add(p, (mark){ .kind = MARK_IMAGE,
                             .fill = TINT_NONE,
                             .stroke = TINT_NONE,
                             .x = x,
                             .y = y,
                             .w = w,
                             .h = h });
    if (!m) return NULL;
    m->image = (bitmap){ width, height, calloc((size_t)width * (size_t)height + 1, 4) };
    if (!m->image.rgba) p->failed = true;
    return p->failed ? NULL : m;
}

/* ---- texts ----------------------------------------------------------------------------------- */

/* Advance in thousandths of the size: rounded up from sans serif faces in use (DejaVu, Helvetica).
 */
static int advance(unsigned char c)
{
    if (strchr("iljtf|!.,:;'()[]I ", c) && c) return 380;
    if (strchr("mwMW@%", c) && c) return 960;
    if (c >= 'A' && c <= 'Z') return 710;
    return 620; /* digits, other small letters; of a character in several bytes its first one */
}

double text_width(double size, const char *s)
{
    assert(s && size > 0);
    int sum = 0;
    for (; *s; s++)
        if (((unsigned char)*s & 0xc0) != 0x80) sum += advance((unsigned char)*s);
    return size * sum / 1000;
}

static const char *keep(picture *p, const char *s)
{
    text shown = { 0 };
    if (!p->memory) p->memory = arena_new();
    show_line(&shown, s, strlen(s));
    const char *copy = !p->memory || shown.failed ? NULL
                       : shown.data               ? arena_text(p->memory, shown.data, shown.length)
                                                  : "";
    text_free(&shown);
    if (!copy) p->failed = true;
    return copy;
}

mark *picture_text(picture *p, double x, double y, double size, text_anchor anchor, const char *s)
{
    const char *copy = keep(p, s);
    if (!copy) return NULL;
    return add(p, (mark){ .kind = MARK_TEXT,
                          .fill = TINT_INK,
                          .stroke = TINT_NONE,
                          .x = x,
                          .y = y,
                          .text = copy,
                          .size = size,
                          .anchor = anchor });
}

mark *picture_text_in(picture *p, double x, double y, double size, text_anchor anchor, double room,
                      const char *s)
{
    assert(room >= 0);
    static const char ellipsis[] = "\u2026";
    if (strlen(s) < 4096 && text_width(size, s) <= room)
        return picture_text(p, x, y, size, anchor, s);
    text cut = { 0 };
    double used = text_width(size, ellipsis);
    for (const char *c = s; *c; c++) {
        bool first = ((unsigned char)*c & 0xc0) != 0x80;
        if (first && (used += size * advance((unsigned char)*c) / 1000) > room) break;
        text_putc(&cut, *c);
    }
    text_puts(&cut, ellipsis);
    if (cut.failed) p->failed = true;
    mark *m = cut.data && !cut.failed ? picture_text(p, x, y, size, anchor, cut.data) : NULL;
    text_free(&cut);
    return m;
}
