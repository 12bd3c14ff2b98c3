/* io.read_tiff - the pages of a TIFF file as a stack of images. */
#include <atomloom/op.h>
#include "io/bytes.h"
#include "io/tiff.h"
#include <inttypes.h>

typedef struct params {
    loom_path file;
    int32_t white_is_zero, orientation;
    bool lenient;
} params;
enum { WHITE_REFUSE, WHITE_INVERT, WHITE_KEEP };
enum { ORIENTATION_CHECK, ORIENTATION_APPLY, ORIENTATION_IGNORE };
static const char *const white_choices[] = { "refuse", "invert", "keep", NULL };
static const char *const orientation_choices[] = { "check", "apply", "ignore", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED, .doc = "TIFF file, one or many pages"),
    LOOM_PARAM(
        params, white_is_zero, .choices = white_choices,
        .doc = "what to do with a file in which 0 is white and the greatest number black: refuse "
               "it, invert it, or keep its numbers"),
    LOOM_PARAM(
        params, orientation, .choices = orientation_choices,
        .doc = "what to do with a file whose first row is not at the top or first column not at "
               "the left: refuse it, turn the images so that they are, or ignore the tag"),
    LOOM_PARAM(
        params, lenient, .flags = LOOM_ADVANCED,
        .doc = "read a file that breaks rules of the format in what does not concern its pages: "
               "unknown tags, tags out of order, bytes that belong to no page"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = {
    { "array", "array", "[page][y][x], or [y][x] of a single page", 0 }, { 0 }
};

enum { RAW = 1, MAX_PADDING = 3 };
typedef struct reader {
    tiff_source s;
    const params *p;
    tiff_directory directory;
    tiff_page first;
    uint64_t start;        /* place of the first directory */
    uint64_t listed;       /* pages that the list has */
    uint64_t images;       /* to read; more than `listed`: they follow the one page, raw */
    uint64_t follow_at;    /* of these: where the first is */
    bool packed;           /* some page is */
    tiff_decoder *decoder; /* NULL: not needed */
} reader;

static uint64_t page_bytes(const tiff_page *p) { return tiff_row_bytes(p, p->width) * p->height; }

/* ---- first pass: the list of pages ----------------------------------------------------------- */

/* All directories; each one's extents into x. */
static bool walk(reader *r, tiff_extents *x)
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
static bool count_images(reader *r, tiff_extents *x)
{
    uint64_t promised, more, last = 0, bytes = page_bytes(&r->first);
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

static bool survey(reader *r)
{
    tiff_extents x = { 0 };
    uint64_t pixels = 0;
    tiff_extent header = { 0, r->s.wide ? 16 : 8, 0, TIFF_EXTENT_HEADER };
    if (!tiff_add_extent(&r->s, &x, header) || !walk(r, &x) || !count_images(r, &x)) return false;
    for (size_t i = 0; i < x.n; i++) pixels += x.v[i].kind == TIFF_EXTENT_PIXELS ? x.v[i].bytes : 0;
    uint64_t spare = r->packed ? pixels / r->images / 2 : page_bytes(&r->first);
    bool good = tiff_check_extents(&r->s, &x, spare > 16 ? spare : 16);
    r->s.call->host->release(r->s.call, x.v);
    return good;
}

static bool accept(const reader *r)
{
    const tiff_page *p = &r->first;
    if (!p->photometric && r->p->white_is_zero == WHITE_REFUSE)
        return tiff_fail(&r->s, 0,
                         "0 is white in it and the greatest number black; set 'white_is_zero' to "
                         "'invert' or 'keep'");
    if (!p->photometric && r->p->white_is_zero == WHITE_INVERT && p->format != 1)
        return tiff_fail(&r->s, 0,
                         "0 is white in it, but its numbers have a sign or are real, and there is "
                         "no greatest one to invert them with; set 'white_is_zero: keep'");
    if (p->orientation != 1 && r->p->orientation == ORIENTATION_CHECK)
        return tiff_fail(&r->s, 0,
                         "its images are stored turned (orientation %u); set 'orientation' to "
                         "'apply' or 'ignore'",
                         p->orientation);
    return true;
}

/* ---- second pass: pixels --------------------------------------------------------------------- */

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

static bool read_raw(const reader *r, const tiff_page *p, const chunk *c, int64_t number, void *dst)
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

static bool read_packed(const reader *r, const tiff_page *p, const chunk *c, int64_t number,
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
static bool plausible(const reader *r, const tiff_page *p, uint64_t packed, int64_t number)
{
    enum { LZW = 5, ADOBE_DEFLATE = 8, PACKBITS = 32773, DEFLATE = 32946, MAX_RATIO = 4096 };
    bool known = p->compression == RAW || p->compression == LZW || p->compression == ADOBE_DEFLATE
                 || p->compression == PACKBITS || p->compression == DEFLATE;
    if (!known || page_bytes(p) / MAX_RATIO <= packed) return true;
    return tiff_fail(&r->s, number,
                     "it has %" PRIu64 " x %" PRIu64 " pixels in %" PRIu64 " bytes: its directory "
                     "is damaged",
                     p->width, p->height, packed);
}

static bool read_chunks(const reader *r, const tiff_page *p, int64_t number, char *image)
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
static bool read_following(const reader *r, uint64_t k, char *image)
{
    const tiff_page *p = &r->first;
    const loom_host *h = r->s.call->host;
    uint64_t row_bytes = tiff_row_bytes(p, p->width);
    chunk c = { 0, r->follow_at + k * page_bytes(p), page_bytes(p), row_bytes, p->height, 0 };
    tiff_page whole = *p;
    whole.chunk_height = p->height;
    unsigned char *b = h->scratch(r->s.call, page_bytes(p));
    bool good = b && read_raw(r, p, &c, (int64_t)k + 1, b);
    if (good) place(&whole, &c, r->s.big, b, image);
    h->release(r->s.call, b);
    return good;
}

/* Unsigned numbers of 64 bits have no place beyond 2^63; they arrive here as negative ones. */
static bool check_range(const reader *r, const tiff_page *p, int64_t number, const void *image)
{
    const int64_t *v = image;
    if (p->bits != 64 || p->format != 1) return true;
    if (!p->photometric && r->p->white_is_zero == WHITE_INVERT)
        return tiff_fail(&r->s, number,
                         "it has unsigned numbers of 64 bits, which cannot be inverted");
    for (uint64_t i = 0; i < p->width * p->height; i++)
        if (v[i] < 0)
            return tiff_fail(&r->s, number, "it has a number beyond 2^63 - 1, which has no place");
    return true;
}

/* Image k into dst; `scrap` has room for one image. */
static bool read_image(reader *r, uint64_t k, uint64_t directory, char *scrap, char *dst)
{
    const tiff_page *p = &r->first;
    bool turn = p->orientation != 1 && r->p->orientation == ORIENTATION_APPLY;
    char *image = turn ? scrap : dst;
    int64_t number = (int64_t)k + 1;
    tiff_page own = *p;
    if (r->images > r->listed) {
        if (!read_following(r, k, image)) return false;
    } else if (!tiff_read_directory(&r->s, directory, number, &r->directory)
               || !tiff_read_page(&r->s, &r->directory, number, &own)
               || !tiff_same_kind(&r->s, p, &own, number) || !read_chunks(r, &own, number, image))
        return false;
    if (!check_range(r, p, number, image)) return false;
    if (!p->photometric && r->p->white_is_zero == WHITE_INVERT)
        tiff_invert(p, p->width * p->height, image);
    if (turn) tiff_orient(p, loom_dtype_bytes(tiff_dtype(p)), scrap, dst);
    return true;
}

static loom_status read_images(reader *r)
{
    loom_call *call = r->s.call;
    const loom_host *h = call->host;
    const tiff_page *p = &r->first;
    bool turned = p->orientation >= 5 && r->p->orientation == ORIENTATION_APPLY;
    int64_t dim[3] = { (int64_t)r->images, (int64_t)p->height, (int64_t)p->width };
    if (turned) dim[1] = (int64_t)p->width, dim[2] = (int64_t)p->height;
    size_t bytes = p->width * p->height * loom_dtype_bytes(tiff_dtype(p));
    int32_t rank = r->images > 1 ? 3 : 2;
    char *dst = h->add_array(call, h->output(call, "array"), "data", tiff_dtype(p), rank,
                             dim + (3 - rank), NULL);
    char *scrap = dst && p->orientation != 1 ? h->scratch(call, bytes) : NULL;
    if (!dst || (p->orientation != 1 && !scrap)) return LOOM_E_MEMORY;
    uint64_t at = r->start;
    for (uint64_t k = 0; k < r->images; k++, dst += bytes) {
        if (!h->progress(call, (double)k, (double)r->images)) return LOOM_E_CANCELLED;
        if (!read_image(r, k, at, scrap, dst)) return LOOM_E_DATA;
        at = r->directory.next;
    }
    return LOOM_OK;
}

static loom_status read_file(reader *r)
{
    if (!tiff_read_header(&r->s, &r->start) || !survey(r) || !accept(r))
        return r->s.call->host->cancelled(r->s.call) ? LOOM_E_CANCELLED : LOOM_E_DATA;
    if (r->packed && !(r->decoder = tiff_open_decoder(&r->s))) return LOOM_E_DATA;
    loom_status status = read_images(r);
    tiff_close_decoder(r->decoder);
    return status;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    struct stat info;
    reader *r = h->scratch(call, sizeof *r);
    if (!r) return LOOM_E_MEMORY;
    *r = (reader){ .s = { .call = call, .path = p->file.path, .lenient = p->lenient }, .p = p };
    r->s.fd = open(p->file.path, O_RDONLY | O_CLOEXEC);
    loom_status status;
    if (r->s.fd < 0 || fstat(r->s.fd, &info))
        status =
            h->fail(call, LOOM_E_IO, "file", "cannot read '%s': %s", p->file.path, strerror(errno));
    else if (!S_ISREG(info.st_mode))
        status = h->fail(call, LOOM_E_IO, "file", "cannot read '%s': it is not a regular file",
                         p->file.path);
    else {
        r->s.size = (uint64_t)info.st_size;
        status = read_file(r);
    }
    if (r->s.fd >= 0) close(r->s.fd);
    return status;
}

static const loom_op io_read_tiff = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "io.read_tiff",
    .summary = "The pages of a TIFF file as a stack of images.",
    .method =
        "Classic TIFF and BigTIFF, strips and tiles, every compression that libtiff knows, and "
        "stacks of ImageJ and tifffile with one directory. "
        "Unsigned numbers of up to 8 bits become u8, other whole ones i32, of more than 31 "
        "bits i64; reals of 16 bits become f32, others are kept. "
        "Rows run downwards in the file and are kept in that order.\n\n"
        "The list of pages must be whole: each directory is checked, no two things share "
        "bytes, and no page's worth of bytes belongs to nothing. "
        "Packed strips are checked to their last byte (Deflate with its checksum).",
    .cites = "none",
    .limits =
        "One grey channel; all pages of one size and kind. "
        "Colours, palettes, complex numbers, masks and thumbnails are refused. "
        "Changed bits among pixels are always noticed in Deflate, mostly in LZW and PackBits: "
        "the others have no checksum. "
        "Numbers that are not finite are refused: replace NaN first, no op does so.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("io.read_tiff", "1.0", "BSD-3-Clause", &io_read_tiff);
