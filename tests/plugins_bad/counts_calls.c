/* Remembers its earlier calls. */
#include "bad.h"

static int calls;

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    ((float *)p.dst)[0] += (float)calls++;
    return LOOM_OK;
}
BAD_OP("bad.counts_calls", "volume", "volume", run);
