/* check/memory.c - memory that notices what is done to it: every array and every scratch between
 * pages that nobody may touch.
 *
 * A region is [guard pages][pages with the data][guard pages]. The data lie at the end of their
 * pages or at their beginning; 64 bytes of alignment may leave a margin between the data and the
 * guard, which is filled and looked at again. */
#include "check/inside.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { MOST_REGIONS = 4096, GUARD = 1 << 22, ROOM = 1 << 16, ALIGN = 64 };

typedef enum purpose { FOR_INPUT, FOR_OUTPUT, FOR_SCRATCH } purpose;

typedef struct region {
    char *base;          /* of the mapping; NULL: not in use */
    size_t whole;        /* bytes of the mapping */
    char *page, *data;   /* first page with data; the data */
    size_t pages, bytes; /* bytes of the pages with data; of the data */
    purpose purpose;
    check_layout layout;
    bool gone; /* released: nobody may touch it */
    char port[48], name[48];
} region;

static region regions[MOST_REGIONS];
static int region_count;
static check_layout layout;
static int scratch_byte, margin_byte;
static char first_overrun[256]; /* of the call under way; "" for none */

void check_memory_begin(check_layout how, int scratch_fill, int margin_fill)
{
    for (int i = 0; i < region_count; i++)
        if (regions[i].base && regions[i].gone) {
            munmap(regions[i].base, regions[i].whole);
            regions[i].base = NULL;
        }
    layout = how;
    scratch_byte = scratch_fill;
    margin_byte = margin_fill;
    *first_overrun = 0;
}

static size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

static region *free_place(void)
{
    for (int i = 0; i < region_count; i++)
        if (!regions[i].base) return &regions[i];
    if (region_count < MOST_REGIONS) return &regions[region_count++];
    for (int i = 0; i < region_count;
         i++) /* one that was released long ago need not be watched any more */
        if (regions[i].gone) {
            munmap(regions[i].base, regions[i].whole);
            return &regions[i];
        }
    return NULL;
}

static bool map(region *r)
{
    assert(r->bytes <= SIZE_MAX / 4);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    r->pages =
        layout == LAYOUT_ROOMY ? round_up(r->bytes, page) + 2 * ROOM : round_up(r->bytes, page);
    r->whole = r->pages + 2 * GUARD;
    r->base = mmap(NULL, r->whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (r->base == MAP_FAILED) {
        r->base = NULL;
        return false;
    }
    r->page = r->base + GUARD;
    if (r->pages && mprotect(r->page, r->pages, PROT_READ | PROT_WRITE)) {
        munmap(r->base, r->whole);
        r->base = NULL;
        return false;
    }
    size_t margin = layout == LAYOUT_ROOMY   ? ROOM
                    : layout == LAYOUT_START ? 0
                                             : (r->pages - r->bytes) / ALIGN * ALIGN;
    r->data = r->page + margin;
    return true;
}

static size_t margin_after(const region *r)
{
    assert(r->data + r->bytes <= r->page + r->pages);
    return (size_t)(r->page + r->pages - r->data) - r->bytes;
}

static void *take(size_t bytes, purpose why, const char *port, const char *name)
{
    assert(port && name);
    region *r = free_place();
    if (!r) return NULL;
    *r = (region){ .bytes = bytes, .purpose = why, .layout = layout };
    snprintf(r->port, sizeof r->port, "%s", port);
    snprintf(r->name, sizeof r->name, "%s", name);
    if (!map(r)) return NULL;
    if (layout == LAYOUT_END) memset(r->data + bytes, margin_byte, margin_after(r));
    if (why == FOR_SCRATCH && scratch_byte) memset(r->data, scratch_byte, bytes);
    return r->data;
}

void *check_memory_input(size_t bytes, const char *port, const char *name)
{
    return take(bytes, FOR_INPUT, port, name);
}
static void *take_array(size_t bytes, const char *port, const char *name)
{
    return take(bytes, FOR_OUTPUT, port, name);
}
static void *take_scratch(size_t bytes) { return take(bytes, FOR_SCRATCH, "", ""); }

static void describe(const region *r, char *out, size_t size)
{
    assert(size > 0);
    if (r->purpose == FOR_SCRATCH) snprintf(out, size, "a scratch of %zu bytes", r->bytes);
    else
        snprintf(out, size, "array '%s' of %s '%s'", r->name,
                 r->purpose == FOR_INPUT ? "input" : "output", r->port);
}

static void look_at_margin(const region *r)
{
    assert(r >= regions && r < regions + region_count);
    char what[160];
    if (!r->base || r->gone || r->layout != LAYOUT_END || *first_overrun) return;
    for (size_t k = 0; k < margin_after(r); k++) {
        if ((unsigned char)r->data[r->bytes + k] == (unsigned char)margin_byte) continue;
        describe(r, what, sizeof what);
        snprintf(first_overrun, sizeof first_overrun,
                 "it wrote past the end of %s, byte %zu after it", what, k + 1);
        return;
    }
}

bool check_memory_margins(text *why)
{
    for (int i = 0; i < region_count; i++) look_at_margin(&regions[i]);
    if (*first_overrun) text_puts(why, first_overrun);
    return !*first_overrun;
}

static region *region_of(const void *data)
{
    assert(data);
    for (int i = 0; i < region_count; i++)
        if (regions[i].base && !regions[i].gone && regions[i].data == data) return &regions[i];
    return NULL;
}

/* The addresses stay taken, so that a use after the release is noticed. */
void check_memory_release(void *data)
{
    region *r = region_of(data);
    if (!r) abort();
    look_at_margin(r);
    mmap(r->base, r->whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
         0);
    r->gone = true;
}

const host_memory check_memory = { take_array, take_scratch, check_memory_release };

void check_memory_protect_inputs(void)
{
    for (int i = 0; i < region_count; i++) {
        const region *r = &regions[i];
        if (r->base && !r->gone && r->purpose == FOR_INPUT && r->pages)
            mprotect(r->page, r->pages, PROT_READ);
    }
}

void check_memory_explain(const void *address, bool write, char *out, size_t size)
{
    assert(out && size);
    const char *at = address, *did = write ? "writing" : "reading";
    char what[160];
    for (int i = 0; i < region_count; i++) {
        const region *r = &regions[i];
        if (!r->base || at < r->base || at >= r->base + r->whole) continue;
        describe(r, what, sizeof what);
        if (r->gone) snprintf(out, size, " %s %s after its release", did, what);
        else if (at >= r->data + r->bytes)
            snprintf(out, size, " %s byte %zu past the end of %s", did,
                     (size_t)(at - r->data) - r->bytes + 1, what);
        else if (at < r->data)
            snprintf(out, size, " %s byte %zu before the start of %s", did, (size_t)(r->data - at),
                     what);
        else snprintf(out, size, " %s %s, which is read-only", did, what);
        return;
    }
    if (at < (const char *)65536)
        snprintf(out, size, " %s at address %zu: a NULL pointer", did, (size_t)at);
    else snprintf(out, size, " %s at an address that belongs to no array", did);
}
