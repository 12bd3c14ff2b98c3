/* Its estimate makes an output. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    p.h->note(call, "done");
    return LOOM_OK;
}

static loom_status estimate(loom_call *call, const void *params, loom_estimate *out)
{
    (void)params;
    out->bytes = 1 << 20;
    if (!call->host->output(call, "out")) return LOOM_E_BUG;
    return LOOM_OK;
}
BAD_OP_WITH("bad.estimate_makes_output", "volume", "volume", run, .estimate = estimate);
