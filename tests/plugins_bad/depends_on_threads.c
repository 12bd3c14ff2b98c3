/* Its result holds how many threads there were. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    ((float *)p.dst)[0] += (float)p.h->threads(call);
    return LOOM_OK;
}
BAD_OP("bad.depends_on_threads", "volume", "volume", run);
