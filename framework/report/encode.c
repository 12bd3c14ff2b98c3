/* report/encode.c - see encode.h. PNG: ISO/IEC 15948. */
#include "report/encode.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

void base64_add(text *out, const void *bytes, size_t n)
{
    assert(bytes || !n);
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
    assert(n <= UINT32_MAX && (data || !n));
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
    assert(m->width >= 0 && m->height >= 0);
    bool colour = false, alpha = false;
    size_t n = (size_t)m->width * (size_t)m->height;
    for (const uint8_t *p = m->rgba, *end = p + 4 * n; p < end; p += 4) {
        colour |= p[0] != p[1] || p[1] != p[2];
        alpha |= p[3] != 255;
    }
    return (colour ? 3 : 1) + alpha;
}

/* The neighbour that the gradient points at. */
static int paeth(int left, int up, int corner)
{
    int p = left + up - corner, a = abs(p - left), b = abs(p - up), c = abs(p - corner);
    return a <= b && a <= c ? left : b <= c ? up : corner;
}

/* Filters 0 none, 1 left, 2 up, 4 gradient of one row; gives the sum of what is left, as signed
 * numbers: the smallest mostly deflates best. */
static int64_t filter_row(const uint8_t *now, const uint8_t *above, size_t n, size_t step,
                          int filter, uint8_t *out)
{
    assert(step > 0 && step <= 4);
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        int left = i >= step ? now[i - step] : 0, up = above ? above[i] : 0,
            corner = above && i >= step ? above[i - step] : 0;
        int guess = filter == 1   ? left
                    : filter == 2 ? up
                    : filter == 4 ? paeth(left, up, corner)
                                  : 0;
        out[i] = (uint8_t)(now[i] - guess);
        sum += abs((int8_t)out[i]);
    }
    return sum;
}

static void pick_channels(const bitmap *m, int channels, int y, uint8_t *out)
{
    assert(channels >= 1 && channels <= 4 && y >= 0 && y < m->height);
    const uint8_t *src = m->rgba + (size_t)y * (size_t)m->width * 4;
    for (int x = 0; x < m->width; x++, src += 4)
        for (int c = 0; c < channels; c++) *out++ = src[channels == 2 && c == 1 ? 3 : c];
}

/* Rows with their filter before each; false: out of memory. */
static bool fill_rows(const bitmap *m, int channels, uint8_t *rows)
{
    static const int filters[] = { 0, 1, 2, 4 };
    size_t n = (size_t)m->width * (size_t)channels;
    uint8_t *now = malloc(n + 1), *above = malloc(n + 1), *tried = malloc(n + 1);
    bool good = now && above && tried;
    for (int y = 0; good && y < m->height; y++) {
        uint8_t *row = rows + (size_t)y * (n + 1);
        int64_t best = -1;
        pick_channels(m, channels, y, now);
        for (int k = 0; k < 4; k++) {
            int64_t sum = filter_row(now, y ? above : NULL, n, (size_t)channels, filters[k], tried);
            if (best >= 0 && sum >= best) continue;
            best = sum;
            row[0] = (uint8_t)filters[k];
            memcpy(row + 1, tried, n);
        }
        uint8_t *swap = above;
        above = now;
        now = swap;
    }
    free(now);
    free(above);
    free(tried);
    return good;
}

void png_add(text *out, const bitmap *m)
{
    static const uint8_t colour_type[] = { 0, 0, 4, 2, 6 };
    int channels = channels_of(m);
    size_t raw = (size_t)m->height * (1 + (size_t)m->width * (size_t)channels);
    uLongf n = compressBound(raw);
    uint8_t *rows = malloc(raw + 1), *packed = malloc(n);
    if (rows && packed && fill_rows(m, channels, rows)
        && compress2(packed, &n, rows, raw, 7) == Z_OK) {
        uint8_t head[13] = { 0 };
        big_endian(head, (uint32_t)m->width);
        big_endian(head + 4, (uint32_t)m->height);
        head[8] = 8;
        head[9] = colour_type[channels];
        text_add(out, "\x89PNG\r\n\x1a\n", 8);
        chunk(out, "IHDR", head, sizeof head);
        chunk(out, "IDAT", packed, n);
        chunk(out, "IEND", NULL, 0);
    } else out->failed = true;
    free(rows);
    free(packed);
}
