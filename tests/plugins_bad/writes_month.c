/* Its output holds the month, from another clock. */
#include "bad.h"
#include <time.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    p.h->set_number(call, p.out, "month", (double)(now.tv_sec / 2629746), NULL);
    return LOOM_OK;
}
BAD_OP("bad.writes_month", "volume", "volume", run);
