/* Leaves the rounding mode changed. */
#include "bad.h"
#include <fenv.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    fesetround(FE_UPWARD);
    return LOOM_OK;
}
BAD_OP("bad.rounds_up", "volume", "volume", run);
