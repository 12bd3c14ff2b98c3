/* Forgets two megabytes in each call. */
#include "bad.h"
#include <stdlib.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    volatile char *lost = malloc(2 << 20);
    for (int i = 0; lost && i < 2 << 20; i += 512) lost[i] = 1;
    return LOOM_OK;
}
BAD_OP("bad.leaks_memory", "volume", "volume", run);
