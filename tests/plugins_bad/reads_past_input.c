/* Adds the element after the last one, where there is none. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    const volatile float *src = p.src->data;
    if (src[loom_array_count(p.src)] > 1e9f) ((float *)p.dst)[0] += 1;
    return LOOM_OK;
}
BAD_OP("bad.reads_past_input", "volume", "volume", run);
