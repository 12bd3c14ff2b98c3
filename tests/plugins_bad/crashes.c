/* Follows a NULL pointer. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    *(volatile int *)NULL = 1;
    return LOOM_OK;
}
BAD_OP("bad.crashes", "volume", "volume", run);
