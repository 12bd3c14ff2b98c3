/* Its estimate fails. */
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
    (void)out;
    if (call) return LOOM_E_DATA;
    return LOOM_OK;
}
BAD_OP_WITH("bad.estimate_fails", "volume", "volume", run, .estimate = estimate);
