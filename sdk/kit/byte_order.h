/* kit/byte_order.h - a format without checksums gives the order of its bytes in a single bit.
 * Numbers read in the wrong order look like nothing that is measured, which is noticed here. */
#ifndef LOOM_KIT_BYTE_ORDER_H
#define LOOM_KIT_BYTE_ORDER_H
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { LOOM_LOOKED_AT = 65536 }; /* numbers at most, evenly spread */

/* What reals of 2, 4 or 8 bytes look like. */
typedef struct loom_reals_look {
    int64_t nonzero, subnormal, not_finite;
    int smallest, largest; /* binary exponents of those that are finite and not zero */
} loom_reals_look;

/* The bits of a number of `width` bytes, at most 8, at any address. */
static inline uint64_t loom_bits(const unsigned char *b, size_t width, bool big)
{
    uint64_t bits = 0;
    for (size_t k = 0; k < width; k++) bits = bits << 8 | b[big ? k : width - 1 - k];
    return bits;
}

/* The real of 2, 4 or 8 bytes (IEEE) with these bits. */
static inline double loom_real(uint64_t bits, size_t width)
{
    if (width == 2) {
        int exponent = (int)(bits >> 10 & 31);
        double mantissa = (double)(bits & 1023), sign = bits >> 15 ? -1 : 1;
        if (exponent == 31) return mantissa > 0 ? (double)NAN : sign * (double)INFINITY;
        return sign * (exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24));
    }
    if (width == 4) {
        uint32_t half = (uint32_t)bits;
        float f;
        memcpy(&f, &half, sizeof f);
        return (double)f;
    }
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline loom_reals_look loom_look_at_reals(const unsigned char *src, int64_t n, size_t width,
                                                 bool big)
{
    loom_reals_look look = { .smallest = 9999, .largest = -9999 };
    int least = width == 2   ? -13
                : width == 4 ? -125
                             : -1021; /* frexp's exponent of the least normal number */
    for (int64_t i = 0; i < n; i += 1 + n / LOOM_LOOKED_AT) {
        double v = loom_real(loom_bits(src + (size_t)i * width, width, big), width);
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
static inline bool loom_reals_look_swapped(const unsigned char *src, int64_t n, size_t width,
                                           bool big)
{
    enum { MANY = 16, FEW = 4, WIDE = 64, MIN_SPREAD = 8 };
    loom_reals_look is = loom_look_at_reals(src, n, width, big);
    loom_reals_look other = loom_look_at_reals(src, n, width, !big);
    int spread = is.largest - is.smallest;
    if (!is.nonzero || other.subnormal || other.not_finite) return false;
    if (is.subnormal && 2 * is.subnormal >= is.nonzero) return true;
    if (is.nonzero >= MANY && is.not_finite) return true;
    return is.nonzero >= (spread > WIDE ? FEW : MANY)
           && spread > 2 * (other.largest - other.smallest) + MIN_SPREAD;
}

/* Whole numbers of 2, 4 or 8 bytes: the wrong order makes large numbers of small ones, by more than
 * a factor of 2 on average. Shifted numbers (all low bytes zero) look the same, so this is for the
 * order that hardly anyone writes. */
static inline bool loom_integers_look_swapped(const unsigned char *src, int64_t n, size_t width,
                                              bool is_signed, bool big)
{
    double sum[2] = { 0 }, count = 0;
    for (int order = 0; order < 2; order++)
        for (int64_t i = 0; i < n; i += 1 + n / LOOM_LOOKED_AT) {
            const unsigned char *b = src + (size_t)i * width;
            bool in_big = big == (order == 0);
            uint64_t bits = loom_bits(b, width, in_big);
            if (is_signed && bits >> (8 * width - 1))
                bits = (~bits + 1) & (UINT64_MAX >> (64 - 8 * width));
            sum[order] += log2(1 + (double)bits);
            count += 0.5;
        }
    return sum[0] > sum[1] + count;
}
#endif
