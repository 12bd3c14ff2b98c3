/* io/npz.c - the arrays of a .npz file, which is a ZIP archive; see npy.h.
 *
 * The list at the end of the archive says where the members are; each has a checksum of its
 * unpacked bytes, which is asked for (PKWARE, APPNOTE 6.3.10). */
#include "io/bytes.h"
#include "io/npy.h"
#include <stdio.h>
#include <zlib.h>

enum { MEMBER = 0x04034b50, ENTRY = 0x02014b50, END = 0x06054b50, END64 = 0x06064b50 };
enum { STORED = 0, DEFLATED = 8 };

typedef struct archive {
    loom_call *call;
    const char *where, *path;
    const unsigned char *b;
    size_t bytes, list; /* where the list of members begins */
    uint64_t members;
} archive;

typedef struct member {
    char name[256]; /* without .npy */
    unsigned method;
    bool encrypted;
    uint32_t crc;
    uint64_t packed, bytes, at; /* at: its local header */
} member;

static bool damaged(const archive *a, const char *what)
{
    a->call->host->fail(a->call, LOOM_E_IO, a->where, "'%s' is damaged: %s", a->path, what);
    return false;
}

/* The record at the very end, of 22 bytes without a comment, which NumPy never writes. Large
 * archives have their numbers in an older record before it. */
static bool find_list(archive *a)
{
    const unsigned char *b = a->b;
    if (a->bytes < 22 || io_u32(b + a->bytes - 22, false) != END)
        return damaged(a, "the list of its arrays is not at its end: it was cut short");
    const unsigned char *end = b + a->bytes - 22;
    uint64_t at = io_u32(end + 16, false), bytes = io_u32(end + 12, false), last = a->bytes - 22;
    a->members = io_u16(end + 10, false);
    if (at == UINT32_MAX || a->members == UINT16_MAX || bytes == UINT32_MAX) {
        if (a->bytes < 22 + 20 + 56 || io_u32(end - 76, false) != END64)
            return damaged(a, "the list of its arrays cannot be found");
        last -= 76;
        a->members = io_u64(end - 76 + 32, false);
        bytes = io_u64(end - 76 + 40, false);
        at = io_u64(end - 76 + 48, false);
    }
    if (at > last || bytes != last - at) return damaged(a, "the list of its arrays is misplaced");
    a->list = (size_t)at;
    return true;
}

/* Sizes beyond 4 GiB stand in an extra field of kind 1, in this order, those that are needed. */
static bool read_wide_sizes(const unsigned char *extra, size_t n, member *m)
{
    uint64_t *const wanted[] = { &m->bytes, &m->packed, &m->at };
    while (n >= 4) {
        size_t length = io_u16(extra + 2, false);
        if (length > n - 4) return false;
        if (io_u16(extra, false) == 1) {
            const unsigned char *at = extra + 4;
            for (int k = 0; k < 3; k++) {
                if (*wanted[k] != UINT32_MAX) continue;
                if (length < 8) return false;
                *wanted[k] = io_u64(at, false);
                at += 8;
                length -= 8;
            }
            return true;
        }
        extra += 4 + length;
        n -= 4 + length;
    }
    return m->bytes != UINT32_MAX && m->packed != UINT32_MAX && m->at != UINT32_MAX;
}

/* The entry of the list at *at, which moves to the next. */
static bool read_entry(const archive *a, size_t *at, member *m)
{
    const unsigned char *b = a->b + *at;
    size_t left = a->bytes - *at;
    if (left < 46 || io_u32(b, false) != ENTRY)
        return damaged(a, "the list of its arrays breaks off");
    size_t name = io_u16(b + 28, false), extra = io_u16(b + 30, false),
           comment = io_u16(b + 32, false);
    if (left - 46 < name + extra + comment || name >= sizeof m->name)
        return damaged(a, "the list of its arrays breaks off");
    *m = (member){ .method = io_u16(b + 10, false),
                   .encrypted = io_u16(b + 8, false) & 1,
                   .crc = io_u32(b + 16, false),
                   .packed = io_u32(b + 20, false),
                   .bytes = io_u32(b + 24, false),
                   .at = io_u32(b + 42, false) };
    memcpy(m->name, b + 46, name);
    for (size_t i = 0; i < name; i++)
        if ((unsigned char)m->name[i] < ' ') m->name[i] = '?';
    if (name > 4 && !strcmp(m->name + name - 4, ".npy")) m->name[name - 4] = 0;
    if (!read_wide_sizes(b + 46 + name, extra, m)) return damaged(a, "a member has no size");
    *at += 46 + name + extra + comment;
    return true;
}

static bool choose(const archive *a, const char *member_where, const char *wanted, member *out)
{
    char list[400] = "";
    size_t at = a->list;
    int found = 0;
    bool twice = false;
    for (uint64_t i = 0; i < a->members; i++) {
        member m;
        if (!read_entry(a, &at, &m)) return false;
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? ", " : "", m.name);
        size_t n = strlen(m.name);
        bool fits = !*wanted
                    || (!strncmp(m.name, wanted, n) && (!wanted[n] || !strcmp(wanted + n, ".npy")));
        twice = twice || (fits && found && !strcmp(out->name, m.name));
        if (fits && !found++) *out = m;
    }
    if (found == 1) return true;
    if (twice) return damaged(a, "two of its arrays have the same name");
    a->call->host->fail(a->call, LOOM_E_PARAM, member_where,
                        found ? "'%s' has several arrays%s%s: name one of: %s"
                              : "'%s' has no array %s%s; it has: %s",
                        a->path, found ? "" : "", found ? "" : wanted, list);
    return false;
}

static bool inflate_member(const unsigned char *src, const member *m, unsigned char *dst)
{
    z_stream z = { 0 };
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) return false;
    uint64_t in = m->packed, out = m->bytes;
    int code = Z_OK;
    z.next_in = (unsigned char *)src; /* zlib only reads from it */
    z.next_out = dst;
    while (code == Z_OK && (z.avail_in || z.avail_out || in || out)) {
        if (!z.avail_in) in -= z.avail_in = (uInt)(in < 1u << 30 ? in : 1u << 30);
        if (!z.avail_out) out -= z.avail_out = (uInt)(out < 1u << 30 ? out : 1u << 30);
        code = inflate(&z, Z_NO_FLUSH);
    }
    bool whole = code == Z_STREAM_END && !z.avail_in && !in && !z.avail_out && !out;
    inflateEnd(&z);
    return whole;
}

static uint32_t checksum(const unsigned char *b, uint64_t n)
{
    uLong crc = crc32(0, NULL, 0);
    for (uint64_t done = 0; done < n;) {
        uInt part = (uInt)(n - done < 1u << 30 ? n - done : 1u << 30);
        crc = crc32(crc, b + done, part);
        done += part;
    }
    return (uint32_t)crc;
}

/* Where a member's bytes are in the file; NULL after failing. */
static const unsigned char *find_member(const archive *a, const member *m)
{
    enum { MAX_RATIO = 1100 }; /* deflate packs no tighter than 1 : 1032 */
    const unsigned char *local = a->b + m->at;
    if (m->at > a->list || a->list - m->at < 30 || io_u32(local, false) != MEMBER)
        return damaged(a, "an array is not where the list says"), NULL;
    uint64_t head = 30u + io_u16(local + 26, false) + io_u16(local + 28, false);
    if (head > a->list - m->at || m->packed > a->list - m->at - head
        || (m->method == STORED && m->packed != m->bytes) || m->bytes / MAX_RATIO > m->packed)
        return damaged(a, "an array has an impossible size"), NULL;
    return local + head;
}

/* False after failing where it is packed in a way that NumPy does not use. */
static bool can_be_unpacked(const archive *a, const member *m)
{
    const loom_host *h = a->call->host;
    if (m->encrypted)
        return h->fail(a->call, LOOM_E_DATA, a->where,
                       "'%s' is encrypted; save it again without a password", a->path),
               false;
    if (m->method == STORED || m->method == DEFLATED) return true;
    h->fail(a->call, LOOM_E_DATA, a->where,
            "'%s' is packed by method %u; numpy.savez and savez_compressed write 0 and 8", a->path,
            m->method);
    return false;
}

static const unsigned char *unpack(const archive *a, const member *m)
{
    if (!can_be_unpacked(a, m)) return NULL;
    const unsigned char *src = find_member(a, m), *bytes = src;
    if (!src) return NULL;
    if (m->method == DEFLATED) {
        unsigned char *dst = a->call->host->scratch(a->call, (size_t)m->bytes + 1);
        if (!dst) return NULL;
        if (!inflate_member(src, m, dst)) return damaged(a, "an array cannot be unpacked"), NULL;
        bytes = dst;
    }
    if (checksum(bytes, m->bytes) == m->crc) return bytes;
    damaged(a, "the checksum of an array is wrong");
    return NULL;
}

const unsigned char *npz_member(loom_call *call, const char *where, const char *member_where,
                                const char *path, const unsigned char *b, size_t bytes,
                                const char *wanted, size_t *n)
{
    archive a = { .call = call, .where = where, .path = path, .b = b, .bytes = bytes };
    member m = { 0 };
    if (!find_list(&a) || !choose(&a, member_where, wanted, &m)) return NULL;
    *n = (size_t)m.bytes;
    return unpack(&a, &m);
}
