/* io/npy.h - one array of NumPy: a .npy file, or a member of a .npz archive. */
#ifndef ATOMLOOM_IO_NPY_H
#define ATOMLOOM_IO_NPY_H
#include "io/npy_header.h"

typedef struct npy_file {
    const unsigned char *numbers; /* borrowed */
    npy_header header;
} npy_file;

/* Reads the header at the beginning of b, and checks that the `bytes` are exactly those of header
 * and numbers. LOOM_OK, or the status after failing on parameter `where`. */
loom_status npy_open(loom_call *call, const char *where, const char *path, const unsigned char *b,
                     size_t bytes, npy_file *f);
/* n numbers at src become elements of h->dtype. -1, or the first that does not fit (a uint64 above
 * 2^63 - 1). */
int64_t npy_convert(const npy_header *h, const unsigned char *src, size_t n, void *dst);

/* How the bytes of an array are put in C order, its axes in the order `axes` (empty: as they are).
 */
typedef struct npy_axes {
    bool permuted;
    int64_t order[LOOM_MAX_RANK], stored[LOOM_MAX_RANK], shape[LOOM_MAX_RANK];
} npy_axes;
npy_axes npy_axes_of(const npy_header *h, const loom_ints *axes);
/* All numbers into dst, of the shape a->shape. LOOM_OK, or the status after failing. */
loom_status npy_load(loom_call *call, const char *where, const char *path, const npy_file *f,
                     const npy_axes *a, void *dst);

/* The bytes of the array `member` (with or without .npy; "": the only one) of the .npz archive b,
 * as scratch; NULL after failing on parameter `where` (or `member_where`, where the name is at
 * fault). Checks the checksum of the member. */
const unsigned char *npz_member(loom_call *call, const char *where, const char *member_where,
                                const char *path, const unsigned char *b, size_t bytes,
                                const char *member, size_t *n);
static inline bool npz_begins(const unsigned char *b, size_t bytes)
{
    return bytes > 3 && b[0] == 'P' && b[1] == 'K' && b[2] == 3 && b[3] == 4;
}
#endif
