/* Sets a variable of the environment. */
#include "bad.h"
#include <stdlib.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    setenv("OMP_DYNAMIC", "true", 1);
    return LOOM_OK;
}
BAD_OP("bad.sets_variable", "volume", "volume", run);
