/* Shortens its input by a plane. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    ((loom_array *)(uintptr_t)p.src)->dim[0]--;
    return LOOM_OK;
}
BAD_OP("bad.edits_input", "volume", "volume", run);
