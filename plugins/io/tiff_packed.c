/* io/tiff_packed.c - are packed strips and tiles whole? Libtiff unpacks as much as it needs and
 * ignores the rest: the checksum of Deflate, the end mark of LZW, bytes left over. See tiff.h. */
#include "io/tiff.h"
#include <string.h>
#include <zlib.h>

enum { LZW = 5, ADOBE_DEFLATE = 8, PACKBITS = 32773, DEFLATE = 32946, MAX_LEFT_OVER = 3 };

/* Unpacks into nowhere; zlib compares the checksum at the end. */
static const char *deflate_fault(const unsigned char *b, uint64_t n, uint64_t *length)
{
    unsigned char nowhere[1 << 14];
    z_stream z = { 0 };
    int status = inflateInit(&z);
    if (status != Z_OK) return "zlib cannot start";
    while (status == Z_OK) {
        uInt part = n > 1u << 30 ? 1u << 30 : (uInt)n;
        if (!z.avail_in) {
            z.next_in = (unsigned char *)b;
            z.avail_in = part;
            b += part;
            n -= part;
        }
        z.next_out = nowhere;
        z.avail_out = sizeof nowhere;
        status = inflate(&z, Z_NO_FLUSH);
        *length += sizeof nowhere - z.avail_out;
        if (status == Z_BUF_ERROR || (status == Z_OK && !z.avail_in && !n && z.avail_out)) break;
    }
    uint64_t left = n + z.avail_in;
    bool differs = status == Z_DATA_ERROR && z.msg && !strcmp(z.msg, "incorrect data check");
    inflateEnd(&z);
    if (differs) return "its checksum is wrong";
    if (status == Z_DATA_ERROR) return "it cannot be unpacked";
    if (status != Z_STREAM_END) return "it is cut short";
    return left > MAX_LEFT_OVER ? "bytes are left over" : NULL;
}

/* Follows the codes without their texts: lengths are enough. TIFF's codes widen one code early. */
static const char *lzw_fault(const unsigned char *b, uint64_t n, uint64_t *length)
{
    enum { CLEAR = 256, END = 257, FIRST = 258, CODES = 4096 };
    uint32_t size[CODES];
    uint32_t bits = 0, held = 0, width = 9, next = FIRST, before = CLEAR;
    uint64_t at = 0;
    if (n > 1 && !b[0] && (b[1] & 1))
        return NULL; /* the older kind, bits from the other end: libtiff's */
    for (;;) {
        while (held < width && at < n) bits = bits << 8 | b[at++], held += 8;
        if (held < width) return "it ends without its end mark";
        uint32_t code = bits >> (held - width) & ((1u << width) - 1);
        held -= width;
        if (before == CLEAR && code > END) return "a code is not possible";
        if (code == END) return n - at > MAX_LEFT_OVER ? "bytes are left over" : NULL;
        if (code == CLEAR) {
            width = 9;
            next = FIRST;
            before = CLEAR;
            continue;
        }
        if (code > next || (code == next && before == CLEAR)) return "a code is not possible";
        uint32_t previous = before == CLEAR ? 0 : before < 256 ? 1 : size[before];
        if (before != CLEAR && next < CODES) size[next++] = previous + 1;
        *length += code < 256 ? 1 : size[code];
        if (next == (1u << width) - 1 && width < 12) width++;
        before = code;
    }
}

static const char *packbits_fault(const unsigned char *b, uint64_t n, uint64_t *length)
{
    for (uint64_t at = 0; at < n;) {
        int count = (int8_t)b[at++];
        if (count == -128) continue; /* nothing */
        uint64_t takes = count < 0 ? 1 : (uint64_t)count + 1;
        if (takes > n - at) return "it is cut short";
        at += takes;
        *length += (uint64_t)(count < 0 ? 1 - count : count + 1);
    }
    return NULL;
}

const char *tiff_packed_fault(uint16_t compression, const unsigned char *b, uint64_t n,
                              uint64_t expected, uint64_t padded)
{
    uint64_t length = 0;
    const char *fault = NULL;
    switch (compression) {
    case ADOBE_DEFLATE:
    case DEFLATE: fault = deflate_fault(b, n, &length); break;
    case LZW: fault = lzw_fault(b, n, &length); break;
    case PACKBITS: fault = packbits_fault(b, n, &length); break;
    default: return NULL;
    }
    if (fault || length == expected || (padded && length == padded)) return fault;
    if (compression == LZW && !length) return NULL; /* the older kind */
    return length < expected ? "it holds too few pixels" : "it holds too many pixels";
}
