/* Keeps every rule: what the others here are but for one thing. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    p.h->note(call, "%zu bytes", p.bytes);
    return LOOM_OK;
}
BAD_OP("bad.healthy", "volume", "volume", run);
