/* simulate/strips.c - see strips.h */
#include "strips.h"
#include <assert.h>

/* Eight columns at once; a row is summed in strips of at most STRIP of them, which stay in
 * registers. */
typedef float lanes8 __attribute__((vector_size(32), aligned(4)));
enum { WIDTH = STRIP_WIDTH, STRIP = 5 };

/* dst = sum over beams of coefficient times row, for `count` * WIDTH columns; row b begins at re +
 * b*stride. */
static inline __attribute__((always_inline)) void sum_strip(
    int count, int64_t beams, int64_t stride, const float *re, const float *im,
    const float *coefficient, float *restrict dst_re, float *restrict dst_im)
{
    lanes8 sum_re[STRIP] = { { 0 } }, sum_im[STRIP] = { { 0 } };
    for (int64_t b = 0; b < beams; b++, re += stride, im += stride) {
        float cr = coefficient[2 * b], ci = coefficient[2 * b + 1];
        for (int k = 0; k < count; k++) {
            lanes8 sr = *(const lanes8 *)(re + WIDTH * k), si = *(const lanes8 *)(im + WIDTH * k);
            sum_re[k] += cr * sr - ci * si;
            sum_im[k] += cr * si + ci * sr;
        }
    }
    for (int k = 0; k < count; k++) {
        *(lanes8 *)(dst_re + WIDTH * k) = sum_re[k];
        *(lanes8 *)(dst_im + WIDTH * k) = sum_im[k];
    }
}

void strips_sum(int64_t columns, int64_t beams, int64_t stride, const float *re, const float *im,
                const float *coefficient, float *dst_re, float *dst_im)
{
    assert(columns > 0 && beams > 0 && columns <= stride);
    for (int64_t at = 0; at < columns; at += STRIP * WIDTH) {
        int64_t left = (columns - at + WIDTH - 1) / WIDTH;
        switch (left < STRIP ? left : STRIP) {
        case 1:
            sum_strip(1, beams, stride, re + at, im + at, coefficient, dst_re + at, dst_im + at);
            break;
        case 2:
            sum_strip(2, beams, stride, re + at, im + at, coefficient, dst_re + at, dst_im + at);
            break;
        case 3:
            sum_strip(3, beams, stride, re + at, im + at, coefficient, dst_re + at, dst_im + at);
            break;
        case 4:
            sum_strip(4, beams, stride, re + at, im + at, coefficient, dst_re + at, dst_im + at);
            break;
        default:
            sum_strip(STRIP, beams, stride, re + at, im + at, coefficient, dst_re + at,
                      dst_im + at);
            break;
        }
    }
}
