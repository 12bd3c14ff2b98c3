/* Leaves divisions by zero deadly. */
#include "bad.h"
#include <fenv.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    feenableexcept(FE_DIVBYZERO);
    return LOOM_OK;
}
BAD_OP("bad.traps_divisions", "volume", "volume", run);
