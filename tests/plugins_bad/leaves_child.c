/* Leaves a child process. */
#include "bad.h"
#include <unistd.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    if (!fork()) {
        for (;;) pause();
    }
    return LOOM_OK;
}
BAD_OP("bad.leaves_child", "volume", "volume", run);
