/* io/tiff_samples.c - samples as stored to numbers of an array; see tiff.h. */
#include "io/bytes.h"
#include "io/tiff.h"

loom_dtype tiff_dtype(const tiff_page *p)
{
    if (p->format == 3) return p->bits == 64 ? LOOM_F64 : LOOM_F32;
    if (p->bits == 64 || (p->bits == 32 && p->format == 1)) return LOOM_I64;
    return p->bits <= 8 && p->format == 1 ? LOOM_U8 : LOOM_I32;
}

/* Number i of a row of unsigned numbers of fewer than 16 bits, packed from the highest bit on. */
static uint32_t packed_number(const unsigned char *b, uint64_t i, unsigned bits)
{
    uint32_t v = 0;
    for (uint64_t at = i * bits, end = at + bits; at < end; at++)
        v = v << 1 | (b[at / 8] >> (7 - at % 8) & 1);
    return v;
}

#define CONVERT(to, value) \
    for (uint64_t i = 0; i < n; i++) ((to *)dst)[i] = (to)(value)
static void convert_whole(const tiff_page *p, bool big, const unsigned char *b, uint64_t n,
                          void *restrict dst)
{
    bool is_signed = p->format == 2;
    switch (p->bits) {
    case 8:
        if (is_signed) CONVERT(int32_t, (int8_t)b[i]);
        else memcpy(dst, b, n);
        break;
    case 16:
        if (is_signed) CONVERT(int32_t, (int16_t)io_u16(b + 2 * i, big));
        else CONVERT(int32_t, io_u16(b + 2 * i, big));
        break;
    case 32:
        if (is_signed) CONVERT(int32_t, io_u32(b + 4 * i, big));
        else CONVERT(int64_t, io_u32(b + 4 * i, big));
        break;
    case 64: CONVERT(int64_t, io_u64(b + 8 * i, big)); break;
    default:
        if (p->bits < 8) CONVERT(uint8_t, packed_number(b, i, p->bits));
        else CONVERT(int32_t, packed_number(b, i, p->bits));
    }
}

static void convert_real(const tiff_page *p, bool big, const unsigned char *b, uint64_t n,
                         void *restrict dst)
{
    switch (p->bits) {
    case 16: CONVERT(float, io_half(io_u16(b + 2 * i, big))); break;
    case 32: CONVERT(float, io_f32(b + 4 * i, big)); break;
    default:
        for (uint64_t i = 0; i < n; i++) {
            uint64_t v = io_u64(b + 8 * i, big);
            memcpy((double *)dst + i, &v, sizeof v);
        }
    }
}

void tiff_convert(const tiff_page *p, bool big, const unsigned char *b, uint64_t n,
                  void *restrict dst)
{
    if (p->format == 3) convert_real(p, big, b, n, dst);
    else convert_whole(p, big, b, n, dst);
}

void tiff_invert(const tiff_page *p, uint64_t n, void *image)
{
    int64_t most = (int64_t)((1ull << p->bits) - 1); /* bits <= 32: 64 are refused */
    for (uint64_t i = 0; i < n; i++) {
        if (p->bits <= 8) ((uint8_t *)image)[i] = (uint8_t)(most - ((uint8_t *)image)[i]);
        else if (p->bits < 32) ((int32_t *)image)[i] = (int32_t)(most - ((int32_t *)image)[i]);
        else ((int64_t *)image)[i] = most - ((int64_t *)image)[i];
    }
}

void tiff_orient(const tiff_page *p, size_t size, const char *src, char *restrict dst)
{
    uint64_t w = p->width, h = p->height;
    bool swap = p->orientation >= 5, right = p->orientation == 2 || p->orientation == 3;
    bool down = p->orientation == 3 || p->orientation == 4;
    if (swap) right = p->orientation == 6 || p->orientation == 7;
    if (swap) down = p->orientation == 7 || p->orientation == 8;
    for (uint64_t row = 0; row < h; row++)
        for (uint64_t column = 0; column < w; column++, src += size) {
            uint64_t x = swap ? row : column, y = swap ? column : row, nx = swap ? h : w,
                     ny = swap ? w : h;
            if (right) x = nx - 1 - x;
            if (down) y = ny - 1 - y;
            memcpy(dst + (y * nx + x) * size, src, size);
        }
}
