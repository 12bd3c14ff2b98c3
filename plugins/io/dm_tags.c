/* io/dm_tags.c - see dm_tags.h. What is known of the format was found out by its users:
 * https://imagejdocu.list.lu, the pages of Egerton's and of Potapov's groups. */
#include "io/dm_tags.h"
#include "io/bytes.h"
#include <math.h>
#include <stdio.h>

enum { END = 0, GROUP = 20, DATA = 21 };       /* what an entry of a group is */
enum { STRUCT = 15, STRING = 18, ARRAY = 20 }; /* how data are put together */
enum { MAX_INFO = 128 };                       /* numbers that describe one tag's data */

size_t dm_type_bytes(dm_type type)
{
    static const uint8_t bytes[] = { 0, 0, 2, 4, 2, 4, 4, 8, 1, 1, 1, 8, 8 };
    return (unsigned)type < sizeof bytes ? bytes[type] : 0;
}

bool dm_begins(const unsigned char *head, size_t n, bool *wide, bool *big)
{
    if (n < 32) return false;
    uint32_t version = io_u32(head, true);
    size_t at = version == 4 ? 12 : 8;
    *wide = version == 4;
    uint32_t little = io_u32(head + at, true);
    *big = !little;
    /* then the root group: sorted, open */
    return (version == 3 || version == 4) && little <= 1 && head[at + 4] <= 1 && head[at + 5] <= 1;
}

/* ---- bytes ----------------------------------------------------------------------------------- */

static bool damaged(const dm_walk *w, const char *what)
{
    return io_fail(w->source, LOOM_E_IO, "is damaged or was cut short: at byte %llu %s",
                   (unsigned long long)w->at, what);
}

/* The next n bytes (at most a window). NULL after failing. */
static const unsigned char *take(dm_walk *w, uint64_t n)
{
    if (w->at > w->source->size || n > w->source->size - w->at)
        return damaged(w, "it ends within a tag"), NULL;
    if (w->at < w->window_at || w->at + n > w->window_at + w->window_n) {
        uint64_t left = w->source->size - w->at;
        w->window_at = w->at;
        w->window_n = left < sizeof w->window ? left : sizeof w->window;
        if (!io_read_at(w->source, w->at, w->window_n, w->window)) return NULL;
    }
    const unsigned char *b = w->window + (w->at - w->window_at);
    w->at += n;
    return b;
}

static bool skip(dm_walk *w, uint64_t n)
{
    if (n > w->source->size - w->at) return damaged(w, "the data of a tag reach beyond its end");
    w->at += n;
    return true;
}

/* A length, of 4 or 8 bytes. */
static bool take_length(dm_walk *w, uint64_t *out)
{
    const unsigned char *b = take(w, w->wide ? 8 : 4);
    if (b) *out = w->wide ? io_u64(b, true) : io_u32(b, true);
    return b != NULL;
}

static double number_of(const unsigned char *b, dm_type type, bool big)
{
    double v;
    uint64_t bits;
    switch (type) {
    case DM_INT16: return (int16_t)io_u16(b, big);
    case DM_INT32: return (int32_t)io_u32(b, big);
    case DM_UINT16: return io_u16(b, big);
    case DM_UINT32: return io_u32(b, big);
    case DM_FLOAT: return (double)io_f32(b, big);
    case DM_INT64: return (double)(int64_t)io_u64(b, big);
    case DM_UINT64: return (double)io_u64(b, big);
    case DM_DOUBLE:
        bits = io_u64(b, big);
        memcpy(&v, &bits, sizeof v);
        return v;
    default: return *b;
    }
}

/* ---- data of one tag ------------------------------------------------------------------------- */

/* The bytes of one structure described at info[from]: 15, length of its name, fields, and for each
 * field the length of its name and its type. 0 after failing. *used: numbers of the description. */
static uint64_t struct_bytes(const dm_walk *w, const uint64_t *info, uint64_t n, uint64_t *used)
{
    uint64_t bytes = 0, fields = n >= 3 ? info[2] : 0;
    if (!fields || fields > MAX_INFO / 2 || 3 + 2 * fields > n)
        return damaged(w, "a structure is described wrongly"), 0;
    for (uint64_t i = 0; i < fields; i++) {
        uint64_t type = info[4 + 2 * i];
        size_t of_field = type < 16 ? dm_type_bytes((dm_type)type) : 0;
        if (!of_field) return damaged(w, "a structure has a field of an unknown type"), 0;
        bytes += of_field;
    }
    *used = 3 + 2 * fields;
    return bytes;
}

static bool take_array(dm_walk *w, const uint64_t *info, uint64_t n)
{
    uint64_t used = 1, element, bytes;
    bool plain = n == 3 && info[1] < 16 && (element = dm_type_bytes((dm_type)info[1])) != 0;
    if (!plain
        && (n < 2 || info[1] != STRUCT || !(element = struct_bytes(w, info + 1, n - 2, &used))))
        return n >= 2 && info[1] == STRUCT ? false : damaged(w, "an array is described wrongly");
    uint64_t count = info[n - 1];
    if ((!plain && used + 2 != n) || __builtin_mul_overflow(count, element, &bytes))
        return damaged(w, "an array is described wrongly");
    w->tag.type = plain ? (dm_type)info[1] : (dm_type)0;
    w->tag.array = true;
    w->tag.at = w->at;
    w->tag.count = count;
    return skip(w, bytes) && (!plain || w->found(w->user, &w->tag));
}

static bool take_single(dm_walk *w, uint64_t type)
{
    size_t bytes = type < 16 ? dm_type_bytes((dm_type)type) : 0;
    w->tag.type = (dm_type)type;
    w->tag.array = false;
    w->tag.at = w->at;
    w->tag.count = 1;
    if (!bytes) return damaged(w, "a tag has an unknown type");
    const unsigned char *b = take(w, bytes);
    if (!b) return false;
    w->tag.number = number_of(b, w->tag.type, w->big);
    return w->found(w->user, &w->tag);
}

static bool take_data(dm_walk *w)
{
    uint64_t info[MAX_INFO], n, used;
    const unsigned char *mark = take(w, 4);
    if (!mark) return false;
    if (memcmp(mark, "%%%%", 4) != 0) return damaged(w, "the mark of a tag's data is not there");
    if (!take_length(w, &n)) return false;
    if (!n || n > MAX_INFO) return damaged(w, "a tag is described wrongly");
    for (uint64_t i = 0; i < n; i++)
        if (!take_length(w, &info[i])) return false;
    switch (info[0]) {
    case ARRAY: return take_array(w, info, n);
    case STRING: return n == 2 ? skip(w, info[1]) : damaged(w, "a text is described wrongly");
    case STRUCT: {
        uint64_t bytes = struct_bytes(w, info, n, &used);
        return bytes && (used == n || damaged(w, "a structure is described wrongly"))
               && skip(w, bytes);
    }
    default: return n == 1 ? take_single(w, info[0]) : damaged(w, "a tag is described wrongly");
    }
}

/* ---- groups ---------------------------------------------------------------------------------- */

static bool take_group(dm_walk *w);

static bool take_name(dm_walk *w, int64_t index)
{
    const unsigned char *b = take(w, 2);
    if (!b) return false;
    size_t n = io_u16(b, true);
    if (n > 4096) return damaged(w, "the name of a tag is too long");
    if (!(b = take(w, n))) return false;
    int level = w->tag.depth - 1;
    snprintf(w->tag.name[level], DM_NAME, "%.*s", (int)(n < DM_NAME ? n : DM_NAME - 1),
             (const char *)b);
    w->tag.index[level] = index;
    return true;
}

static bool take_entry(dm_walk *w, int64_t index)
{
    const unsigned char *b = take(w, 1);
    if (!b) return false;
    int kind = *b;
    uint64_t bytes = 0, begin;
    if (kind != GROUP && kind != DATA) return damaged(w, "there is neither a group nor a tag");
    if (!take_name(w, index)) return false;
    if (w->wide && !take_length(w, &bytes)) return false;
    begin = w->at;
    if (!(kind == GROUP ? take_group(w) : take_data(w))) return false;
    return !w->wide || w->at - begin == bytes
           || damaged(w, "a tag has another length than it says");
}

static bool take_group(dm_walk *w)
{
    uint64_t n;
    if (!take(w, 2) || !take_length(w, &n)) return false; /* sorted, open */
    if (n > w->source->size - w->at) return damaged(w, "a group has an impossible number of tags");
    if (w->tag.depth == DM_MAX_DEPTH) return damaged(w, "groups are nested too deeply");
    w->tag.depth++;
    for (uint64_t i = 0; i < n; i++)
        if (!take_entry(w, (int64_t)i)) return false;
    w->tag.depth--;
    return true;
}

bool dm_walk_tags(dm_walk *w)
{
    w->at = w->wide ? 16 : 12;
    w->window_n = 0;
    w->tag.depth = 0;
    if (!take_group(w)) return false;
    if (w->source->size - w->at > 64) return damaged(w, "more follows than the tags");
    for (const unsigned char *b; w->at < w->source->size;) {
        if (!(b = take(w, 1))) return false;
        if (*b) return damaged(w, "more follows than the tags");
    }
    return true;
}

bool dm_is_at(const dm_tag *tag, const char *path)
{
    for (int level = 0; level < tag->depth; level++) {
        size_t n = strcspn(path, "/");
        bool any = n == 1 && *path == '*';
        if (!*path
            || (!any && (strlen(tag->name[level]) != n || memcmp(tag->name[level], path, n) != 0)))
            return false;
        path += n + (path[n] == '/');
    }
    return !*path;
}
