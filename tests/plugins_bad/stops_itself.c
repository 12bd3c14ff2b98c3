/* Stops the process. */
#include "bad.h"
#include <signal.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    raise(SIGSTOP);
    return LOOM_OK;
}
BAD_OP("bad.stops_itself", "volume", "volume", run);
