/* io/tiff_pixels.c - the pixels of the pages of a stack; see tiff.h. */
#include "io/tiff.h"
#include <inttypes.h>

enum { RAW = 1, MAX_PADDING = 3 };

typedef struct chunk {
    uint64_t index, at, bytes; /* in the file */
    uint64_t row_bytes, rows;  /* unpacked, of a tile with what reaches beyond the image */
    uint64_t padded;           /* unpacked size of a last strip that was filled up; 0: the same */
} chunk;

static chunk chunk_of(const tiff_page *p, uint64_t index, const uint64_t *at, const uint64_t *bytes)
{
    chunk c = { index,           at[index], bytes[index], tiff_row_bytes(p, p->chunk_width),
                p->chunk_height, 0 };
    if (!p->tiled) c.rows = tiff_chunk_rows(p, index);
    if (c.rows < p->chunk_height) c.padded = c.row_bytes * p->chunk_height;
    return c;
}

static bool read_raw(const tiff_stack *r, const tiff_page *p, const chunk *c, int64_t number,
                     void *dst)
{
    uint64_t expected = c->row_bytes * c->rows;
    const char *what = p->tiled ? "tile" : "strip";
    if (c->bytes < expected || (c->bytes > expected + MAX_PADDING && c->bytes != c->padded))
        return tiff_fail(&r->s, number,
                         "%s %" PRIu64 " has %" PRIu64 " bytes, and its pixels need %" PRIu64
                         ": the directory is damaged",
                         what, c->index + 1, c->bytes, expected);
    return tiff_bytes(&r->s, c->at, expected, dst)
           || tiff_fail(&r->s, number,
                        "%s %" PRIu64 " at byte %" PRIu64 " reaches beyond the end of the file "
                        "(%" PRIu64 " bytes): it was cut short, or is damaged",
                        what, c->index + 1, c->at, r->s.size);
}

static bool read_packed(const tiff_stack *r, const tiff_page *p, const chunk *c, int64_t number,
                        void *dst)
{
    const loom_host *h = r->s.call->host;
    uint64_t expected = c->row_bytes * c->rows;
    const char *what = p->tiled ? "tile" : "strip", *fault;
    if (!c->bytes || c->at > r->s.size || c->bytes > r->s.size - c->at)
        return tiff_fail(&r->s, number,
                         "%s %" PRIu64 " (%" PRIu64 " bytes at byte %" PRIu64 ") is missing or "
                         "reaches beyond the end of the file: it was cut short, or is damaged",
                         what, c->index + 1, c->bytes, c->at);
    unsigned char *b = h->scratch(r->s.call, c->bytes);
    if (!b) return false;
    bool good = tiff_bytes(&r->s, c->at, c->bytes, b);
    fault = good ? tiff_packed_fault(p->compression, b, c->bytes, expected, c->padded)
                 : "it cannot be read";
    h->release(r->s.call, b);
    if (fault)
        return tiff_fail(&r->s, number, "%s %" PRIu64 " is damaged: %s", what, c->index + 1, fault);
    return tiff_decode(r->decoder, p->tiled, c->index, number, dst, expected);
}

/* The chunk's samples, in the machine's byte order or the file's, to their places in the image. */
static void place(const tiff_page *p, const chunk *c, bool big, const unsigned char *b, char *image)
{
    size_t size = loom_dtype_bytes(tiff_dtype(p));
    uint64_t left = c->index % p->across * p->chunk_width,
             top = c->index / p->across * p->chunk_height;
    uint64_t width = p->width - left < p->chunk_width ? p->width - left : p->chunk_width;
    for (uint64_t y = 0; y < c->rows && top + y < p->height; y++, b += c->row_bytes) {
        char *to = image + ((top + y) * p->width + left) * size;
        tiff_convert(p, big, b, width, to);
    }
}

/* No compression packs tighter: more pixels than that are a damaged size, which nothing need be
 * allocated for. */
static bool plausible(const tiff_stack *r, const tiff_page *p, uint64_t packed, int64_t number)
{
    enum { LZW = 5, ADOBE_DEFLATE = 8, PACKBITS = 32773, DEFLATE = 32946, MAX_RATIO = 4096 };
    bool known = p->compression == RAW || p->compression == LZW || p->compression == ADOBE_DEFLATE
                 || p->compression == PACKBITS || p->compression == DEFLATE;
    if (!known || tiff_page_bytes(p) / MAX_RATIO <= packed) return true;
    return tiff_fail(&r->s, number,
                     "it has %" PRIu64 " x %" PRIu64 " pixels in %" PRIu64 " bytes: its directory "
                     "is damaged",
                     p->width, p->height, packed);
}

static bool read_chunks(const tiff_stack *r, const tiff_page *p, int64_t number, char *image)
{
    const loom_host *h = r->s.call->host;
    bool packed = p->compression != RAW, good;
    bool big = packed ? __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ : r->s.big;
    uint64_t *at = h->scratch(r->s.call, 2 * p->chunks * sizeof *at),
             *bytes = at ? at + p->chunks : NULL;
    uint64_t room = tiff_row_bytes(p, p->chunk_width) * p->chunk_height, total = 0;
    unsigned char *b = h->scratch(r->s.call, room);
    good = at && b && tiff_values(&r->s, p->offsets, at) && tiff_values(&r->s, p->counts, bytes);
    for (uint64_t i = 0; good && i < p->chunks; i++) total += bytes[i];
    good = good && plausible(r, p, total, number)
           && (!packed || tiff_begin_page(r->decoder, r->directory.at, number));
    for (uint64_t i = 0; good && i < p->chunks; i++) {
        chunk c = chunk_of(p, i, at, bytes);
        good = (packed ? read_packed : read_raw)(r, p, &c, number, b);
        if (good) place(p, &c, big, b, image);
    }
    h->release(r->s.call, b);
    h->release(r->s.call, at);
    return good;
}

/* Image k of a stack with one directory. */
static bool read_following(const tiff_stack *r, uint64_t k, char *image)
{
    const tiff_page *p = &r->first;
    const loom_host *h = r->s.call->host;
    uint64_t row_bytes = tiff_row_bytes(p, p->width);
    chunk c = { 0, r->follow_at + k * tiff_page_bytes(p), tiff_page_bytes(p), row_bytes, p->height,
                0 };
    tiff_page whole = *p;
    whole.chunk_height = p->height;
    unsigned char *b = h->scratch(r->s.call, tiff_page_bytes(p));
    bool good = b && read_raw(r, p, &c, (int64_t)k + 1, b);
    if (good) place(&whole, &c, r->s.big, b, image);
    h->release(r->s.call, b);
    return good;
}

/* Unsigned numbers of 64 bits have no place beyond 2^63; they arrive here as negative ones. */
static bool check_range(const tiff_stack *r, const tiff_page *p, int64_t number, const void *image)
{
    const int64_t *v = image;
    if (p->bits != 64 || p->format != 1) return true;
    if (!p->photometric && r->white == TIFF_WHITE_INVERT)
        return tiff_fail(&r->s, number,
                         "it has unsigned numbers of 64 bits, which cannot be inverted");
    for (uint64_t i = 0; i < p->width * p->height; i++)
        if (v[i] < 0)
            return tiff_fail(&r->s, number, "it has a number beyond 2^63 - 1, which has no place");
    return true;
}

/* The directory of page k (from 0), which is read in order unless someone goes back. */
static bool find_directory(tiff_stack *r, uint64_t k)
{
    if (k < r->next) {
        r->next = 0;
        r->next_at = r->start;
    }
    for (;; r->next++) {
        if (!tiff_read_directory(&r->s, r->next_at, (int64_t)r->next + 1, &r->directory))
            return false;
        r->next_at = r->directory.next;
        if (r->next == k) break;
        if (!r->next_at) return tiff_fail(&r->s, (int64_t)k + 1, "the list of pages ends before");
    }
    r->next++;
    return true;
}

bool tiff_read_image(tiff_stack *r, uint64_t k, void *dst)
{
    const tiff_page *p = &r->first;
    bool turn = p->orientation != 1 && r->turn == TIFF_TURN_APPLY;
    char *image = turn ? r->scrap : dst;
    int64_t number = (int64_t)k + 1;
    tiff_page own = *p;
    if (r->images > r->listed) {
        if (!read_following(r, k, image)) return false;
    } else if (!find_directory(r, k) || !tiff_read_page(&r->s, &r->directory, number, &own)
               || !tiff_same_kind(&r->s, p, &own, number) || !read_chunks(r, &own, number, image))
        return false;
    if (!check_range(r, p, number, image)) return false;
    if (!p->photometric && r->white == TIFF_WHITE_INVERT)
        tiff_invert(p, p->width * p->height, image);
    if (turn) tiff_orient(p, loom_dtype_bytes(tiff_dtype(p)), r->scrap, dst);
    return true;
}
