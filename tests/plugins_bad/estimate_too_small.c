/* Its estimate is far too small. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    if (!p.h->scratch(call, 40 << 20)) return LOOM_E_MEMORY;
    return LOOM_OK;
}

static loom_status estimate(loom_call *call, const void *params, loom_estimate *out)
{
    (void)params;
    (void)call;
    out->bytes = 4096;
    return LOOM_OK;
}
BAD_OP_WITH("bad.estimate_too_small", "volume", "volume", run, .estimate = estimate);
