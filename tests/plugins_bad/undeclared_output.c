/* Asks for an output that it does not declare. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    if (!p.h->output(call, "more")) return LOOM_E_BUG;
    return LOOM_OK;
}
BAD_OP("bad.undeclared_output", "volume", "volume", run);
