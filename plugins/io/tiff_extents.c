/* io/tiff_extents.c - which bytes of the file belong to what; see tiff.h. An offset that was
 * changed points into something else, and a page that the list has lost leaves bytes that belong to
 * nothing. */
#include "io/tiff.h"
#include <stdlib.h>
#include <string.h>

bool tiff_add_extent(const tiff_source *s, tiff_extents *x, tiff_extent e)
{
    const loom_host *h = s->call->host;
    if (!e.bytes) return true;
    if (x->n == x->room) {
        size_t room = 2 * x->room + 1024;
        tiff_extent *more = h->scratch(s->call, room * sizeof *more);
        if (!more) return false;
        if (x->n) memcpy(more, x->v, x->n * sizeof *more);
        h->release(s->call, x->v);
        x->v = more;
        x->room = room;
    }
    x->v[x->n++] = e;
    return true;
}

/* The chunks whose places and sizes these entries list. */
static bool add_chunks(const tiff_source *s, tiff_extents *x, const tiff_entry *offsets,
                       const tiff_entry *counts, int64_t page)
{
    const loom_host *h = s->call->host;
    if (!offsets || !counts || offsets->count != counts->count)
        return true; /* no page that is read */
    uint64_t n = offsets->count;
    uint64_t *at = h->scratch(s->call, 2 * n * sizeof *at);
    bool good = at && tiff_values(s, offsets, at) && tiff_values(s, counts, at + n);
    for (uint64_t i = 0; good && i < n; i++)
        good = tiff_add_extent(
            s, x, (tiff_extent){ at[i], at[n + i], (uint32_t)page, TIFF_EXTENT_PIXELS });
    h->release(s->call, at);
    return good;
}

static bool add_own(const tiff_source *s, tiff_extents *x, const tiff_directory *d, int64_t page)
{
    uint32_t p = (uint32_t)page;
    bool good = tiff_add_extent(s, x, (tiff_extent){ d->at, d->bytes, p, TIFF_EXTENT_DIRECTORY });
    for (int i = 0; good && i < d->n; i++)
        if (d->entry[i].outside)
            good = tiff_add_extent(
                s, x, (tiff_extent){ d->entry[i].at, d->entry[i].bytes, p, TIFF_EXTENT_VALUES });
    return good
           && add_chunks(s, x, tiff_find(d, TIFF_STRIP_OFFSETS), tiff_find(d, TIFF_STRIP_COUNTS),
                         page)
           && add_chunks(s, x, tiff_find(d, TIFF_TILE_OFFSETS), tiff_find(d, TIFF_TILE_COUNTS),
                         page);
}

/* Directories that one of these tags points to: smaller copies of the image, notes of cameras. */
static bool add_below(const tiff_source *s, tiff_extents *x, const tiff_directory *d, int64_t page)
{
    enum { MAX_BELOW = 64 };
    static const uint16_t tags[] = { TIFF_SUB_IFDS, TIFF_EXIF, TIFF_GPS };
    uint64_t at[MAX_BELOW];
    bool good = true;
    for (size_t t = 0; good && t < sizeof tags / sizeof *tags; t++) {
        const tiff_entry *e = tiff_find(d, tags[t]);
        if (!e || e->count > MAX_BELOW) continue;
        tiff_directory *below = s->call->host->scratch(s->call, sizeof *below);
        good = below && tiff_values(s, e, at);
        for (uint64_t i = 0; good && i < e->count; i++)
            good = tiff_read_directory(s, at[i], page, below) && add_own(s, x, below, page);
        s->call->host->release(s->call, below);
    }
    return good;
}

bool tiff_add_directory(const tiff_source *s, tiff_extents *x, const tiff_directory *d,
                        int64_t page)
{
    return add_own(s, x, d, page) && add_below(s, x, d, page);
}

static int by_place(const void *a, const void *b)
{
    const tiff_extent *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return x->bytes < y->bytes ? -1 : x->bytes > y->bytes;
}

static const char *name_of(tiff_extent_kind kind)
{
    static const char *const names[] = { "header of the file", "directory", "tags", "pixels" };
    return names[kind];
}

/* Values may be shared, by pages that have the same description; nothing else may. */
static bool overlap(const tiff_source *s, const tiff_extent *a, const tiff_extent *b)
{
    if (a->kind == TIFF_EXTENT_VALUES && b->kind == TIFF_EXTENT_VALUES) return true;
    return tiff_fail(s, b->page,
                     "its %s and the %s of page %u lie at the same place (byte %llu): the "
                     "file is damaged",
                     name_of(b->kind), name_of(a->kind), a->page, (unsigned long long)b->at);
}

/* Does the gap only bring what follows to a round place? */
static bool is_padding(const tiff_source *s, uint64_t at, uint64_t bytes)
{
    enum { MAX_ALIGNMENT = 4096, ROUND = 256 };
    static const unsigned char zeros[MAX_ALIGNMENT];
    unsigned char b[MAX_ALIGNMENT];
    if (bytes < 16) return true;
    return bytes < MAX_ALIGNMENT && (at + bytes) % ROUND == 0 && tiff_bytes(s, at, bytes, b)
           && !memcmp(b, zeros, bytes);
}

/* From where one thing ends to where the next begins, or the file ends. */
static bool check_gap(const tiff_source *s, uint64_t at, uint64_t next, uint64_t spare)
{
    if (next < at + spare || is_padding(s, at, next - at)) return true;
    return tiff_fail(
        s, 0,
        "the %llu bytes from byte %llu on belong to no page, as many as a page has: "
        "the list of pages has lost some, or a program left them behind ('lenient: true' "
        "reads the pages that are listed)",
        (unsigned long long)(next - at), (unsigned long long)at);
}

bool tiff_check_extents(const tiff_source *s, tiff_extents *x, uint64_t spare)
{
    uint64_t end = 0;
    const tiff_extent *last = NULL;
    if (s->lenient) return true;
    for (size_t i = 0; i < x->n; i++) {
        const tiff_extent *e = &x->v[i];
        if (e->bytes > s->size || e->at > s->size - e->bytes)
            return tiff_fail(s, e->page,
                             "its %s at byte %llu reach beyond the end of the file (%llu "
                             "bytes): it was cut short, or is damaged",
                             name_of(e->kind), (unsigned long long)e->at,
                             (unsigned long long)s->size);
    }
    if (x->n) qsort(x->v, x->n, sizeof *x->v, by_place);
    for (size_t i = 0; i < x->n; i++) {
        const tiff_extent *e = &x->v[i];
        if (last && e->at < end && !overlap(s, last, e)) return false;
        if (e->at > end && !check_gap(s, end, e->at, spare)) return false;
        if (e->at + e->bytes <= end) continue;
        end = e->at + e->bytes;
        last = e;
    }
    return check_gap(s, end, s->size, spare);
}
