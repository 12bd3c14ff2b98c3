/* Goes elsewhere. */
#include "bad.h"
#include <unistd.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    if (chdir("/")) return p.h->fail(call, LOOM_E_IO, NULL, "no way");
    return LOOM_OK;
}
BAD_OP("bad.changes_directory", "volume", "volume", run);
