/* Ignores a signal. */
#include "bad.h"
#include <signal.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    signal(SIGPIPE, SIG_IGN);
    return LOOM_OK;
}
BAD_OP("bad.ignores_signal", "volume", "volume", run);
