/* Its estimate leaves a file open. */
#include "bad.h"
#include <fcntl.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    p.h->note(call, "done");
    return LOOM_OK;
}

static loom_status estimate(loom_call *call, const void *params, loom_estimate *out)
{
    (void)params;
    (void)call;
    out->bytes = open("/dev/null", O_RDONLY) > 0 ? 4096 : 0;
    return LOOM_OK;
}
BAD_OP_WITH("bad.estimate_leaves_file", "volume", "volume", run, .estimate = estimate);
