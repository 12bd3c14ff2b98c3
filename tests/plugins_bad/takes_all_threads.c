/* Uses as many threads as OpenMP has. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    float *dst = p.dst;
    int64_t n = loom_array_count(p.src);
#pragma omp parallel for
    for (int64_t i = 0; i < n; i++) dst[i] *= 2;
    return LOOM_OK;
}
BAD_OP("bad.takes_all_threads", "volume", "volume", run);
