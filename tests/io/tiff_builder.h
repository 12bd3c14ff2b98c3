/* tests/io/tiff_builder.h - TIFF files byte by byte, right or wrong in one chosen place. */
#ifndef ATOMLOOM_TESTS_TIFF_BUILDER_H
#define ATOMLOOM_TESTS_TIFF_BUILDER_H
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct tiff_tag {
    uint16_t tag, type;
    uint64_t count, value; /* count 0: the tag is left out */
} tiff_tag;

typedef struct tiff_shape {
    bool big, wide;               /* big-endian; BigTIFF */
    bool directories_last;        /* behind the pixels of all pages */
    uint32_t width, height, rows; /* rows of a strip; 0: all */
    uint32_t tile;                /* edge; 0: strips */
    uint16_t bits, format;
    int pages;
    const char *description; /* of the first page */
    tiff_tag tag[8];         /* instead of, or besides, what the rest says; up to a tag 0 */
    int only_page;           /* these tags on this page alone, from 1; 0: on all */
} tiff_shape;

typedef struct tiff_bytes {
    unsigned char *data;
    size_t n;
} tiff_bytes; /* owned (malloc) */

static inline void tiff_put(tiff_bytes *b, size_t at, const tiff_shape *s, uint64_t v, size_t size)
{
    if (at + size > b->n) {
        b->data = realloc(b->data, at + size);
        memset(b->data + b->n, 0, at + size - b->n);
        b->n = at + size;
    }
    for (size_t i = 0; i < size; i++)
        b->data[at + i] = (unsigned char)(v >> 8 * (s->big ? size - 1 - i : i));
}

/* Sample i of the stack: distinct small numbers that every kind of number holds. */
static inline uint64_t tiff_sample(const tiff_shape *s, uint64_t i)
{
    static const uint16_t halves[] = { 0x0000, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600 };
    float f = (float)(i % 7);
    double d = (double)(i % 7);
    uint64_t v = i % 7;
    if (s->format == 3 && s->bits == 16) return halves[i % 7];
    if (s->format == 3 && s->bits == 32) v = 0, memcpy(&v, &f, sizeof f);
    if (s->format == 3 && s->bits == 64) memcpy(&v, &d, sizeof d);
    if (s->format == 2)
        v = (uint64_t) - (int64_t)v & (s->bits == 64 ? ~0ull : (1ull << s->bits) - 1);
    return s->bits < 3 && s->format != 3 ? v & ((1u << s->bits) - 1) : v;
}

/* A row of a strip or tile, from column x0 on; what reaches beyond the image is 1s. */
static inline void tiff_put_row(tiff_bytes *b, const tiff_shape *s, int page, uint32_t y,
                                uint32_t x0, uint32_t n)
{
    size_t start = b->n, bit = 0;
    for (uint32_t x = x0; x < x0 + n; x++, bit += s->bits) {
        uint64_t i = ((uint64_t)page * s->height + y) * s->width + x;
        uint64_t v = x < s->width && y < s->height ? tiff_sample(s, i) : 1;
        if (s->bits % 8 == 0) tiff_put(b, start + bit / 8, s, v, s->bits / 8);
        else {
            if (b->n < start + (bit + s->bits + 7) / 8)
                tiff_put(b, start + (bit + s->bits + 7) / 8 - 1, s, 0, 1);
            for (unsigned k = 0; k < s->bits; k++)
                if (v >> (s->bits - 1 - k) & 1)
                    b->data[start + (bit + k) / 8] |= (unsigned char)(128 >> (bit + k) % 8);
        }
    }
}

/* The page's chunks at the end of b; their places and sizes into at and size. How many there are.
 */
static inline int tiff_put_pixels(tiff_bytes *b, const tiff_shape *s, int page, uint64_t at[64],
                                  uint64_t size[64])
{
    uint32_t w = s->tile ? s->tile : s->width, h = s->tile   ? s->tile
                                                   : s->rows ? s->rows
                                                             : s->height;
    int n = 0;
    for (uint32_t top = 0; top < s->height; top += h)
        for (uint32_t left = 0; left < s->width; left += w, n++) {
            at[n] = b->n;
            for (uint32_t y = top; y < top + h && (s->tile || y < s->height); y++)
                tiff_put_row(b, s, page, y, left, w);
            size[n] = b->n - at[n];
        }
    return n;
}

static inline size_t tiff_type_bytes(uint16_t type)
{
    return type == 3 ? 2 : type == 4 ? 4 : type == 16 ? 8 : 1;
}

/* A directory at the end of b; returns the place of its pointer to the next one. */
static inline size_t tiff_put_directory(tiff_bytes *b, const tiff_shape *s, int page, int chunks,
                                        const uint64_t *at, const uint64_t *size)
{
    tiff_tag t[32] = { { 256, 4, 1, s->width },
                       { 257, 4, 1, s->height },
                       { 258, 3, 1, s->bits },
                       { 259, 3, 1, 1 },
                       { 262, 3, 1, 1 },
                       { 270, 2, s->description && !page ? strlen(s->description) + 1 : 0, 0 },
                       { 273, 4, s->tile ? 0 : (uint64_t)chunks, 0 },
                       { 277, 3, 1, 1 },
                       { 278, 4, s->tile ? 0 : 1, s->rows ? s->rows : s->height },
                       { 279, 4, s->tile ? 0 : (uint64_t)chunks, 0 },
                       { 284, 3, 1, 1 },
                       { 322, 3, s->tile ? 1 : 0, s->tile },
                       { 323, 3, s->tile ? 1 : 0, s->tile },
                       { 324, 4, s->tile ? (uint64_t)chunks : 0, 0 },
                       { 325, 4, s->tile ? (uint64_t)chunks : 0, 0 },
                       { 339, 3, 1, s->format } };
    int n = 16;
    for (int k = 0; k < 8 && s->tag[k].tag && (!s->only_page || s->only_page == page + 1); k++) {
        int i = 0;
        while (i < n && t[i].tag < s->tag[k].tag) i++;
        if (i == n || t[i].tag != s->tag[k].tag)
            memmove(t + i + 1, t + i, (size_t)(n++ - i) * sizeof *t);
        t[i] = s->tag[k];
    }
    size_t word = s->wide ? 8 : 4, each = s->wide ? 20 : 12, start = b->n, used = 0;
    for (int i = 0; i < n; i++) used += t[i].count > 0;
    size_t outside = start + (s->wide ? 8 : 2) + used * each + word,
           entry = start + (s->wide ? 8 : 2);
    tiff_put(b, start, s, used, s->wide ? 8 : 2);
    tiff_put(b, outside - word, s, 0, word);
    for (int i = 0; i < n; i++) {
        if (!t[i].count) continue;
        size_t one = tiff_type_bytes(t[i].type), to = entry + 4 + word;
        bool places = t[i].tag == 273 || t[i].tag == 324,
             sizes = t[i].tag == 279 || t[i].tag == 325;
        tiff_put(b, entry, s, t[i].tag, 2);
        tiff_put(b, entry + 2, s, t[i].type, 2);
        tiff_put(b, entry + 4, s, t[i].count, word);
        if (one * t[i].count > word) {
            tiff_put(b, to, s, outside, word);
            to = outside;
            outside += one * t[i].count;
        }
        for (uint64_t k = 0; k < t[i].count; k++)
            tiff_put(b, to + k * one, s,
                     t[i].tag == 270 ? (uint64_t)(unsigned char)s->description[k]
                     : t[i].value    ? t[i].value
                     : places        ? at[k]
                     : sizes         ? size[k]
                                     : 0,
                     one);
        entry += each;
    }
    return start + (s->wide ? 8 : 2) + used * each;
}

static inline tiff_bytes tiff_build(const tiff_shape *s)
{
    tiff_bytes b = { 0 };
    uint64_t at[64], size[64];
    size_t places[64][2]; /* of chunks, when directories come last */
    tiff_put(&b, 0, s, s->big ? 0x4d4d : 0x4949, 2);
    tiff_put(&b, 2, s, s->wide ? 43 : 42, 2);
    if (s->wide) tiff_put(&b, 4, s, 8, 2);
    size_t pointer = s->wide ? 8 : 4, word = s->wide ? 8 : 4;
    tiff_put(&b, pointer, s, 0, word);
    for (int page = 0; s->directories_last && page < s->pages; page++) {
        places[page][0] = b.n;
        tiff_put_pixels(&b, s, page, at, size);
        places[page][1] = b.n;
    }
    for (int page = 0; page < s->pages; page++) {
        int n = s->directories_last ? 1 : tiff_put_pixels(&b, s, page, at, size);
        if (s->directories_last)
            at[0] = places[page][0], size[0] = places[page][1] - places[page][0];
        size_t here = b.n, next = tiff_put_directory(&b, s, page, n, at, size);
        tiff_put(&b, pointer, s, here, word);
        pointer = next;
    }
    return b;
}
#endif
