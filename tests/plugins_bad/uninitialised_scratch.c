/* Takes scratch for zeroed. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    float *sum = p.h->scratch(call, 64 * sizeof *sum);
    if (!sum) return LOOM_E_MEMORY;
    for (int i = 0; i < 64; i++) sum[i % 8] += 1;
    ((float *)p.dst)[1] += sum[3] > 0 ? 1 : 0;
    return LOOM_OK;
}
BAD_OP("bad.uninitialised_scratch", "volume", "volume", run);
