/* kit/h5_map.h - which bytes of an HDF5 file belong to what, read off the bytes alone.
 *
 * The older form of HDF5 (superblock 0 or 1: what MATLAB and, unless asked otherwise, h5py write)
 * has no checksums on addresses. An altered address makes the library read other bytes of the file
 * as numbers. But the parts of a whole file never overlap, they end where the superblock says, and
 * numbers that lost their address are left over as bytes that belong to nothing: that is what is
 * checked here. The newer form has checksums, and the library asks for them. */
#ifndef LOOM_KIT_H5_MAP_H
#define LOOM_KIT_H5_MAP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct loom_h5_extent {
    uint64_t at, bytes;
} loom_h5_extent; /* from the beginning of the file */

enum { LOOM_H5_MAX_STALE = 256 };

typedef struct loom_h5_map {
    const unsigned char *bytes; /* borrowed: the whole file */
    uint64_t size, base;        /* base: where the superblock is */
    bool old;                   /* the older form; otherwise there is nothing else below */
    bool complete;              /* no part was met that is not understood here */
    loom_h5_extent *extent;     /* sorted, without overlap */
    size_t count, room;
    uint64_t claimed; /* bytes of all extents together */
    /* ---- while it is made
     * ------------------------------------------------------------------------ */
    uint64_t *object; /* addresses of object headers, those still to be read behind `done` */
    size_t objects, object_room, done;
    unsigned leaf_k, group_k, chunk_k;
    /* addresses behind the entries in use of lists of names: older libraries left there what their
     * memory held, which is the address of a list elsewhere in the file */
    uint64_t stale[LOOM_H5_MAX_STALE];
    size_t stales;
    const char *fault;
} loom_h5_map;

/* NULL, or what is wrong with the file, to follow "the file "; static. Free the map in either case.
 * [any] */
const char *loom_h5_map_make(loom_h5_map *m, const unsigned char *bytes, size_t size);
void loom_h5_map_free(loom_h5_map *m);

/* Numbers without a checksum that lie at `at`: does one altered bit in that address explain what is
 * there? It does where the numbers come to lie on zeros instead of on bytes that now belong to
 * nothing and are not zero. */
bool loom_h5_map_is_misled(const loom_h5_map *m, uint64_t at, uint64_t bytes);
#endif
