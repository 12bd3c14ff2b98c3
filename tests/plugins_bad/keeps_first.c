/* Keeps what it computed from the first inputs it saw. */
#include "bad.h"

static float scale;

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    if (scale == 0) scale = ((const float *)p.src->data)[loom_array_count(p.src) / 2];
    ((float *)p.dst)[0] = scale;
    return LOOM_OK;
}
BAD_OP("bad.keeps_first", "volume", "volume", run);
