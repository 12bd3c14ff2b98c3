/* Keeps a number in front of its scratch. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    ((volatile int64_t *)p.scratch)[-1] = 7;
    return LOOM_OK;
}
BAD_OP("bad.writes_before_scratch", "volume", "volume", run);
