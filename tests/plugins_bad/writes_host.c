/* Its output holds the name of the machine. */
#include "bad.h"
#include <unistd.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    char name[256] = "";
    gethostname(name, sizeof name - 1);
    p.h->set_text(call, p.out, "made_by", name);
    return LOOM_OK;
}
BAD_OP("bad.writes_host", "volume", "volume", run);
