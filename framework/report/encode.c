/* report/encode.c - see encode.h. PNG: ISO/IEC 15948, filter 0 (none) or 2 (up), whichever deflates
 * to less. */
#include "report/encode.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

void base64_add(text *out, const void *bytes, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *b = bytes;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t three = (uint32_t)b[i] << 16 | (left > 1 ? (uint32_t)b[i + 1] << 8 : 0)
                         | (left > 2 ? b[i + 2] : 0);
        char four[4] = { digit[three >> 18], digit[three >> 12 & 63],
                         left > 1 ? digit[three >> 6 & 63] : '=',
                         left > 2 ? digit[three & 63] : '=' };
        text_add(out, four, sizeof four);
    }
}

static void big_endian(uint8_t out[4], uint32_t n)
{
    for (int i = 0; i < 4; i++) out[i] = (uint8_t)(n >> (24 - 8 * i));
}

static void chunk(text *out, const char kind[4], const uint8_t *data, size_t n)
{
    uint8_t word[4];
    big_endian(word, (uint32_t)n);
    text_add(out, word, 4);
    text_add(out, kind, 4);
    if (n) text_add(out, data, n);
    uLong crc = crc32(crc32(0, NULL, 0), (const Bytef *)kind, 4);
    big_endian(word, (uint32_t)(n ? crc32(crc, data, (uInt)n) : crc));
    text_add(out, word, 4);
}

/* Channels that say something: 1 grey, 2 grey and alpha, 3 colours, 4 all. */
static int channels_of(const bitmap *m)
{
    bool colour = false, alpha = false;
    size_t n = (size_t)m->width * (size_t)m->height;
    for (const uint8_t *p = m->rgba, *end = p + 4 * n; p < end; p += 4) {
        colour |= p[0] != p[1] || p[1] != p[2];
        alpha |= p[3] != 255;
    }
    return (colour ? 3 : 1) + alpha;
}

static void fill_rows(const bitmap *m, int channels, int filter, uint8_t *rows)
{
    size_t line = 1 + (size_t)m->width * (size_t)channels;
    for (int y = 0; y < m->height; y++) {
        const uint8_t *src = m->rgba + (size_t)y * (size_t)m->width * 4;
        const uint8_t *above = y ? src - (size_t)m->width * 4 : NULL;
        uint8_t *dst = rows + (size_t)y * line;
        *dst++ = (uint8_t)filter;
        for (int x = 0; x < m->width; x++)
            for (int c = 0; c < channels; c++) {
                int k = 4 * x + (channels == 2 && c == 1 ? 3 : c);
                *dst++ = (uint8_t)(src[k] - (filter && above ? above[k] : 0));
            }
    }
}

void png_add(text *out, const bitmap *m)
{
    static const uint8_t colour_type[] = { 0, 0, 4, 2, 6 };
    int channels = channels_of(m);
    size_t raw = (size_t)m->height * (1 + (size_t)m->width * (size_t)channels);
    uLongf room = compressBound(raw), best = 0;
    uint8_t *rows = malloc(raw + 1), *packed[2] = { malloc(room), malloc(room) }, *smaller = NULL;
    for (int filter = 0; rows && packed[0] && packed[1] && filter < 2; filter++) {
        uLongf n = room;
        fill_rows(m, channels, filter ? 2 : 0, rows);
        if (compress2(packed[filter], &n, rows, raw, 6) != Z_OK) continue;
        if (!smaller || n < best) smaller = packed[filter], best = n;
    }
    if (smaller) {
        uint8_t head[13] = { 0 };
        big_endian(head, (uint32_t)m->width);
        big_endian(head + 4, (uint32_t)m->height);
        head[8] = 8;
        head[9] = colour_type[channels];
        text_add(out, "\x89PNG\r\n\x1a\n", 8);
        chunk(out, "IHDR", head, sizeof head);
        chunk(out, "IDAT", smaller, best);
        chunk(out, "IEND", NULL, 0);
    } else out->failed = true;
    free(rows);
    free(packed[0]);
    free(packed[1]);
}
