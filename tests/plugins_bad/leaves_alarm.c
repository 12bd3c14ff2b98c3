/* Leaves an alarm running. */
#include "bad.h"
#include <unistd.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    alarm(1000);
    return LOOM_OK;
}
BAD_OP("bad.leaves_alarm", "volume", "volume", run);
