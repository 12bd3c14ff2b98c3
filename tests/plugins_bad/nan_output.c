/* A NaN in its output. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    ((float *)p.dst)[3] = NAN;
    return LOOM_OK;
}
BAD_OP("bad.nan_output", "volume", "volume", run);
