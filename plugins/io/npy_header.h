/* io/npy_header.h - the header of a NumPy file: a Python dictionary of three keys. */
#ifndef ATOMLOOM_IO_NPY_HEADER_H
#define ATOMLOOM_IO_NPY_HEADER_H
#include <atomloom/op.h>

typedef enum npy_kind { NPY_REAL, NPY_SIGNED, NPY_UNSIGNED } npy_kind;

typedef struct npy_header {
    npy_kind kind;
    size_t width;     /* bytes of a number in the file */
    loom_dtype dtype; /* what it becomes */
    bool big, fortran;
    bool truth; /* bool: every byte is 0 or 1 */
    int32_t rank;
    int64_t dim[LOOM_MAX_RANK];
    size_t count;
} npy_header;

/* Reads exactly the `n` bytes of the dictionary. NULL, or what is wrong, to follow "its header ";
 * static. `unsupported` is set where the header is sound and only its content is not read. */
const char *npy_read_header(const unsigned char *text, size_t n, npy_header *out,
                            bool *unsupported);
#endif
