/* Leaves a thread running. */
#include "bad.h"
#include <pthread.h>
#include <unistd.h>

static void *sleep_long(void *unused)
{
    for (;;) pause();
    return unused;
}

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    pthread_t thread;
    if (pthread_create(&thread, NULL, sleep_long, NULL)) return LOOM_E_MEMORY;
    pthread_detach(thread);
    return LOOM_OK;
}
BAD_OP("bad.leaves_thread", "volume", "volume", run);
