/* Threads add to one sum in the order in which they come. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    const float *src = p.src->data;
    int64_t n = loom_array_count(p.src);
    float sum = 0;
#pragma omp parallel for num_threads(p.h->threads(call)) reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) sum += src[i];
    ((float *)p.dst)[0] = sum;
    return LOOM_OK;
}
BAD_OP("bad.race", "volume", "volume", run);
