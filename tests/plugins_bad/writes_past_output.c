/* Writes one element too many. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    ((volatile float *)p.dst)[loom_array_count(p.src)] = 1;
    return LOOM_OK;
}
BAD_OP("bad.writes_past_output", "volume", "volume", run);
