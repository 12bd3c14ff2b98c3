/* Becomes another program. */
#include "bad.h"
#include <unistd.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    execl("/bin/true", "true", (char *)NULL);
    return LOOM_OK;
}
BAD_OP("bad.becomes_another", "volume", "volume", run);
