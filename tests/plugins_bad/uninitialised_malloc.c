/* Reads memory of malloc before it is written. */
#include "bad.h"
#include <stdlib.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    float *more = malloc(4096);
    if (!more) return LOOM_E_MEMORY;
    for (int i = 256; i < 1000; i++) ((float *)p.dst)[1] += more[i] > 0 ? 1 : 0;
    free(more);
    return LOOM_OK;
}
BAD_OP("bad.uninitialised_malloc", "volume", "volume", run);
