/* store/h5_refuse.h - what an HDF5 file of another program must not do to us. The rules are the
 * kit's (kit/h5_safe.h, kit/h5_map.h), shared with the ops that read HDF5. */
#ifndef ATOMLOOM_STORE_H5_REFUSE_H
#define ATOMLOOM_STORE_H5_REFUSE_H
#include "store/h5_table.h"
#include <atomloom/value.h>
#include <kit/h5_map.h>

/* The structure of the open file, which stays open; only its size where it is of the newer form,
 * with checksums. NULL, or what is wrong, to follow "the file "; static. Unmap in either case. */
const char *h5_map(loom_h5_map *m, int fd, uint64_t size);
void h5_unmap(loom_h5_map *m);

/* May the numbers of the dataset be read? NULL, or what is wrong, to follow "dataset 'x' "; static.
 */
const char *h5_refusal(hid_t set, hid_t type, const loom_h5_map *m);
/* The same after reading: in the older form the byte order of numbers is one bit without a
 * checksum. */
const char *h5_order_refusal(const loom_array *a, const loom_h5_map *m);
/* The same of a dataset that holds a text. */
const char *h5_text_refusal(hid_t set);
#endif
