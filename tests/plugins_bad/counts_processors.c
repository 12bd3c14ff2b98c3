/* Splits its work by the number of processors it finds. */
#include "bad.h"
#include <unistd.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    ((float *)p.dst)[0] += (float)sysconf(_SC_NPROCESSORS_ONLN);
    return LOOM_OK;
}
BAD_OP("bad.counts_processors", "volume", "volume", run);
