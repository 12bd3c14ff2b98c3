/* Its output holds the number of its process. */
#include "bad.h"
#include <unistd.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    p.h->set_number(call, p.out, "process", (double)getpid(), NULL);
    return LOOM_OK;
}
BAD_OP("bad.writes_process", "volume", "volume", run);
