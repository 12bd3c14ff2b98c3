/* Calls being asked to stop an error of the data. */
#include "bad.h"
#include <stdlib.h>

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    parts p;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_E_CANCELLED) return status;
    abort();
}
BAD_OP("bad.stopped_badly", "volume", "volume", run);
