/* Changes the file creation mask. */
#include "bad.h"
#include <sys/stat.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    umask(0125);
    return LOOM_OK;
}
BAD_OP("bad.changes_umask", "volume", "volume", run);
