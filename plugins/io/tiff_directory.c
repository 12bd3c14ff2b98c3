/* io/tiff_directory.c - directories of a TIFF file, tag by tag; see tiff.h. */
#include "io/tiff.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool tiff_fail(const tiff_source *s, int64_t page, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (page)
        s->call->host->fail(s->call, LOOM_E_DATA, s->where, "'%s' page %lld: %s", s->path,
                            (long long)page, text);
    else s->call->host->fail(s->call, LOOM_E_DATA, s->where, "'%s': %s", s->path, text);
    return false;
}

bool tiff_bytes(const tiff_source *s, uint64_t at, uint64_t n, void *dst)
{
    if (at > s->size || n > s->size - at) return false;
    for (uint64_t done = 0; done < n;) {
        ssize_t got = pread(s->fd, (char *)dst + done, n - done, (off_t)(at + done));
        if (got <= 0) return false;
        done += (uint64_t)got;
    }
    return true;
}

static uint64_t number(const tiff_source *s, const unsigned char *b, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++) v = v << 8 | b[s->big ? i : bytes - 1 - i];
    return v;
}

bool tiff_read_header(tiff_source *s, uint64_t *first)
{
    unsigned char b[16] = { 0 };
    bool read = tiff_bytes(s, 0, 8, b);
    s->big = b[0] == 'M';
    uint64_t version = number(s, b + 2, 2);
    if (!read || !((b[0] == 'I' && b[1] == 'I') || (b[0] == 'M' && b[1] == 'M'))
        || (version != 42 && version != 43))
        return tiff_fail(s, 0, "it is not a TIFF file, or its first bytes are damaged");
    s->wide = version == 43;
    if (s->wide && (!tiff_bytes(s, 0, 16, b) || number(s, b + 4, 2) != 8 || number(s, b + 6, 2)))
        return tiff_fail(s, 0, "the header of this BigTIFF file is damaged");
    *first = s->wide ? number(s, b + 8, 8) : number(s, b + 4, 4);
    return *first || tiff_fail(s, 0, "it holds no page");
}

/* ---- types and tags ----------------------------------------------------------------------------
 */

/* Bytes of one value of a type; 0: unknown. */
static uint64_t type_bytes(uint16_t type)
{
    static const uint8_t bytes[] = { 0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8 };
    return type < sizeof bytes ? bytes[type] : 0;
}

enum { BYTE = 1, ASCII, SHORT, LONG, RATIONAL, IFD = 13, LONG8 = 16, IFD8 = 18 };

/* What stands in the tags below 0x4000, as far as they are registered: x texts, s SHORT, w whole
 * numbers (SHORT, LONG, LONG8), b bytes, . any numbers; and how many: 1, or * any number. */
typedef struct known_tag {
    uint16_t tag;
    char type, count;
} known_tag;
static const known_tag known[] = {
    { 254, 'w', '1' }, { 255, 's', '1' }, { 256, 'w', '1' }, { 257, 'w', '1' }, { 258, 's', '*' },
    { 259, 's', '1' }, { 262, 's', '1' }, { 263, 's', '1' }, { 264, 's', '1' }, { 265, 's', '1' },
    { 266, 's', '1' }, { 269, 'x', '*' }, { 270, 'x', '*' }, { 271, 'x', '*' }, { 272, 'x', '*' },
    { 273, 'w', '*' }, { 274, 's', '1' }, { 277, 's', '1' }, { 278, 'w', '1' }, { 279, 'w', '*' },
    { 280, '.', '*' }, { 281, '.', '*' }, { 282, '.', '1' }, { 283, '.', '1' }, { 284, 's', '1' },
    { 285, 'x', '*' }, { 286, '.', '1' }, { 287, '.', '1' }, { 288, 'w', '*' }, { 289, 'w', '*' },
    { 290, 's', '1' }, { 291, 's', '*' }, { 292, 'w', '1' }, { 293, 'w', '1' }, { 296, 's', '1' },
    { 297, 's', '*' }, { 301, 's', '*' }, { 305, 'x', '*' }, { 306, 'x', '*' }, { 315, 'x', '*' },
    { 316, 'x', '*' }, { 317, 's', '1' }, { 318, '.', '*' }, { 319, '.', '*' }, { 320, 's', '*' },
    { 321, 's', '*' }, { 322, 'w', '1' }, { 323, 'w', '1' }, { 324, 'w', '*' }, { 325, 'w', '*' },
    { 326, 'w', '1' }, { 327, 's', '1' }, { 328, 'w', '1' }, { 330, 'w', '*' }, { 332, 's', '1' },
    { 333, 'x', '*' }, { 334, 's', '1' }, { 336, '.', '*' }, { 337, 'x', '*' }, { 338, 's', '*' },
    { 339, 's', '*' }, { 340, '.', '*' }, { 341, '.', '*' }, { 342, 's', '*' }, { 343, 'b', '*' },
    { 344, '.', '1' }, { 345, '.', '1' }, { 346, 's', '1' }, { 347, 'b', '*' }, { 351, 's', '1' },
    { 400, 'w', '*' }, { 401, 'w', '1' }, { 402, 's', '1' }, { 403, 'b', '*' }, { 404, 's', '1' },
    { 433, '.', '*' }, { 434, 's', '1' }, { 435, '.', '*' }, { 512, 's', '1' }, { 513, 'w', '1' },
    { 514, 'w', '1' }, { 515, 's', '1' }, { 517, 's', '*' }, { 518, 's', '*' }, { 519, 'w', '*' },
    { 520, 'w', '*' }, { 521, 'w', '*' }, { 529, '.', '*' }, { 530, 's', '*' }, { 531, 's', '1' },
    { 532, '.', '*' }, { 559, 'w', '*' }, { 700, 'b', '*' },
};

static bool type_fits(uint16_t type, char wanted)
{
    switch (wanted) {
    case 'x': return type == ASCII || type == BYTE;
    case 's': return type == SHORT;
    case 'w': return type == SHORT || type == LONG || type == LONG8 || type == IFD || type == IFD8;
    case 'b': return type == BYTE || type == 7;
    default: return type != ASCII;
    }
}

/* Private tags, from 0x4000 on, hold anything. */
static bool check_tag(const tiff_source *s, const tiff_entry *e, int64_t page)
{
    const known_tag *k = known, *end = known + sizeof known / sizeof *known;
    while (k < end && k->tag != e->tag) k++;
    if (k < end && (!type_fits(e->type, k->type) || (k->count == '1' && e->count != 1)))
        return tiff_fail(s, page,
                         "tag %u of its directory has %llu values of type %u, which it never "
                         "has: the directory is damaged",
                         e->tag, (unsigned long long)e->count, e->type);
    if (k == end && e->tag < 0x4000 && !s->lenient)
        return tiff_fail(s, page,
                         "its directory has the tag %u, which TIFF does not have: it is damaged "
                         "('lenient: true' reads it)",
                         e->tag);
    return true;
}

/* ---- directories -------------------------------------------------------------------------------
 */

static bool read_entry(const tiff_source *s, const unsigned char *b, uint64_t at, int64_t page,
                       tiff_entry *e)
{
    int size = s->wide ? 8 : 4;
    *e = (tiff_entry){ .tag = (uint16_t)number(s, b, 2), .type = (uint16_t)number(s, b + 2, 2) };
    e->count = number(s, b + 4, size);
    e->at = at + 4 + (uint64_t)size;
    uint64_t one = type_bytes(e->type);
    if (!one)
        return tiff_fail(s, page,
                         "tag %u of its directory has the type %u, which TIFF does not have: "
                         "the directory is damaged",
                         e->tag, e->type);
    if (__builtin_mul_overflow(one, e->count, &e->bytes)) e->bytes = UINT64_MAX;
    e->outside = e->bytes > (uint64_t)size;
    if (e->outside) e->at = number(s, b + 4 + size, size);
    if (e->outside && (e->at > s->size || e->bytes > s->size - e->at))
        return tiff_fail(s, page,
                         "the %llu values of tag %u lie at byte %llu, beyond the end of the "
                         "file (%llu bytes): it was cut short, or is damaged",
                         (unsigned long long)e->count, e->tag, (unsigned long long)e->at,
                         (unsigned long long)s->size);
    return check_tag(s, e, page);
}

/* Tags ascend. A text may stand twice: tifffile writes a second description. */
static bool check_order(const tiff_source *s, const tiff_entry *before, const tiff_entry *e,
                        int64_t page)
{
    bool texts = before->type == ASCII && e->type == ASCII;
    if (e->tag > before->tag || (e->tag == before->tag && texts)) return true;
    if (s->lenient && e->tag != before->tag) return true;
    return tiff_fail(
        s, page, "the tags of its directory are not in order (%u after %u): it is damaged%s",
        e->tag, before->tag, e->tag == before->tag ? "" : " ('lenient: true' reads it)");
}

bool tiff_read_directory(const tiff_source *s, uint64_t at, int64_t page, tiff_directory *out)
{
    enum { MAX_BYTES = 8 + 20 * TIFF_MAX_ENTRIES + 8 };
    unsigned char b[MAX_BYTES];
    int head = s->wide ? 8 : 2, each = s->wide ? 20 : 12, tail = s->wide ? 8 : 4;
    uint64_t n = 0;
    bool whole = tiff_bytes(s, at, (uint64_t)head, b);
    if (whole) n = number(s, b, head);
    if (whole && (!n || n > TIFF_MAX_ENTRIES))
        return tiff_fail(s, page, "its directory at byte %llu has %llu entries: it is damaged",
                         (unsigned long long)at, (unsigned long long)n);
    out->bytes = (uint64_t)head + n * (uint64_t)each + (uint64_t)tail;
    if (!whole || !tiff_bytes(s, at, out->bytes, b))
        return tiff_fail(
            s, page,
            "its directory at byte %llu reaches beyond the end of the file (%llu "
            "bytes): the list of pages breaks off; the file was cut short, or is damaged",
            (unsigned long long)at, (unsigned long long)s->size);
    out->at = at;
    out->n = (int)n;
    out->next = number(s, b + out->bytes - tail, tail);
    for (int i = 0; i < out->n; i++) {
        uint64_t offset = (uint64_t)(head + i * each);
        if (!read_entry(s, b + offset, at + offset, page, &out->entry[i])) return false;
        if (i && !check_order(s, &out->entry[i - 1], &out->entry[i], page)) return false;
    }
    return true;
}

const tiff_entry *tiff_find(const tiff_directory *d, uint16_t tag)
{
    for (int i = 0; i < d->n; i++)
        if (d->entry[i].tag == tag) return &d->entry[i];
    return NULL;
}

bool tiff_values(const tiff_source *s, const tiff_entry *e, uint64_t *out)
{
    int one = (int)type_bytes(e->type);
    unsigned char part[4096];
    uint64_t per_part = sizeof part / (uint64_t)one;
    for (uint64_t i = 0; i < e->count; i += per_part) {
        uint64_t n = e->count - i < per_part ? e->count - i : per_part;
        if (!tiff_bytes(s, e->at + i * (uint64_t)one, n * (uint64_t)one, part))
            return tiff_fail(s, 0, "cannot read the values of tag %u", e->tag);
        for (uint64_t k = 0; k < n; k++) out[i + k] = number(s, part + k * (uint64_t)one, one);
    }
    return true;
}

bool tiff_value(const tiff_source *s, const tiff_directory *d, int64_t page, uint16_t tag,
                uint64_t otherwise, uint64_t *out)
{
    const tiff_entry *e = tiff_find(d, tag);
    *out = otherwise;
    if (!e) return true;
    if (e->count != 1)
        return tiff_fail(s, page, "tag %u has %llu values", tag, (unsigned long long)e->count);
    return tiff_values(s, e, out);
}
