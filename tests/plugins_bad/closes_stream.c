/* Closes the standard input. */
#include "bad.h"
#include <unistd.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    close(0);
    return LOOM_OK;
}
BAD_OP("bad.closes_stream", "volume", "volume", run);
