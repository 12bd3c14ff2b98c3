/* io/tiff.h - the parts of io.read_tiff. The structure of the file is read here, not by libtiff,
 * which repairs and overlooks much: directories and their tags (tiff_directory.c), what they say of
 * a page (tiff_page.c), which bytes belong to what (tiff_extents.c), whether packed bytes are whole
 * (tiff_packed.c). Libtiff unpacks (tiff_decode.c).
 *
 * Functions that return bool have failed on the call, on the parameter `where`, where they return
 * false, unless they say otherwise. */
#ifndef ATOMLOOM_IO_TIFF_H
#define ATOMLOOM_IO_TIFF_H
#include <atomloom/op.h>

typedef struct tiff_source {
    loom_call *call;
    const char *where; /* the parameter that failures are about */
    const char *path;
    int fd;
    uint64_t size;
    bool big;     /* big-endian numbers */
    bool wide;    /* BigTIFF: offsets of 8 bytes */
    bool lenient; /* the parameter */
} tiff_source;

/* Always false. `page` from 1; 0: the file as a whole. */
bool tiff_fail(const tiff_source *s, int64_t page, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The n bytes at that place of the file; false, without failing, where the file has not so many. */
bool tiff_bytes(const tiff_source *s, uint64_t at, uint64_t n, void *dst);

/* ---- directories -------------------------------------------------------------------------------
 */

enum {
    TIFF_SUBFILE = 254,
    TIFF_WIDTH = 256,
    TIFF_LENGTH,
    TIFF_BITS,
    TIFF_COMPRESSION,
    TIFF_PHOTOMETRIC = 262,
    TIFF_FILL_ORDER = 266,
    TIFF_DESCRIPTION = 270,
    TIFF_STRIP_OFFSETS = 273,
    TIFF_ORIENTATION,
    TIFF_SAMPLES = 277,
    TIFF_ROWS_PER_STRIP,
    TIFF_STRIP_COUNTS,
    TIFF_PLANAR = 284,
    TIFF_PREDICTOR = 317,
    TIFF_TILE_WIDTH = 322,
    TIFF_TILE_LENGTH,
    TIFF_TILE_OFFSETS,
    TIFF_TILE_COUNTS,
    TIFF_SUB_IFDS = 330,
    TIFF_EXTRA_SAMPLES = 338,
    TIFF_FORMAT,
    TIFF_EXIF = 34665,
    TIFF_GPS = 34853
};
enum { TIFF_MAX_ENTRIES = 1000 };

typedef struct tiff_entry {
    uint16_t tag, type;
    uint64_t count, bytes; /* of values */
    uint64_t at;           /* where its values lie in the file */
    bool outside;          /* not within the directory itself */
} tiff_entry;

typedef struct tiff_directory {
    uint64_t at, bytes, next; /* next: 0 at the end of the list */
    int n;
    tiff_entry entry[TIFF_MAX_ENTRIES];
} tiff_directory;

/* Byte order and size of offsets into *s, the first directory's place into *first. */
bool tiff_read_header(tiff_source *s, uint64_t *first);
/* The directory at that place, the `page`th of the list (0: one that a tag points to). Tags in
 * order, known ones of their types, all values within the file. */
bool tiff_read_directory(const tiff_source *s, uint64_t at, int64_t page, tiff_directory *out);
/* NULL where there is none. */
const tiff_entry *tiff_find(const tiff_directory *d, uint16_t tag);
/* All values of the entry, as whole numbers; rationals and reals are none. */
bool tiff_values(const tiff_source *s, const tiff_entry *e, uint64_t *out);
/* The one value of a tag, or `otherwise` where the directory has none of it. */
bool tiff_value(const tiff_source *s, const tiff_directory *d, int64_t page, uint16_t tag,
                uint64_t otherwise, uint64_t *out);

/* ---- pages -------------------------------------------------------------------------------------
 */

typedef struct tiff_page {
    uint64_t width, height;
    uint16_t bits, format, photometric, orientation; /* format: 1 unsigned, 2 signed, 3 real */
    uint16_t compression, predictor;
    bool tiled;
    uint64_t chunk_width, chunk_height; /* of a whole tile or strip */
    uint64_t across, chunks;            /* tiles of a row; strips or tiles of the page */
    const tiff_entry *offsets, *counts; /* of the directory that it was read from */
} tiff_page;

/* What the directory says of the page; fails with the reason where it is nothing that can be read.
 */
bool tiff_read_page(const tiff_source *s, const tiff_directory *d, int64_t number, tiff_page *out);
/* Fails naming the page where it differs from the first in what its numbers are. */
bool tiff_same_kind(const tiff_source *s, const tiff_page *first, const tiff_page *p,
                    int64_t number);
/* Bytes of a row of n samples, unpacked. */
uint64_t tiff_row_bytes(const tiff_page *p, uint64_t n);
/* Rows of the page in chunk `index`. */
uint64_t tiff_chunk_rows(const tiff_page *p, uint64_t index);
/* The text of a tag, at most `room` - 1 bytes of it; "" where the directory has none. */
bool tiff_text(const tiff_source *s, const tiff_directory *d, uint16_t tag, char *out, size_t room);
/* How many images the description promises: of ImageJ, of tifffile for a shortened list; 0:
 * nothing. */
bool tiff_promised(const tiff_source *s, const tiff_directory *d, const tiff_page *p,
                   uint64_t *out);

/* ---- extents -----------------------------------------------------------------------------------
 */

typedef enum tiff_extent_kind {
    TIFF_EXTENT_HEADER,
    TIFF_EXTENT_DIRECTORY,
    TIFF_EXTENT_VALUES,
    TIFF_EXTENT_PIXELS
} tiff_extent_kind;
typedef struct tiff_extent {
    uint64_t at, bytes;
    uint32_t page;
    tiff_extent_kind kind;
} tiff_extent;
typedef struct tiff_extents {
    tiff_extent *v;
    size_t n, room;
} tiff_extents; /* v: scratch */

bool tiff_add_extent(const tiff_source *s, tiff_extents *x, tiff_extent e);
/* The directory, what its entries point to, and the directories that it points to. */
bool tiff_add_directory(const tiff_source *s, tiff_extents *x, const tiff_directory *d,
                        int64_t page);
/* No two things share bytes, and nowhere do `spare` bytes or more belong to nothing; not asked of a
 * lenient reader. */
bool tiff_check_extents(const tiff_source *s, tiff_extents *x, uint64_t spare);

/* ---- samples -----------------------------------------------------------------------------------
 */

loom_dtype tiff_dtype(const tiff_page *p);
/* n samples as stored, in that byte order, to numbers. */
void tiff_convert(const tiff_page *p, bool big, const unsigned char *b, uint64_t n, void *dst);
/* n unsigned numbers (up to 32 bits), from white to black, become numbers from black to white. */
void tiff_invert(const tiff_page *p, uint64_t n, void *image);
/* An image of elements of `size` bytes, from rows as stored to rows downwards and columns to the
 * right (TIFF 6.0, Orientation). */
void tiff_orient(const tiff_page *p, size_t size, const char *src, char *dst);

/* ---- pixels ------------------------------------------------------------------------------------
 */

/* Are these the packed bytes of `expected` bytes of pixels, or of `padded` (> expected, or 0)? The
 * reason where not, static; NULL also where nothing is known of the compression. */
const char *tiff_packed_fault(uint16_t compression, const unsigned char *b, uint64_t n,
                              uint64_t expected, uint64_t padded);

typedef struct tiff_decoder tiff_decoder; /* libtiff on the same file */
/* NULL after failing. Closed with tiff_close_decoder. */
tiff_decoder *tiff_open_decoder(const tiff_source *s);
void tiff_close_decoder(tiff_decoder *d);
/* Before the chunks of the page whose directory lies there. */
bool tiff_begin_page(tiff_decoder *d, uint64_t directory, int64_t page);
/* `bytes` bytes of the chunk, in the machine's byte order. */
bool tiff_decode(tiff_decoder *d, bool tiled, uint64_t index, int64_t page, void *dst,
                 uint64_t bytes);
/* Has libtiff this compression? */
bool tiff_can_decode(uint16_t compression);

/* ---- stacks ------------------------------------------------------------------------------------
 * All pages of a file, checked when it is opened and read one by one (tiff_stack.c lists them,
 * tiff_pixels.c reads). */

typedef enum tiff_white { TIFF_WHITE_REFUSE, TIFF_WHITE_INVERT, TIFF_WHITE_KEEP } tiff_white;
typedef enum tiff_turn { TIFF_TURN_CHECK, TIFF_TURN_APPLY, TIFF_TURN_IGNORE } tiff_turn;

typedef struct tiff_stack {
    tiff_source s; /* call, where, path, fd, size and lenient are the caller's */
    tiff_white white;
    tiff_turn turn;
    tiff_directory directory;
    tiff_page first;
    uint64_t start;         /* place of the first directory */
    uint64_t listed;        /* pages that the list has */
    uint64_t images;        /* to read; more than `listed`: they follow the one page, raw */
    uint64_t follow_at;     /* of these: where the first is */
    uint64_t next, next_at; /* the page that `next_at` is the directory of */
    bool packed;            /* some page is */
    tiff_decoder *decoder;  /* NULL: not needed */
    char *scrap;            /* room for an image that is turned */
} tiff_stack;

/* Lists and checks all pages; false after failing, or where the call was cancelled. Close it in
 * either case. */
bool tiff_open_stack(tiff_stack *r);
void tiff_close_stack(tiff_stack *r);
uint64_t tiff_page_bytes(const tiff_page *p);
/* Lengths of an image as it is given out: turned ones have them exchanged. */
void tiff_image_shape(const tiff_stack *r, int64_t *height, int64_t *width);
/* Image k as elements of tiff_dtype; fastest in order. */
bool tiff_read_image(tiff_stack *r, uint64_t k, void *dst);
#endif
