/* kit/h5_safe.h - HDF5 files of other programs: what a reader must ask before it believes them.
 * Header only.
 *
 * A table of pointers that stands in for the functions of HDF5 and zlib, as macros, is included
 * first.
 * Every reader of HDF5 in the project, the framework's own included, reads a dataset only after
 * loom_h5_refusal found nothing. [main] */
#ifndef LOOM_KIT_H5_SAFE_H
#define LOOM_KIT_H5_SAFE_H
#include "kit/h5_map.h"
#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* A creation list says where the numbers are: they must be in this file, behind filters that HDF5
 * itself has (others are programs that HDF5 would look for and run). NULL, or what is wrong;
 * static. */
static inline const char *loom_h5_outside(hid_t creation)
{
    if (H5Pget_layout(creation) == H5D_VIRTUAL)
        return "is made of datasets in other files (a virtual dataset)";
    if (H5Pget_external_count(creation) != 0)
        return "keeps its numbers in other files (external storage)";
    int filters = H5Pget_layout(creation) == H5D_CHUNKED ? H5Pget_nfilters(creation) : 0;
    for (int i = 0; i < filters; i++) {
        unsigned flags = 0, config = 0;
        size_t values = 0;
        H5Z_filter_t id =
            H5Pget_filter2(creation, (unsigned)i, &flags, &values, NULL, 0, NULL, &config);
        if (id != H5Z_FILTER_DEFLATE && id != H5Z_FILTER_SHUFFLE && id != H5Z_FILTER_FLETCHER32)
            return "is packed by a filter other than deflate (gzip), shuffle and fletcher32";
    }
    return filters < 0 ? "has filters that cannot be listed" : NULL;
}

/* Integers that use all of their bits, reals of IEEE: what the older form of HDF5 describes in bits
 * without a checksum. */
static inline bool loom_h5_is_plain(hid_t type)
{
    static const struct {
        size_t bytes, exponent_bits, mantissa_bits, bias;
    } ieee[] = { { 2, 5, 10, 15 }, { 4, 8, 23, 127 }, { 8, 11, 52, 1023 } };
    size_t n = H5Tget_size(type), sign, exponent, exponent_bits, mantissa, mantissa_bits;
    H5T_class_t class = H5Tget_class(type);
    if (class == H5T_ENUM) return n == 1;
    if (H5Tget_precision(type) != 8 * n || H5Tget_offset(type) != 0) return false;
    if (class != H5T_FLOAT) return class == H5T_INTEGER;
    if (H5Tget_fields(type, &sign, &exponent, &exponent_bits, &mantissa, &mantissa_bits) < 0
        || H5Tget_norm(type) != H5T_NORM_IMPLIED)
        return false;
    for (int k = 0; k < 3; k++)
        if (ieee[k].bytes == n)
            return !mantissa && mantissa_bits == ieee[k].mantissa_bits && exponent == mantissa_bits
                   && exponent_bits == ieee[k].exponent_bits && sign == 8 * n - 1
                   && H5Tget_ebias(type) == ieee[k].bias;
    return false;
}

/* The number of bytes that a deflated block stands for, `most` + 1 where it is more; -1 where it is
 * no whole block. */
static inline int64_t loom_h5_inflated(const unsigned char *block, size_t n, uint64_t most)
{
    unsigned char part[4096];
    z_stream z = { .next_in = (unsigned char *)block,
                   .avail_in = (uInt)n }; /* zlib only reads from it */
    uint64_t total = 0;
    if (n > UINT32_MAX / 2 || inflateInit_(&z, ZLIB_VERSION, (int)sizeof z) != Z_OK) return -1;
    int code = Z_OK;
    while (code == Z_OK && total <= most) {
        z.next_out = part;
        z.avail_out = sizeof part;
        code = inflate(&z, Z_SYNC_FLUSH);
        total += sizeof part - z.avail_out;
    }
    bool whole = code == Z_STREAM_END && !z.avail_in;
    inflateEnd(&z);
    return total > most ? (int64_t)most + 1 : whole ? (int64_t)total : -1;
}

/* Does a chunk as stored, `n` bytes, hold the `bytes` numbers it must? The filters are undone from
 * the last to the first. */
static inline bool loom_h5_chunk_is_whole(hid_t creation, const unsigned char *block, size_t n,
                                          uint64_t bytes)
{
    for (int i = H5Pget_nfilters(creation) - 1; i >= 0; i--) {
        unsigned flags = 0, config = 0;
        size_t values = 0;
        H5Z_filter_t id =
            H5Pget_filter2(creation, (unsigned)i, &flags, &values, NULL, 0, NULL, &config);
        if (id == H5Z_FILTER_FLETCHER32) {
            if (n < 4) return false;
            n -= 4;                            /* the checksum itself is for HDF5 to check */
        } else if (id == H5Z_FILTER_DEFLATE) { /* a checksum may have been made before, and been
                                                  deflated too */
            uint64_t expected = bytes;
            for (int k = 0; k < i; k++)
                expected +=
                    H5Pget_filter2(creation, (unsigned)k, &flags, &values, NULL, 0, NULL, &config)
                            == H5Z_FILTER_FLETCHER32
                        ? 4
                        : 0;
            if (loom_h5_inflated(block, n, expected) != (int64_t)expected) return false;
            return true;
        }
    }
    return n == bytes;
}

/* What is asked of one dataset. */
typedef struct loom_h5_set {
    hid_t set, space, creation;
    const loom_h5_map *map; /* of the file */
    int rank;
    hsize_t dim[H5S_MAX_RANK];
    size_t element; /* bytes of one number as stored */
    uint64_t bytes; /* of all of them */
} loom_h5_set;

static const char loom_h5_misled[] =
    "has its numbers where nothing but zeros are, and others have lost their place";

/* A chunk without filters. Its size and address are those that the file has for it: a look-up that
 * is linear in the number of chunks, which is why that is bounded. */
static inline const char *loom_h5_check_plain_chunk(const loom_h5_set *s, const hsize_t *at,
                                                    uint64_t bytes)
{
    unsigned mask = 0;
    haddr_t address = HADDR_UNDEF;
    hsize_t stored = 0;
    if (H5Dget_chunk_info_by_coord(s->set, at, &mask, &address, &stored) < 0
        || address == HADDR_UNDEF || mask || stored != bytes || stored > s->map->size
        || address > s->map->size - stored)
        return "has a chunk that is not where it must be";
    if (loom_h5_map_is_misled(s->map, address, stored)) return loom_h5_misled;
    /* reading goes by another look-up, which meets altered keys of the tree where this one does not
     */
    uint32_t skipped_filters = 0;
    unsigned char *block = malloc((size_t)stored);
    if (!block) return "has chunks too large for the memory there is";
    bool good = H5Dread_chunk(s->set, H5P_DEFAULT, at, &skipped_filters, block) >= 0;
    free(block);
    return good ? NULL : "has a chunk that is damaged";
}

/* A chunk behind filters: a look-up that is logarithmic in their number. What is read is as long as
 * this look-up says. */
static inline const char *loom_h5_check_packed_chunk(const loom_h5_set *s, const hsize_t *at,
                                                     uint64_t bytes)
{
    uint32_t skipped_filters = 0;
    hsize_t stored = 0;
    if (H5Dget_chunk_storage_size(s->set, at, &stored) < 0 || !stored || stored > s->map->size)
        return "has a chunk that is not where it must be";
    unsigned char *block = malloc((size_t)stored);
    if (!block) return "has chunks too large for the memory there is";
    bool good = H5Dread_chunk(s->set, H5P_DEFAULT, at, &skipped_filters, block) >= 0
                && !skipped_filters
                && loom_h5_chunk_is_whole(s->creation, block, (size_t)stored, bytes);
    free(block);
    return good ? NULL : "has a chunk that is damaged";
}

/* Shuffle keeps the bytes of a number in its own list of values, which has no checksum. */
static inline bool loom_h5_shuffle_fits(const loom_h5_set *s)
{
    int filters = H5Pget_nfilters(s->creation);
    for (int i = 0; i < filters; i++) {
        unsigned flags = 0, config = 0, value[1] = { 0 };
        size_t values = 1;
        H5Z_filter_t id =
            H5Pget_filter2(s->creation, (unsigned)i, &flags, &values, value, 0, NULL, &config);
        if (id == H5Z_FILTER_SHUFFLE && (values != 1 || value[0] != s->element)) return false;
    }
    return true;
}

enum { LOOM_H5_MAX_PLAIN_CHUNKS = 20000 };
/* Chunks may be larger than what they hold: those of a dataset that grows are. To read one number
 * its whole chunk is unpacked, though, and a kilobyte can stand for a megabyte of it: bytes of all
 * chunks beyond this many, and beyond sixteen times those of the numbers, are refused. */
#define LOOM_H5_MOST_EMPTY ((uint64_t)64 << 20)

/* Every chunk must have been written, with all filters, and hold what it must. */
static inline const char *loom_h5_check_chunks(const loom_h5_set *s)
{
    hsize_t chunk[H5S_MAX_RANK], at[H5S_MAX_RANK] = { 0 }, expected = 1, found = 0;
    uint64_t bytes = s->element;
    const char *fault = NULL;
    if (H5Pget_chunk(s->creation, s->rank, chunk) != s->rank)
        return "has chunks of another rank than it has itself";
    for (int k = 0; k < s->rank; k++)
        if (!chunk[k] || __builtin_mul_overflow(bytes, chunk[k], &bytes)
            || __builtin_mul_overflow(expected, (s->dim[k] + chunk[k] - 1) / chunk[k], &expected))
            return "has chunks of an impossible size";
    uint64_t room = 0;
    if (__builtin_mul_overflow(bytes, expected, &room)
        || (room > LOOM_H5_MOST_EMPTY && room / 16 > s->bytes))
        return "has chunks for far more numbers than it has";
    if (!loom_h5_shuffle_fits(s)) return "is shuffled as numbers of another size";
    if (H5Dget_num_chunks(s->set, s->space, &found) < 0 || found != expected)
        return "has not all of its chunks, or too many";
    bool plain = !H5Pget_nfilters(s->creation);
    if (plain && expected > LOOM_H5_MAX_PLAIN_CHUNKS)
        return "is cut into more than 20000 chunks without a filter; larger ones can be read";
    for (hsize_t k = 0; !fault && k < expected; k++) {
        fault = plain ? loom_h5_check_plain_chunk(s, at, bytes)
                      : loom_h5_check_packed_chunk(s, at, bytes);
        for (int axis = s->rank - 1; axis >= 0 && (at[axis] += chunk[axis]) >= s->dim[axis]; axis--)
            at[axis] = 0;
    }
    return fault;
}

static inline const char *loom_h5_check_contiguous(const loom_h5_set *s)
{
    haddr_t address = H5Dget_offset(s->set);
    if (s->bytes && (address == HADDR_UNDEF || !H5Dget_storage_size(s->set)))
        return "was never written";
    if (H5Dget_storage_size(s->set) != s->bytes || s->bytes > s->map->size
        || (s->bytes && address > s->map->size - s->bytes))
        return "has more or fewer numbers than its lengths say";
    return loom_h5_map_is_misled(s->map, address, s->bytes) ? loom_h5_misled : NULL;
}

static inline const char *loom_h5_check_lengths(loom_h5_set *s)
{
    hsize_t max[H5S_MAX_RANK];
    s->rank = H5Sget_simple_extent_dims(s->space, s->dim, max);
    s->bytes = s->element;
    if (s->rank < 0) return "cannot be opened";
    for (int k = 0; k < s->rank; k++) {
        if (__builtin_mul_overflow(s->bytes, s->dim[k], &s->bytes)) return "has impossible lengths";
        if (max[k] != s->dim[k] && max[k] != H5S_UNLIMITED)
            return "has other lengths than it was made for";
    }
    return NULL;
}

/* May the numbers of this dataset be read: are they in this file, all of them, and undamaged as far
 * as HDF5 lets one know? `element`: bytes of one as stored. NULL, or what is wrong, to follow
 * "dataset 'x' "; static. */
static inline const char *loom_h5_refusal(hid_t set, size_t element, const loom_h5_map *map)
{
    loom_h5_set s = { .set = set,
                      .space = H5Dget_space(set),
                      .creation = H5Dget_create_plist(set),
                      .map = map,
                      .element = element };
    const char *fault =
        s.space < 0 || s.creation < 0 ? "cannot be opened" : loom_h5_outside(s.creation);
    if (!fault) fault = loom_h5_check_lengths(&s);
    if (!fault) {
        H5D_layout_t layout = H5Pget_layout(s.creation);
        if (layout == H5D_CHUNKED) fault = loom_h5_check_chunks(&s);
        else if (layout == H5D_CONTIGUOUS) fault = loom_h5_check_contiguous(&s);
        else if (layout != H5D_COMPACT) fault = "is stored in a way that is not known";
        else if (H5Dget_storage_size(set) != s.bytes)
            fault = "has more or fewer numbers than its lengths say";
    }
    if (s.creation >= 0) H5Pclose(s.creation);
    if (s.space >= 0) H5Sclose(s.space);
    return fault;
}
#endif
