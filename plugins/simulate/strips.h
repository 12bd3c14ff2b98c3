/* simulate/strips.h - sums of many rows with complex coefficients, for simulate.prism: where nearly
 * all of its time goes. */
#ifndef ATOMLOOM_SIMULATE_STRIPS_H
#define ATOMLOOM_SIMULATE_STRIPS_H
#include <stdint.h>

enum { STRIP_WIDTH = 8 }; /* columns are read and written in groups of so many */

/* dst[x] = sum over beams b of coefficient[b] * (re, im)[b * stride + x] for 0 <= x < columns,
 * rounded up to whole groups: rows and dst have room for that. coefficient: [beams][re, im]; dst
 * overlaps nothing. [worker] */
void strips_sum(int64_t columns, int64_t beams, int64_t stride, const float *re, const float *im,
                const float *coefficient, float *dst_re, float *dst_im);
#endif
