/* Fails and says nothing. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    return LOOM_E_DATA;
    return LOOM_OK;
}
BAD_OP("bad.fails_without_message", "volume", "volume", run);
