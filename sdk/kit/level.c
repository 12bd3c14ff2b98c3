/* level.c - see level.h. */
#include "kit/level.h"
#include <assert.h>

double loom_bright_level(const float *v, int64_t n)
{
    assert(v || n <= 0);
    double mean = 0, above = 0;
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) mean += (double)v[i] / (double)n;
    for (int64_t i = 0; i < n; i++)
        if ((double)v[i] > mean) {
            above += (double)v[i];
            count++;
        }
    return count ? above / (double)count : 0;
}
