/* store/h5.h - what the writer and the reader of HDF5 values share. HDF5 is touched in no other
 * file of the framework. */
#ifndef ATOMLOOM_STORE_H5_H
#define ATOMLOOM_STORE_H5_H
#include <atomloom/value.h>
#include "store/h5_table.h"

#define H5_TYPE "atomloom_type" /* root attribute: the value's type */
/* root attribute of a file that left the store: the value's digest, as text */
#define H5_DIGEST "atomloom_digest"
#define H5_TEXTS "atomloom_texts" /* group of texts too long for an attribute */
#define H5_UNIT "unit"            /* attribute of a dataset */
#define H5_UNIT_SUFFIX ".unit"    /* of the attribute that holds a number's unit */

enum {
    /* offsets in a superblock of version 2, which V18 writes: its version ... */
    H5_SUPERBLOCK_VERSION = 8,
    H5_SUPERBLOCK_END = 28, /* ... and the end of the file, u64 */
};

/* little-endian, as on disk; not to be closed */
hid_t h5_type_of(loom_dtype dtype);
#endif
