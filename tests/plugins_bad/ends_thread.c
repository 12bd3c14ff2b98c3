/* Ends the thread it was called on. */
#include "bad.h"
#include <pthread.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    pthread_exit(NULL);
    return LOOM_OK;
}
BAD_OP("bad.ends_thread", "volume", "volume", run);
