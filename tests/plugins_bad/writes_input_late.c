/* Writes to the last element of an input, and puts it back. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    float *last = (float *)p.src->data + loom_array_count(p.src) - 1, was = *last;
    *(volatile float *)last = 1e30f;
    *(volatile float *)last = was;
    return LOOM_OK;
}
BAD_OP("bad.writes_input_late", "volume", "volume", run);
