/* Closes every descriptor, whoever it belongs to. */
#include "bad.h"
#include <unistd.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    for (int fd = 3; fd < 64; fd++) close(fd);
    close(0);
    return LOOM_OK;
}
BAD_OP("bad.closes_everything", "volume", "volume", run);
