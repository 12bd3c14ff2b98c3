/* io/mat_source.h - the bytes of one element of a MATLAB file of level 5, in order, whether it is
 * plain or deflated. */
#ifndef ATOMLOOM_IO_MAT_SOURCE_H
#define ATOMLOOM_IO_MAT_SOURCE_H
#include "io/mat.h"
#include <zlib.h>

enum { MAT_MATRIX = 14, MAT_COMPRESSED = 15 }; /* types of elements that hold a variable */

typedef struct mat_source {
    mat_file *file;
    uint64_t element;              /* where its tag lies in the file */
    const unsigned char *at, *end; /* plain: the next byte, and the end of the file */
    uint64_t position;             /* of the next byte behind the tag, counted after inflating */
    bool packed, cut;              /* cut: the file ends before the element does */
    z_stream z;
    char name[MAT_NAME + 16]; /* "variable 'proj'", or "a variable" before its name is read */
} mat_source;

/* The element whose tag is at byte `at`. *left: the bytes of its matrix (of a packed one: as
 * packed), *next: where the element behind it begins. Close it in either case. */
loom_status mat_open(mat_source *s, mat_file *f, uint64_t at, uint64_t *left, uint64_t *next);
void mat_close(mat_source *s);
/* The next n of the *left bytes of a matrix to dst; dst NULL: skipped. */
loom_status mat_take(mat_source *s, uint64_t *left, void *dst, uint64_t n);

typedef struct mat_tag {
    uint32_t type;
    uint64_t bytes, padded; /* padded: what the data take up behind the tag */
} mat_tag;
loom_status mat_take_tag(mat_source *s, uint64_t *left, mat_tag *t);

/* Is a packed element over, with its checksum in order? */
bool mat_has_ended(mat_source *s);
/* Behind the matrix the packed bytes must end, with their checksum, where the element does. */
loom_status mat_check_end(mat_source *s);
/* Fails: the variable ends early. */
loom_status mat_ends_early(mat_source *s);
#endif
