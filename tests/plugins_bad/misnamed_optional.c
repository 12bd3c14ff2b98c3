/* An optional array under a name that is nearly its own. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    if (call->host->array(p.out, "origin")) return LOOM_OK;
    double *origin =
        p.h->add_array(call, p.out, "orgin", LOOM_F64, 1, (int64_t[]){ 3 }, "angstrom");
    if (!origin) return LOOM_E_MEMORY;
    return LOOM_OK;
}
BAD_OP("bad.misnamed_optional", "volume", "volume", run);
