/* Steps back behind other processes, and so do all ops after it. */
#include "bad.h"
#include <sys/resource.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 1);
    return LOOM_OK;
}
BAD_OP("bad.lowers_priority", "volume", "volume", run);
