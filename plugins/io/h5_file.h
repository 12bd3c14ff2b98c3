/* io/h5_file.h - an HDF5 file of another program: its datasets of numbers, their attributes, and
 * their content, read only after kit/h5_safe.h found nothing against it.
 *
 * Functions that return bool have failed on the source where they return false, unless they say
 * otherwise. */
#ifndef ATOMLOOM_IO_H5_FILE_H
#define ATOMLOOM_IO_H5_FILE_H
#include "io/source.h"
#include <hdf5.h>
#include <kit/h5_map.h>

enum { H5_PATH = 512, H5_MAX_SETS = 4096 };

typedef struct h5_set {
    struct h5_set *next;
    char path[H5_PATH]; /* "Data/Image/26f6/Data" */
    int rank;
    int64_t dim[LOOM_MAX_RANK]; /* slowest first; of a longer rank, 0 */
} h5_set;

typedef struct h5_file {
    const io_source *source;
    hid_t id;
    loom_h5_map map;
    bool mapped;
    h5_set *first, **last; /* datasets of numbers, in the order of their names; scratch */
    int sets;
    bool has_links; /* to other places or files: they are not followed */
} h5_file;

/* Looks at the bytes of the whole file, opens it, and lists its datasets. Close in either case. */
bool h5_open(h5_file *f, const io_source *source);
void h5_close(h5_file *f);

/* The dataset of that path; NULL, without failing, where there is none. */
const h5_set *h5_find(const h5_file *f, const char *path);
/* What its numbers become. Fails where they are no plain numbers. */
bool h5_dtype(const h5_file *f, const h5_set *set, loom_dtype *out);
/* All numbers of the dataset as elements of `dtype`, in its own order. */
bool h5_read(const h5_file *f, const h5_set *set, loom_dtype dtype, void *dst);

/* An attribute of the object at `path`: its text, "" where it has none; whether it is the number
 * `wanted`. Without failing. */
void h5_text(const h5_file *f, const char *path, const char *name, char *out, size_t room);
bool h5_number(const h5_file *f, const char *path, const char *name, double *out);
#endif
