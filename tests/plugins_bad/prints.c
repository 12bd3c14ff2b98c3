/* Talks on standard output. */
#include "bad.h"
#include <stdio.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    printf("done\n");
    return LOOM_OK;
}
BAD_OP("bad.prints", "volume", "volume", run);
