/* Makes its process undumpable. */
#include "bad.h"
#include <sys/prctl.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    prctl(PR_SET_DUMPABLE, 0);
    return LOOM_OK;
}
BAD_OP("bad.hides_itself", "volume", "volume", run);
