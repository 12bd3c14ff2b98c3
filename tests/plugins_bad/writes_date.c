/* Its output holds the day. */
#include "bad.h"
#include <time.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    time_t now = time(NULL);
    char day[32];
    struct tm fields;
    strftime(day, sizeof day, "%Y-%m-%d", gmtime_r(&now, &fields));
    p.h->set_text(call, p.out, "made_on", day);
    return LOOM_OK;
}
BAD_OP("bad.writes_date", "volume", "volume", run);
