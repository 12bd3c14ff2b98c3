/* io/byte_order.h - a format without checksums gives the order of its bytes in a single bit.
 * Numbers read in the wrong order look like nothing that is measured, which is noticed here. */
#ifndef ATOMLOOM_IO_BYTE_ORDER_H
#define ATOMLOOM_IO_BYTE_ORDER_H
#include "io/bytes.h"
#include <math.h>

enum { IO_LOOKED_AT = 65536 }; /* numbers at most, evenly spread */

/* What reals of 2, 4 or 8 bytes look like. */
typedef struct io_reals_look {
    int64_t nonzero, subnormal, not_finite;
    int smallest, largest; /* binary exponents of those that are finite and not zero */
} io_reals_look;

static inline double io_real(const unsigned char *b, size_t width, bool big)
{
    double v;
    if (width == 2) return (double)io_half(io_u16(b, big));
    if (width == 4) return (double)io_f32(b, big);
    uint64_t bits = io_u64(b, big);
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline io_reals_look io_look_at_reals(const unsigned char *src, int64_t n, size_t width,
                                             bool big)
{
    io_reals_look look = { .smallest = 9999, .largest = -9999 };
    int least = width == 2   ? -13
                : width == 4 ? -125
                             : -1021; /* frexp's exponent of the least normal number */
    for (int64_t i = 0; i < n; i += 1 + n / IO_LOOKED_AT) {
        double v = io_real(src + (size_t)i * width, width, big);
        int exponent;
        if (v == 0) continue;
        look.nonzero++;
        if (!isfinite(v)) {
            look.not_finite++;
            continue;
        }
        frexp(v, &exponent);
        look.subnormal += exponent < least;
        if (exponent < look.smallest) look.smallest = exponent;
        if (exponent > look.largest) look.largest = exponent;
    }
    return look;
}

/* Reals in the wrong order have exponents all over the range, or, where they are whole numbers, are
 * all subnormal; in the right order they are neither. Hardly ever true by chance: random exponents
 * do not lie as close together as that. */
static inline bool io_reals_look_swapped(const unsigned char *src, int64_t n, size_t width,
                                         bool big)
{
    enum { MANY = 16, FEW = 4, WIDE = 64, MIN_SPREAD = 8 };
    io_reals_look is = io_look_at_reals(src, n, width, big);
    io_reals_look other = io_look_at_reals(src, n, width, !big);
    int spread = is.largest - is.smallest;
    if (!is.nonzero || other.subnormal || other.not_finite) return false;
    if (is.subnormal && 2 * is.subnormal >= is.nonzero) return true;
    if (is.nonzero >= MANY && is.not_finite) return true;
    return is.nonzero >= (spread > WIDE ? FEW : MANY) &&
           spread > 2 * (other.largest - other.smallest) + MIN_SPREAD;
}

/* Whole numbers of 2, 4 or 8 bytes: the wrong order makes large numbers of small ones, by more than
 * a factor of 2 on average. Shifted numbers (all low bytes zero) look the same, so this is for the
 * order that hardly anyone writes. */
static inline bool io_integers_look_swapped(const unsigned char *src, int64_t n, size_t width,
                                            bool is_signed, bool big)
{
    double sum[2] = { 0 }, count = 0;
    for (int order = 0; order < 2; order++)
        for (int64_t i = 0; i < n; i += 1 + n / IO_LOOKED_AT) {
            const unsigned char *b = src + (size_t)i * width;
            bool in_big = big == (order == 0);
            uint64_t bits = width == 2   ? io_u16(b, in_big)
                            : width == 4 ? io_u32(b, in_big)
                                         : io_u64(b, in_big);
            if (is_signed && bits >> (8 * width - 1))
                bits = (~bits + 1) & (UINT64_MAX >> (64 - 8 * width));
            sum[order] += log2(1 + (double)bits);
            count += 0.5;
        }
    return sum[0] > sum[1] + count;
}
#endif
