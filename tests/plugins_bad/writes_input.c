/* Sorts its work out in the input. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    ((float *)p.src->data)[0] = 0;
    return LOOM_OK;
}
BAD_OP("bad.writes_input", "volume", "volume", run);
