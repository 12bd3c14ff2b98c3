/* A length in nanometres. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    p.h->set_number(call, p.out, "voxel_size", 0.05, "nm");
    return LOOM_OK;
}
BAD_OP("bad.wrong_unit", "volume", "volume", run);
