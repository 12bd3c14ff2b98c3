/* store/h5_names.h - the names of what an HDF5 object holds, listed before any of it is opened.
 *
 * HDF5 (1.10 at least) frees pointers that nobody set when a group with many links turns out
 * damaged while it is listed in a given order. In its own order, "native", it makes no list; so
 * names are taken in that order and sorted here. */
#ifndef ATOMLOOM_STORE_H5_NAMES_H
#define ATOMLOOM_STORE_H5_NAMES_H
#include "base/text.h"
#include "store/h5.h"

typedef struct h5_name {
    const char *text;
    int64_t created;
    bool hard;
} h5_name; /* hard: no link, or one within the file */
typedef struct h5_names {
    h5_name *item;
    size_t count, room;
    text bytes;
} h5_names; /* zero-initialise */

/* Links of a group: in order of creation where all of them know it, else by name. False where HDF5
 * fails or memory is out. */
bool h5_link_names(hid_t group, h5_names *out);
bool h5_attribute_names(hid_t object, h5_names *out); /* by name */
void h5_names_free(h5_names *n);
#endif
