/* io/mrc.h - the header of an MRC2014 file: where its words are (4-byte words, counted from 0), and
 * what they say of the data. */
#ifndef ATOMLOOM_IO_MRC_H
#define ATOMLOOM_IO_MRC_H
#include <atomloom/op.h>

enum {
    MRC_HEADER = 1024, /* bytes */
    MRC_NX = 0,
    MRC_NY,
    MRC_NZ,
    MRC_MODE,
    MRC_MX = 7,
    MRC_CELL_X = 10,
    MRC_ANGLE_X = 13,
    MRC_MAPC = 16,
    MRC_MIN = 19,
    MRC_MAX,
    MRC_MEAN,
    MRC_ISPG,
    MRC_EXTENDED,
    MRC_VERSION = 27,
    MRC_IMOD_STAMP = 38,
    MRC_IMOD_FLAGS,
    MRC_ORIGIN = 49,
    MRC_MAP = 52,
    MRC_STAMP,
    MRC_RMS,
    MRC_LABELS,
    MRC_LABEL
};
enum {
    MRC_INT8 = 0,
    MRC_INT16 = 1,
    MRC_FLOAT = 2,
    MRC_COMPLEX16 = 3,
    MRC_COMPLEX = 4,
    MRC_UINT16 = 6,
    MRC_HALF = 12,
    MRC_RGB = 16,
    MRC_NIBBLE = 101
};
enum { MRC_IMOD = 1146047817 }; /* "IMOD" */
/* ISPG: a space group, or 400 more for a stack of such volumes */
enum { MRC_LAST_GROUP = 230, MRC_VOLUME_STACK = 401, MRC_LAST_STACK = 630 };

typedef enum mrc_bytes { MRC_BYTES_AUTO, MRC_BYTES_SIGNED, MRC_BYTES_UNSIGNED } mrc_bytes;

/* What the header says, once it makes sense. */
typedef struct mrc_layout {
    bool big; /* big-endian words */
    int mode;
    int64_t dim[3];  /* sections, rows, columns as stored */
    int64_t volumes; /* > 1: a stack of volumes; sections are counted over all of them */
    int axis[3];     /* the space axis (1 x, 2 y, 3 z) of sections, rows, columns */
    size_t data_at, row_bytes, data_bytes;
    double pixel_A, voxel_A; /* one size for x and y; for x, y and z; 0: not known */
} mrc_layout;

enum {                      /* flags of mrc_read_layout */
       MRC_IGNORE_REST = 1, /* a longer file than the header says is accepted */
       MRC_IGNORE_CELL = 2, /* there is no pixel size */
       MRC_STACK = 4        /* sections are images: the cell along them has no meaning, and
                              pixels that are not square give no size, and a warning */
};

/* Fills *out from the header (1024 bytes, or fewer where the file has not so many) of a file of n
 * bytes. LOOM_OK, or the status after failing on the parameter `where`: the header makes no sense
 * in either byte order, or the file's length is not the one that it gives, or its cell contradicts
 * itself. Warns where the machine stamp names the wrong byte order, and of other fields that
 * make no sense but have a likely meaning. [main] */
loom_status mrc_read_layout(loom_call *call, const char *where, const char *path,
                            const unsigned char *bytes, size_t n, unsigned flags, mrc_layout *out);

/* Are the bytes of a mode 0 file signed? `seen`: which of the 256 occur. `wanted` decides where it
 * is not AUTO; then IMOD's flag; then the header's minimum and maximum; then MRC2014, which has
 * them signed. Fails where the flag and the minimum and maximum contradict each other. [main] */
loom_status mrc_signed_bytes(loom_call *call, const char *where, const char *path,
                             const unsigned char *bytes, const bool seen[256], const mrc_layout *m,
                             mrc_bytes wanted, bool *out);

/* ---- samples ---- */
/* What samples of that mode become; colour and complex modes have no place. */
loom_dtype mrc_dtype(int mode, bool is_signed);
/* One row of n samples. */
void mrc_convert(const mrc_layout *m, bool is_signed, const unsigned char *src, int64_t n,
                 void *dst);
/* Least and greatest of the samples. */
typedef struct mrc_extremes {
    double low, high;
} mrc_extremes;
/* Widened by n numbers as mrc_convert makes them. */
void mrc_widen(const mrc_layout *m, bool is_signed, const void *numbers, int64_t n,
               mrc_extremes *e);
/* Warns where samples lie outside what the header has as their least and greatest: by more than a
 * hundredth of the way between these. [main] */
void mrc_check_extremes(loom_call *call, const char *where, const char *path,
                        const unsigned char *header, const mrc_layout *m,
                        const mrc_extremes *found);
/* NULL where samples of that mode can be read, or what they are; static. */
const char *mrc_unreadable(int mode);
#endif
