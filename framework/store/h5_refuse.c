/* store/h5_refuse.c - see h5_refuse.h */
#include "store/h5_refuse.h"
#include <assert.h>
#include <kit/byte_order.h>
#include <kit/h5_safe.h>
#include <sys/mman.h>

const char *h5_map(loom_h5_map *m, int fd, uint64_t size)
{
    assert(fd >= 0);
    *m = (loom_h5_map){ .size = size };
    void *bytes = size ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    if (bytes == MAP_FAILED) return NULL; /* the library says what it cannot read */
    const char *fault = loom_h5_map_make(m, bytes, size);
    m->bytes = bytes;
    return m->old ? fault : NULL; /* what is no HDF5 at all is for the library to say */
}

void h5_unmap(loom_h5_map *m)
{
    if (m->bytes) munmap((void *)m->bytes, m->size);
    loom_h5_map_free(m);
}

const char *h5_refusal(hid_t set, hid_t type, const loom_h5_map *m)
{
    /* without a checksum, one altered bit makes other numbers of the same bytes */
    if (m->old && !loom_h5_is_plain(type)) return "holds numbers of an unusual kind";
    return loom_h5_refusal(set, H5Tget_size(type), m);
}

const char *h5_order_refusal(const loom_array *a, const loom_h5_map *m)
{
    assert(a->data || !loom_array_count(a));
    bool real = a->dtype == LOOM_F32 || a->dtype == LOOM_F64;
    return m->old && real
                   && loom_reals_look_swapped(a->data, loom_array_count(a),
                                              loom_dtype_bytes(a->dtype), false)
               ? "makes sense only in the other byte order than the file says"
               : NULL;
}

const char *h5_text_refusal(hid_t set)
{
    hid_t creation = H5Dget_create_plist(set);
    const char *fault = creation < 0 ? "cannot be opened" : loom_h5_outside(creation);
    if (creation >= 0) H5Pclose(creation);
    return fault;
}
