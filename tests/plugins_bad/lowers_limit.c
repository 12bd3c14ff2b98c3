/* Lowers a resource limit. */
#include "bad.h"
#include <sys/resource.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    struct rlimit l;
    getrlimit(RLIMIT_NOFILE, &l);
    l.rlim_cur--;
    setrlimit(RLIMIT_NOFILE, &l);
    return LOOM_OK;
}
BAD_OP("bad.lowers_limit", "volume", "volume", run);
