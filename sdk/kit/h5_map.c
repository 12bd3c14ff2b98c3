/* kit/h5_map.c - see h5_map.h. Layouts are those of the HDF5 File Format Specification,
 * versions 1.1 to 3.0. */
#include "kit/h5_map.h"
#include "kit/byte_order.h"
#include "kit/h5_messages.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_OBJECTS = 20000, MAX_EXTENTS = 1 << 20, MAX_LEVELS = 16 };
enum { SYMBOL_ENTRY = 40, TREE_HEAD = 24, MESSAGE_HEAD = 8 };
enum {
    MESSAGE_LAYOUT = 0x08,
    MESSAGE_LINK_INFO = 0x02,
    MESSAGE_LINK = 0x06,
    MESSAGE_ATTRIBUTE_INFO = 0x15,
    MESSAGE_CONTINUATION = 0x10,
    MESSAGE_SYMBOL_TABLE = 0x11,
    MESSAGE_SHARED_TABLE = 0x0f
};
static const uint64_t undefined = UINT64_MAX;

/* little-endian, of `bytes` bytes */
static uint64_t number(const unsigned char *b, size_t bytes) { return loom_bits(b, bytes, false); }

static bool fail(loom_h5_map *m, const char *fault)
{
    assert(fault);
    if (!m->fault) m->fault = fault;
    return false;
}

static void *grown(void *array, size_t count, size_t *room, size_t element)
{
    assert(count <= *room && element > 0);
    if (count < *room) return array;
    *room = *room ? 2 * *room : 64;
    return realloc(array, *room * element);
}

/* `bytes` bytes at address `at` (counted from the base) are part of the file: where they are, or
 * NULL. */
static const unsigned char *claim(loom_h5_map *m, uint64_t at, uint64_t bytes)
{
    assert(m->base <= m->size);
    uint64_t room = m->size - m->base;
    if (at > room || bytes > room - at) {
        fail(m, "is cut short, or has an address beyond its end");
        return NULL;
    }
    /* this also ends the walk where a tree has one node as the child of many */
    if (__builtin_add_overflow(m->claimed, bytes, &m->claimed) || m->claimed > m->size) {
        fail(m, "has two parts in the same place");
        return NULL;
    }
    if (bytes) {
        loom_h5_extent *more =
            m->count < MAX_EXTENTS ? grown(m->extent, m->count, &m->room, sizeof *more) : NULL;
        if (!more) {
            m->complete = false; /* too many parts to check: what follows is left to the library */
            return m->bytes + m->base + at;
        }
        m->extent = more;
        m->extent[m->count++] = (loom_h5_extent){ m->base + at, bytes };
    }
    return m->bytes + m->base + at;
}

/* An object header to be read later, once. */
static bool note_object(loom_h5_map *m, uint64_t at)
{
    for (size_t i = 0; i < m->objects; i++)
        if (m->object[i] == at) return true;
    uint64_t *more = m->objects < MAX_OBJECTS
                         ? grown(m->object, m->objects, &m->object_room, sizeof *more)
                         : NULL;
    if (!more) {
        m->complete = false;
        return true;
    }
    m->object = more;
    m->object[m->objects++] = at;
    return true;
}

/* The library writes zeros behind the entries in use: anything else is an entry that was lost. */
static bool is_zero(const unsigned char *b, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        if (b[i]) return false;
    return true;
}

/* ---- groups ---------------------------------------------------------------------------------- */

static bool map_symbols(loom_h5_map *m, uint64_t at)
{
    const unsigned char *b = claim(m, at, 8 + 2 * m->leaf_k * (uint64_t)SYMBOL_ENTRY);
    if (!b) return false;
    unsigned n = (unsigned)number(b + 6, 2);
    if (memcmp(b, "SNOD", 4) != 0 || b[4] != 1 || n > 2 * m->leaf_k
        || !is_zero(b + 8 + (uint64_t)n * SYMBOL_ENTRY,
                    (2 * m->leaf_k - n) * (uint64_t)SYMBOL_ENTRY))
        return fail(m, "has a damaged list of names");
    for (unsigned i = 0; i < n; i++) {
        const unsigned char *entry = b + 8 + (uint64_t)i * SYMBOL_ENTRY;
        if (number(entry + 16, 4) == 2) continue; /* a soft link: no object of its own */
        if (!note_object(m, number(entry + 8, 8))) return false;
    }
    return true;
}

/* Addresses behind the n entries in use of a list of names, to be looked at when all is claimed:
 * one that nothing else has was lost. */
static bool note_stale(loom_h5_map *m, const unsigned char *b, unsigned n)
{
    enum { ENTRY = 16 };
    for (unsigned i = n; i < 2 * m->group_k; i++) {
        uint64_t child = number(b + TREE_HEAD + i * ENTRY + 8, 8);
        if (!child) continue;
        if (m->stales == LOOM_H5_MAX_STALE) return false;
        m->stale[m->stales++] = child;
    }
    return true;
}

/* A node of a B-tree of version 1; what its children are is the kind's (0: names of a group, 1:
 * chunks of a dataset). */
static bool map_tree(loom_h5_map *m, uint64_t at, int kind, int level, int rank)
{
    if (at == undefined) return true;
    unsigned k = kind ? m->chunk_k : m->group_k;
    uint64_t key = kind ? 8 + 8 * ((uint64_t)rank + 1) : 8;
    uint64_t bytes = TREE_HEAD + (2 * k + 1) * key + 2 * k * UINT64_C(8);
    const unsigned char *b = claim(m, at, bytes);
    if (!b) return false;
    unsigned n = (unsigned)number(b + 6, 2);
    if (memcmp(b, "TREE", 4) != 0 || b[4] != kind || b[5] > MAX_LEVELS
        || (level >= 0 && b[5] != level) || n > 2 * k
        || (!is_zero(b + TREE_HEAD + n * (key + 8) + key, (2 * k - n) * (key + 8))
            && (kind || !note_stale(m, b, n))))
        return fail(m, "has a damaged tree of addresses");
    for (unsigned i = 0; i < n; i++) {
        const unsigned char *entry = b + TREE_HEAD + i * (key + 8);
        uint64_t child = number(entry + key, 8);
        bool good = b[5]   ? map_tree(m, child, kind, b[5] - 1, rank)
                    : kind ? claim(m, child, number(entry, 4)) != NULL
                           : map_symbols(m, child);
        if (!good) return false;
    }
    return true;
}

static bool map_group(loom_h5_map *m, uint64_t tree, uint64_t heap)
{
    const unsigned char *b = claim(m, heap, 32);
    if (!b) return false;
    if (memcmp(b, "HEAP", 4) != 0 || b[4]) return fail(m, "has a damaged heap of names");
    return claim(m, number(b + 24, 8), number(b + 8, 8)) && map_tree(m, tree, 0, -1, 0);
}

/* ---- objects --------------------------------------------------------------------------------- */

/* Where a dataset has its numbers. Versions above 3 come with headers that have checksums. */
static bool map_layout(loom_h5_map *m, const unsigned char *b, uint64_t n)
{
    if (n < 18 || (b[0] == 3 && b[1] == 0)) return true; /* in the header itself */
    if (b[0] == 3 && b[1] == 1) {
        uint64_t at = number(b + 2, 8);
        return at == undefined || claim(m, at, number(b + 10, 8));
    }
    if (b[0] == 3 && b[1] == 2) return map_tree(m, number(b + 3, 8), 1, -1, b[2] - 1);
    m->complete = false;
    return true;
}

static bool map_messages(loom_h5_map *m, const unsigned char *b, uint64_t n, unsigned *left,
                         int depth);

static bool map_message(loom_h5_map *m, unsigned type, const unsigned char *b, uint64_t n,
                        unsigned *left, int depth)
{
    if (!loom_h5_message_fits(type, b, n)) return fail(m, "has a damaged object header");
    switch (type) {
    case MESSAGE_LAYOUT: return map_layout(m, b, n);
    case MESSAGE_SYMBOL_TABLE:
        return n < 16 ? fail(m, "has a damaged group")
                      : map_group(m, number(b, 8), number(b + 8, 8));
    case MESSAGE_CONTINUATION: {
        uint64_t bytes = n < 16 ? 0 : number(b + 8, 8);
        const unsigned char *block =
            n < 16 || depth > MAX_LEVELS ? NULL : claim(m, number(b, 8), bytes);
        return block ? map_messages(m, block, bytes, left, depth + 1)
                     : fail(m, "has a damaged object header");
    }
    case MESSAGE_LINK_INFO:
    case MESSAGE_LINK:
    case MESSAGE_ATTRIBUTE_INFO:
    case MESSAGE_SHARED_TABLE: m->complete = false; return true;
    default: return true;
    }
}

static bool map_messages(loom_h5_map *m, const unsigned char *b, uint64_t n, unsigned *left,
                         int depth)
{
    assert(*left <= UINT16_MAX && depth >= 0);
    uint64_t at = 0;
    while (*left && n - at >= MESSAGE_HEAD) {
        --*left;
        uint64_t bytes = number(b + at + 2, 2);
        if (bytes > n - at - MESSAGE_HEAD) return fail(m, "has a damaged object header");
        if (b[at + 4] & 2) m->complete = false; /* shared: its content is elsewhere */
        else if (!map_message(m, (unsigned)number(b + at, 2), b + at + MESSAGE_HEAD, bytes, left,
                              depth))
            return false;
        at += MESSAGE_HEAD + bytes;
    }
    return true;
}

static bool map_object(loom_h5_map *m, uint64_t at)
{
    uint64_t room = m->size - m->base;
    if (at > room || room - at < 16)
        return fail(m, "is cut short, or has an address beyond its end");
    const unsigned char *b = m->bytes + m->base + at;
    if (!memcmp(b, "OHDR", 4)) { /* has a checksum */
        m->complete = false;
        return true;
    }
    if (b[0] != 1) return fail(m, "has a damaged object header");
    unsigned messages = (unsigned)number(b + 2, 2);
    uint64_t bytes = number(b + 8, 4);
    b = claim(m, at, 16 + bytes);
    return b && (map_messages(m, b + 16, bytes, &messages, 0))
           && (!messages || fail(m, "has an object header that ends early"));
}

/* ---- the file -------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const loom_h5_extent *x = a, *y = b;
    return x->at != y->at ? (x->at > y->at) - (x->at < y->at)
                          : (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

/* Heaps that texts of variable length lie in are reached from those texts alone: here they are
 * known by their first bytes. */
static void claim_heaps(loom_h5_map *m)
{
    static const unsigned char begin[8] = "GCOL\1\0\0";
    size_t parts = m->count;
    for (size_t i = 0; i < parts; i++) {
        uint64_t at = m->extent[i].at + m->extent[i].bytes,
                 end = i + 1 < parts ? m->extent[i + 1].at : m->size;
        const unsigned char *b;
        while (at < end && (b = memmem(m->bytes + at, end - at, begin, sizeof begin))) {
            uint64_t bytes = end - (uint64_t)(b - m->bytes) >= 16 ? number(b + 8, 8) : 0;
            at = (uint64_t)(b - m->bytes);
            if (bytes < 16 || bytes > end - at) break;
            claim(m, at - m->base, bytes);
            at += bytes;
        }
    }
}

static bool check_overlaps(loom_h5_map *m)
{
    if (m->count) qsort(m->extent, m->count, sizeof *m->extent, by_place);
    for (size_t i = 1; i < m->count; i++)
        if (m->extent[i].at - m->extent[i - 1].at < m->extent[i - 1].bytes)
            return fail(m, "has two parts in the same place");
    return true;
}

static bool is_claimed(const loom_h5_map *m, uint64_t at, uint64_t end);

static void check_stale(loom_h5_map *m)
{
    for (size_t i = 0; i < m->stales; i++) {
        uint64_t at = m->base + m->stale[i];
        if (m->stale[i] >= m->size - m->base || !is_claimed(m, at, at + 1))
            fail(m, "has a damaged tree of addresses");
    }
}

/* The superblock is at 0, 512, 1024, ... */
static bool find_superblock(loom_h5_map *m)
{
    for (m->base = 0; m->base + 96 <= m->size; m->base = m->base ? 2 * m->base : 512)
        if (!memcmp(m->bytes + m->base, "\x89HDF\r\n\x1a\n", 8)) return true;
    return fail(m, "is not HDF5, or its beginning is damaged");
}

static bool map_superblock(loom_h5_map *m)
{
    const unsigned char *b = m->bytes + m->base, *rest = b + (b[8] ? 28 : 24);
    if (b[9] || b[10] || b[12] || b[13] != 8 || b[14] != 8)
        return fail(m, "has a superblock of an unknown kind");
    m->leaf_k = (unsigned)number(b + 16, 2);
    m->group_k = (unsigned)number(b + 18, 2);
    m->chunk_k = b[8] ? (unsigned)number(b + 24, 2) : 32;
    if (number(rest, 8) != m->base) return fail(m, "has a superblock that is not where it was");
    if (number(rest + 16, 8) != m->size)
        return fail(m,
                    number(rest + 16, 8) > m->size ? "is cut short" : "has bytes behind its end");
    if (number(rest + 24, 8) != undefined) m->complete = false; /* a driver's block */
    claim(m, 0, (uint64_t)(rest - b) + 32 + SYMBOL_ENTRY);
    return note_object(m, number(rest + 40, 8));
}

const char *loom_h5_map_make(loom_h5_map *m, const unsigned char *bytes, size_t size)
{
    assert(bytes && size);
    *m = (loom_h5_map){ .bytes = bytes, .size = size, .complete = true };
    if (!find_superblock(m) || bytes[m->base + 8] > 1) return m->fault;
    m->old = true;
    if (!map_superblock(m)) return m->fault;
    while (m->done < m->objects)
        if (!map_object(m, m->object[m->done++])) return m->fault;
    if (check_overlaps(m)) {
        claim_heaps(m);
        if (check_overlaps(m)) check_stale(m);
    }
    return m->fault;
}

void loom_h5_map_free(loom_h5_map *m)
{
    free(m->extent);
    free(m->object);
    *m = (loom_h5_map){ 0 };
}

/* ---- numbers without an address -------------------------------------------------------------- */

/* Does [at, end) touch a part of the file? */
static bool is_claimed(const loom_h5_map *m, uint64_t at, uint64_t end)
{
    assert(at <= end);
    size_t low = 0, high = m->count;
    while (low < high) { /* the first extent that ends behind `at` */
        size_t middle = (low + high) / 2;
        if (m->extent[middle].at + m->extent[middle].bytes <= at) low = middle + 1;
        else high = middle;
    }
    return low < m->count && m->extent[low].at < end;
}

/* What lies in [from, end) and not in [other, other + bytes). */
static loom_h5_extent without(uint64_t from, uint64_t other, uint64_t bytes)
{
    assert(bytes > 0);
    if (other <= from && from < other + bytes)
        return (loom_h5_extent){ .at = other + bytes, .bytes = from - other }; /* the end of it */
    if (other > from && other < from + bytes)
        return (loom_h5_extent){ .at = from, .bytes = other - from };
    return (loom_h5_extent){ .at = from, .bytes = bytes };
}

bool loom_h5_map_is_misled(const loom_h5_map *m, uint64_t at, uint64_t bytes)
{
    if (!m->old || !m->complete || !bytes || at < m->base) return false;
    for (int bit = 0; bit < 63; bit++) {
        uint64_t other = m->base + ((at - m->base) ^ UINT64_C(1) << bit);
        if (other >= m->size || bytes > m->size - other) continue;
        loom_h5_extent here = without(at, other, bytes), there = without(other, at, bytes);
        if (is_zero(m->bytes + here.at, here.bytes)
            && !is_claimed(m, there.at, there.at + there.bytes)
            && !is_zero(m->bytes + there.at, there.bytes))
            return true;
    }
    return false;
}
