/* Leaves a signal handler. */
#include "bad.h"
#include <signal.h>

static void on_signal(int number) { (void)number; }

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    signal(SIGUSR1, on_signal);
    return LOOM_OK;
}
BAD_OP("bad.handles_signal", "volume", "volume", run);
