/* Gives up on an assertion. */
#include "bad.h"
#include <stdlib.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    abort();
    return LOOM_OK;
}
BAD_OP("bad.aborts", "volume", "volume", run);
