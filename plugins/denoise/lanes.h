/* denoise/lanes.h - eight floats at a time, in the vectors that gcc and clang have in C: kernels
 * whose sums must stay in registers, which plain loops do not ensure. */
#ifndef DENOISE_LANES_H
#define DENOISE_LANES_H
#include <string.h>

enum { LOOM_LANES = 8 };
typedef float loom_lanes __attribute__((vector_size(32)));

static inline loom_lanes loom_lanes_load(const float *p)
{
    loom_lanes v;
    memcpy(&v, p, sizeof v);
    return v;
}
#endif
