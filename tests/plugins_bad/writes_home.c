/* Its output holds something of its environment. */
#include "bad.h"
#include <stdlib.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    const char *home = getenv("HOME");
    p.h->set_text(call, p.out, "home", home ? home : "");
    return LOOM_OK;
}
BAD_OP("bad.writes_home", "volume", "volume", run);
