/* An optional attribute under a name that is nearly its own. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "images", &p);
    if (status != LOOM_OK) return status;
    if (!p.h->number(p.in, "dose", &(double){ 0 }))
        p.h->set_number(call, p.out, "does", 1e4, "e/angstrom^2");
    return LOOM_OK;
}
BAD_OP("bad.misnamed_attribute", "tilt_series", "tilt_series", run);
