/* io/tiff_stack.c - all pages of a file; see tiff.h. */
#include "io/tiff.h"
#include <inttypes.h>

enum { RAW = 1 };

uint64_t tiff_page_bytes(const tiff_page *p) { return tiff_row_bytes(p, p->width) * p->height; }

/* ---- first pass: the list of pages ----------------------------------------------------------- */

/* All directories; each one's extents into x. */
static bool walk(tiff_stack *r, tiff_extents *x)
{
    uint64_t at = r->start, mark = 0, steps = 1;
    int64_t number = 0;
    for (; at; at = r->directory.next) {
        tiff_page p;
        number++;
        if (at == mark)
            return tiff_fail(&r->s, number,
                             "its directory is the one of an earlier page: the list of "
                             "pages is a circle; the file is damaged");
        if ((uint64_t)number == steps) { /* Brent: the mark moves on at powers of two */
            mark = at;
            steps *= 2;
        }
        if (!tiff_read_directory(&r->s, at, number, &r->directory)
            || !tiff_read_page(&r->s, &r->directory, number, &p))
            return false;
        if (number == 1) r->first = p;
        if (!tiff_same_kind(&r->s, &r->first, &p, number)
            || !tiff_add_directory(&r->s, x, &r->directory, number))
            return false;
        r->packed = r->packed || p.compression != RAW;
        if (number % 1024 == 0 && r->s.call->host->cancelled(r->s.call)) return false;
    }
    r->listed = (uint64_t)number;
    return true;
}

/* ImageJ writes stacks above 4 GB with one directory, tifffile when asked to: further images follow
 * the first. */
static bool count_images(tiff_stack *r, tiff_extents *x)
{
    uint64_t promised, more, last = 0, bytes = tiff_page_bytes(&r->first);
    r->images = r->listed;
    if (!tiff_read_directory(&r->s, r->start, 1, &r->directory)
        || !tiff_promised(&r->s, &r->directory, &r->first, &promised))
        return false;
    if (promised < 2 || promised == r->listed) return true;
    bool follow = r->listed == 1 && !r->packed;
    r->follow_at = r->s.size;
    for (size_t i = 0; i < x->n; i++) { /* the page's own strips must follow each other */
        if (x->v[i].kind != TIFF_EXTENT_PIXELS) continue;
        if (x->v[i].at < r->follow_at) r->follow_at = x->v[i].at;
        if (x->v[i].at + x->v[i].bytes > last) last = x->v[i].at + x->v[i].bytes;
    }
    follow = follow && !r->first.tiled;
    if (follow && !__builtin_mul_overflow(promised, bytes, &more) && last - r->follow_at == more) {
        r->images = promised; /* the one strip has them all */
        return true;
    }
    if (!follow || last - r->follow_at != bytes)
        return r->s.lenient
               || tiff_fail(&r->s, 0,
                            "it says that it holds %" PRIu64 " images, but its list has "
                            "%" PRIu64 " page%s ('lenient: true' reads these)",
                            promised, r->listed, r->listed == 1 ? "" : "s");
    if (__builtin_mul_overflow(promised - 1, bytes, &more) || more > r->s.size - last)
        return tiff_fail(&r->s, 0,
                         "it says that it holds %" PRIu64 " images, %" PRIu64 " bytes "
                         "each from byte %" PRIu64 " on, but ends at byte %" PRIu64
                         ": it was cut short",
                         promised, bytes, r->follow_at, r->s.size);
    r->images = promised;
    return tiff_add_extent(&r->s, x, (tiff_extent){ last, more, 1, TIFF_EXTENT_PIXELS });
}

static bool survey(tiff_stack *r)
{
    tiff_extents x = { 0 };
    uint64_t pixels = 0;
    tiff_extent header = { 0, r->s.wide ? 16 : 8, 0, TIFF_EXTENT_HEADER };
    if (!tiff_add_extent(&r->s, &x, header) || !walk(r, &x) || !count_images(r, &x)) return false;
    for (size_t i = 0; i < x.n; i++) pixels += x.v[i].kind == TIFF_EXTENT_PIXELS ? x.v[i].bytes : 0;
    uint64_t spare = r->packed ? pixels / r->images / 2 : tiff_page_bytes(&r->first);
    bool good = tiff_check_extents(&r->s, &x, spare > 16 ? spare : 16);
    r->s.call->host->release(r->s.call, x.v);
    return good;
}

static bool accept(const tiff_stack *r)
{
    const tiff_page *p = &r->first;
    if (!p->photometric && r->white == TIFF_WHITE_REFUSE)
        return tiff_fail(&r->s, 0,
                         "0 is white in it and the greatest number black; set 'white_is_zero' to "
                         "'invert' or 'keep' (of io.read_tiff; io.tilt_series makes a series of "
                         "its array)");
    if (!p->photometric && r->white == TIFF_WHITE_INVERT && p->format != 1)
        return tiff_fail(&r->s, 0,
                         "0 is white in it, but its numbers have a sign or are real, and there is "
                         "no greatest one to invert them with; set 'white_is_zero: keep'");
    if (p->orientation != 1 && r->turn == TIFF_TURN_CHECK)
        return tiff_fail(&r->s, 0,
                         "its images are stored turned (orientation %u); set 'orientation' to "
                         "'apply' or 'ignore'",
                         p->orientation);
    return true;
}

/* ---- the stack ------------------------------------------------------------------------------- */

bool tiff_open_stack(tiff_stack *r)
{
    if (!tiff_read_header(&r->s, &r->start) || !survey(r) || !accept(r)) return false;
    const tiff_page *p = &r->first;
    r->next_at = r->start;
    if (p->orientation != 1 && r->turn == TIFF_TURN_APPLY
        && !(r->scrap = r->s.call->host->scratch(r->s.call, p->width * p->height
                                                                * loom_dtype_bytes(tiff_dtype(p)))))
        return false;
    return !r->packed || (r->decoder = tiff_open_decoder(&r->s)) != NULL;
}

void tiff_close_stack(tiff_stack *r)
{
    tiff_close_decoder(r->decoder);
    r->decoder = NULL;
}

void tiff_image_shape(const tiff_stack *r, int64_t *height, int64_t *width)
{
    bool turned = r->first.orientation >= 5 && r->turn == TIFF_TURN_APPLY;
    *height = (int64_t)(turned ? r->first.width : r->first.height);
    *width = (int64_t)(turned ? r->first.height : r->first.width);
}
