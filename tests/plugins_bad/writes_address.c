/* Its output holds an address. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    p.h->set_number(call, p.out, "place", (double)((uintptr_t)run >> 12), NULL);
    return LOOM_OK;
}
BAD_OP("bad.writes_address", "volume", "volume", run);
