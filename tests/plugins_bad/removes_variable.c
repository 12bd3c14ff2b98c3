/* Removes a variable of the environment. */
#include "bad.h"
#include <stdlib.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    unsetenv("PATH");
    return LOOM_OK;
}
BAD_OP("bad.removes_variable", "volume", "volume", run);
