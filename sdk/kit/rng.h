/* kit/rng.h - counter-based random numbers: each is a pure function of (seed, stream, counter), so
 * results do not depend on the number of threads or the order of work.
 *
 * Philox 4x32-10 (Salmon, Moraes, Dror, Shaw, SC'11, doi 10.1145/2063384.2063405): key = seed;
 * counter words = (counter, stream). A stream is one independent sequence: give each purpose and
 * each atom, tilt or pixel a stream of its own. */
#ifndef LOOM_KIT_RNG_H
#define LOOM_KIT_RNG_H
#include <math.h>
#include <stdint.h>

static inline void loom_philox_round(uint32_t x[4], uint32_t k0, uint32_t k1)
{
    uint64_t a = (uint64_t)0xD2511F53u * x[0], b = (uint64_t)0xCD9E8D57u * x[2];
    uint32_t y0 = (uint32_t)(b >> 32) ^ x[1] ^ k0, y2 = (uint32_t)(a >> 32) ^ x[3] ^ k1;
    x[0] = y0;
    x[1] = (uint32_t)b;
    x[2] = y2;
    x[3] = (uint32_t)a;
}

/* 128 random bits in out[0..1]. */
static inline void loom_random128(uint64_t seed, uint64_t stream, uint64_t counter, uint64_t out[2])
{
    uint32_t x[4] = { (uint32_t)counter, (uint32_t)(counter >> 32), (uint32_t)stream,
                      (uint32_t)(stream >> 32) };
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int i = 0; i < 10; i++) {
        loom_philox_round(x, k0, k1);
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    out[0] = (uint64_t)x[1] << 32 | x[0];
    out[1] = (uint64_t)x[3] << 32 | x[2];
}

static inline uint64_t loom_random(uint64_t seed, uint64_t stream, uint64_t counter)
{
    uint64_t out[2];
    loom_random128(seed, stream, counter, out);
    return out[0];
}

/* Uniform in (0, 1), never 0 or 1: 52 bits and a half, so that the largest does not round to 1. */
static inline double loom_uniform_of(uint64_t bits)
{
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}
static inline double loom_uniform(uint64_t seed, uint64_t stream, uint64_t counter)
{
    return loom_uniform_of(loom_random(seed, stream, counter));
}

/* Two independent standard normal numbers (Box-Muller). */
static inline void loom_normal2(uint64_t seed, uint64_t stream, uint64_t counter, double out[2])
{
    uint64_t bits[2];
    loom_random128(seed, stream, counter, bits);
    double r = sqrt(-2 * log(loom_uniform_of(bits[0]))),
           phase = 6.283185307179586477 * loom_uniform_of(bits[1]);
    out[0] = r * cos(phase);
    out[1] = r * sin(phase);
}

/* An integer in 0 .. n-1, n > 0 (bias below 2^-32 for n < 2^32). */
__extension__ typedef unsigned __int128 loom_uint128;
static inline uint64_t loom_below(uint64_t bits, uint64_t n)
{
    return (uint64_t)(((loom_uint128)bits * n) >> 64);
}
#endif
