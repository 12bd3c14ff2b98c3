/* Uses scratch after giving it back. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    p.h->release(call, p.scratch);
    ((float *)p.dst)[0] += ((volatile float *)p.scratch)[0];
    return LOOM_OK;
}
BAD_OP("bad.uses_released", "volume", "volume", run);
