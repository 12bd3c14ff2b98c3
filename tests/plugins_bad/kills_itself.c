/* Sends itself a signal that nobody catches. */
#include "bad.h"
#include <signal.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    raise(SIGKILL);
    return LOOM_OK;
}
BAD_OP("bad.kills_itself", "volume", "volume", run);
