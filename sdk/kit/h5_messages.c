/* kit/h5_messages.c - see h5_messages.h. Layouts are those of the HDF5 File Format Specification.
 */
#include "kit/byte_order.h"
#include "kit/h5_messages.h"
#include <assert.h>
#include <stddef.h>
#include <string.h>

enum { MAX_RANK = 32, MAX_NESTING = 16 };

/* What is left of a message; NULL once something did not fit. */
typedef struct part {
    const unsigned char *at;
    uint64_t left;
} part;

/* little-endian, of `bytes` bytes */
static uint64_t number(const unsigned char *b, size_t bytes) { return loom_bits(b, bytes, false); }

static uint64_t padded(uint64_t n) { return (n + 7) / 8 * 8; }

static bool skip(part *p, uint64_t n)
{
    if (n > p->left) return false;
    p->at += n;
    p->left -= n;
    return true;
}

/* A text with its NUL, to a multiple of 8 bytes where `pad`. */
static bool skip_text(part *p, bool pad)
{
    uint64_t n = p->left ? strnlen((const char *)p->at, p->left) + 1 : 1;
    return n <= p->left && skip(p, pad ? padded(n) : n);
}

/* ---- how many, and of what ------------------------------------------------------------------- */

static bool skip_space(part *p, uint64_t *points)
{
    if (p->left < 4) return false;
    const unsigned char *b = p->at;
    unsigned rank = b[1], lists = 1u + (b[2] & 1) + (b[2] >> 1 & 1);
    uint64_t head = b[0] == 1 ? 8 : 4;
    if (b[0] < 1 || b[0] > 2 || rank > MAX_RANK || !skip(p, head + 8ull * rank * lists))
        return false;
    *points = b[0] == 2 && b[3] == 2 ? 0 : 1;
    for (unsigned k = 0; k < rank; k++)
        if (__builtin_mul_overflow(*points, number(b + head + 8 * k, 8), points)) return false;
    return true;
}

static bool skip_type(part *p, uint64_t *size, int depth);

/* Name, place and type of each member. */
static bool skip_members(part *p, unsigned version, unsigned members, uint64_t whole, int depth)
{
    uint64_t size, offset_bytes = 4;
    if (version == 3)
        for (offset_bytes = 1; offset_bytes < 8 && whole >> (8 * offset_bytes);) offset_bytes++;
    for (unsigned k = 0; k < members; k++) {
        if (!skip_text(p, version < 3) || p->left < offset_bytes) return false;
        uint64_t offset = number(p->at, offset_bytes);
        if (!skip(p, offset_bytes + (version == 1 ? 28 : 0)) || !skip_type(p, &size, depth + 1))
            return false;
        if (offset > whole || size > whole - offset) return false;
    }
    return true;
}

static bool skip_choices(part *p, unsigned version, unsigned choices, int depth)
{
    uint64_t size;
    if (!skip_type(p, &size, depth + 1)) return false;
    for (unsigned k = 0; k < choices; k++)
        if (!skip_text(p, version < 3)) return false;
    return size <= 8 && skip(p, choices * size);
}

static bool skip_array(part *p, unsigned version, int depth)
{
    uint64_t size;
    if (!p->left || p->at[0] > MAX_RANK) return false;
    uint64_t lists = version < 3 ? 2 : 1, head = version < 3 ? 4 : 1;
    return skip(p, head + 4ull * p->at[0] * lists) && skip_type(p, &size, depth + 1);
}

static bool skip_type(part *p, uint64_t *size, int depth)
{
    assert(depth >= 0);
    enum { FIXED, FLOATING, TIME, TEXT, BITS, OPAQUE, COMPOUND, REFERENCE, ENUM, VARIABLE, ARRAY };
    uint64_t base;
    if (p->left < 8 || depth > MAX_NESTING) return false;
    unsigned class = p->at[0] & 15, version = p->at[0] >> 4, count = (unsigned)number(p->at + 1, 2);
    *size = number(p->at + 4, 4);
    skip(p, 8);
    if (version < 1 || version > 3 || !*size) return false;
    switch (class) {
    case FIXED:
    case BITS: return skip(p, 4);
    case FLOATING: return skip(p, 12);
    case TIME: return skip(p, 2);
    case TEXT:
    case REFERENCE: return true;
    case OPAQUE: return skip(p, padded(count & 255));
    case COMPOUND: return skip_members(p, version, count, *size, depth);
    case ENUM: return skip_choices(p, version, count, depth);
    case VARIABLE: return skip_type(p, &base, depth + 1);
    case ARRAY: return skip_array(p, version, depth);
    default: return false;
    }
}

/* ---- messages -------------------------------------------------------------------------------- */

/* A piece of `n` bytes that begins here, to a multiple of 8 where `pad`. */
static bool take_piece(part *p, uint64_t n, bool pad, part *out)
{
    *out = (part){ p->at, n };
    return skip(p, pad ? padded(n) : n);
}

static bool attribute_fits(part p)
{
    part name, type, space;
    uint64_t size = 0, points = 0, bytes;
    if (p.left < 8) return false;
    const unsigned char *b = p.at;
    unsigned version = b[0], shared = version > 1 ? b[1] : 0;
    if (version < 1 || version > 3 || !skip(&p, version == 3 ? 9 : 8)) return false;
    if (!take_piece(&p, number(b + 2, 2), version == 1, &name)
        || !take_piece(&p, number(b + 4, 2), version == 1, &type)
        || !take_piece(&p, number(b + 6, 2), version == 1, &space))
        return false;
    if (!name.left || strnlen((const char *)name.at, name.left) != name.left - 1) return false;
    if (shared & 3) return true; /* described elsewhere: the library's to check */
    return skip_type(&type, &size, 0) && skip_space(&space, &points)
           && !__builtin_mul_overflow(size, points, &bytes) && bytes <= p.left;
}

static bool fill_fits(part p)
{
    if (p.left < 2 || p.at[0] < 1 || p.at[0] > 3) return false;
    if (p.at[0] == 3) return !(p.at[1] & 32) || (p.left >= 6 && number(p.at + 2, 4) <= p.left - 6);
    if (p.left < 4 || (p.at[0] == 2 && !p.at[3])) return p.left >= 4;
    return p.left >= 8 && number(p.at + 4, 4) <= p.left - 8;
}

static bool filters_fit(part p)
{
    if (p.left < 2 || p.at[0] < 1 || p.at[0] > 2) return false;
    unsigned version = p.at[0], filters = p.at[1];
    bool good = skip(&p, version == 1 ? 8 : 2);
    for (unsigned k = 0; good && k < filters; k++) {
        bool named = version == 1 || (p.left >= 2 && number(p.at, 2) >= 256);
        uint64_t head = named ? 8 : 6;
        if (p.left < head) return false;
        uint64_t name = named ? number(p.at + 2, 2) : 0, values = number(p.at + head - 2, 2);
        good = skip(&p, head) && skip(&p, version == 1 ? padded(name) : name)
               && skip(&p, 4 * (values + (version == 1 && values % 2)));
    }
    return good;
}

static bool layout_fits(part p)
{
    if (p.left < 4) return false;
    if (p.at[0]
        < 3) { /* rank, class, 5 bytes, an address unless compact, lengths, a size where compact */
        bool compact = p.at[2] == 0;
        return p.at[1] && p.at[1] <= MAX_RANK + 1
               && skip(&p, 8 + (compact ? 0 : 8) + 4ull * p.at[1]) && (!compact || p.left >= 4);
    }
    if (p.at[0] != 3) return true;
    if (p.at[1] == 0) return number(p.at + 2, 2) <= p.left - 4;
    if (p.at[1] == 1) return p.left >= 18;
    return p.at[1] == 2 && p.at[2] && p.at[2] <= MAX_RANK + 1 && p.left >= 11 + 4ull * p.at[2];
}

bool loom_h5_message_fits(unsigned type, const unsigned char *b, uint64_t n)
{
    assert(b || !n);
    enum { SPACE = 1, TYPE = 3, OLD_FILL = 4, FILL = 5, LAYOUT = 8, FILTERS = 11, ATTRIBUTE = 12 };
    part p = { b, n };
    uint64_t ignored;
    switch (type) {
    case SPACE: return skip_space(&p, &ignored);
    case TYPE: return skip_type(&p, &ignored, 0);
    case OLD_FILL: return n >= 4 && number(b, 4) <= n - 4;
    case FILL: return fill_fits(p);
    case LAYOUT: return layout_fits(p);
    case FILTERS: return filters_fit(p);
    case ATTRIBUTE: return attribute_fits(p);
    default: return true;
    }
}
