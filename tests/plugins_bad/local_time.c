/* Its output depends on the time zone. */
#include "bad.h"
#include <time.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    struct tm fields;
    time_t noon = 1700000000;
    localtime_r(&noon, &fields);
    p.h->set_number(call, p.out, "hour", fields.tm_hour, NULL);
    return LOOM_OK;
}
BAD_OP("bad.local_time", "volume", "volume", run);
