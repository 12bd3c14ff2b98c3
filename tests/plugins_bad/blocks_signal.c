/* Leaves a signal blocked. */
#include "bad.h"
#include <signal.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return LOOM_OK;
}
BAD_OP("bad.blocks_signal", "volume", "volume", run);
