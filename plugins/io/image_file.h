/* io/image_file.h - a file of images, whatever its format: what io.read_series and io.read_image
 * know of it.
 *
 * A format is one row of image_formats and one file, image_FORMAT.c. The content of a file decides
 * which row it is, never its name. `open` reads what the file says of its images and checks it as
 * far as the format lets anyone check; `read` gives one image at a time, so that memory is bounded
 * by what the caller keeps. */
#ifndef ATOMLOOM_IO_IMAGE_FILE_H
#define ATOMLOOM_IO_IMAGE_FILE_H
#include "io/source.h"

/* What a user may say of a file, by the parameters of the op. */
typedef struct image_wishes {
    const char *dataset; /* which of several: its name, path or number; "": the usual one */
    bool stack;          /* images are wanted, not one array of any kind */
    int bytes;           /* mrc_bytes of mrc.h: sign of the bytes of MRC mode 0 */
} image_wishes;

/* How far apart samples lie along an axis; unit "": the file does not say. */
typedef struct image_axis {
    double step;
    char unit[24];
} image_axis;

struct image_format;
typedef struct image_file {
    io_source source;
    const struct image_format *format;
    image_wishes wishes;
    loom_dtype dtype;               /* of the samples that `read` gives */
    int32_t rank;                   /* 2 to LOOM_MAX_RANK */
    int64_t dim[LOOM_MAX_RANK];     /* slowest first; the last two are y and x */
    image_axis axis[LOOM_MAX_RANK]; /* of each */
    const char *size_from;          /* what gave the steps: "the header"; static or scratch */
    double *tilt_deg;               /* of `tilts` images, scratch; NULL: the file has none */
    int64_t tilts;                  /* as many as images, or 1: of all */
    const char *tilts_from;         /* static */
    void *state;                    /* the format's own; scratch */
} image_file;

typedef struct image_format {
    const char *name;       /* "MRC" */
    const char *extensions; /* usual ones: ".mrc .st" */
    /* Does a file of `size` bytes that begins with these n (up to IMAGE_HEAD) look like it? */
    bool (*begins)(const unsigned char *head, size_t n, uint64_t size);
    /* Fills *f, source and wishes given; false after failing. */
    bool (*open)(image_file *f);
    /* Image k, counted over all axes but the last two, as dim[rank-2] x dim[rank-1] elements of
     * f->dtype; false after failing. Fastest in order. */
    bool (*read)(image_file *f, int64_t k, void *dst);
    void (*close)(image_file *f); /* what is not scratch; NULL: nothing; also after a failure */
} image_format;

enum { IMAGE_HEAD = 1024 };
extern const image_format image_mrc, image_dm, image_ser, image_h5, image_npy, image_mat;
#ifdef IO_TIFF
extern const image_format image_tiff;
#endif

/* Opens the file, of whatever format; false after failing. Close it in either case. [main] */
bool image_open(image_file *f, loom_call *call, const char *where, const char *path,
                const image_wishes *wishes);
void image_close(image_file *f);
static inline bool image_read(image_file *f, int64_t k, void *dst)
{
    return f->format->read(f, k, dst);
}

static inline int64_t image_count(const image_file *f)
{
    int64_t n = 1;
    for (int32_t k = 0; k + 2 < f->rank; k++) n *= f->dim[k];
    return n;
}
static inline int64_t image_samples(const image_file *f)
{
    return f->dim[f->rank - 2] * f->dim[f->rank - 1];
}
/* Edge of a pixel in angstrom: 0 where the file gives none; -1 where the pixels are not square, or
 * their unit is no length. */
double image_pixel_A(const image_file *f);

/* Angstrom of one unit of length, by its usual names; 0: it is none. */
double image_angstrom(const char *unit);

/* For formats: checks that lengths are positive and their product small enough; false after
 * failing. */
bool image_check_shape(const image_file *f);
/* For formats: an axis; `step` that is not positive and finite leaves it unknown. */
void image_set_axis(image_file *f, int32_t k, double step, const char *unit);
#endif
