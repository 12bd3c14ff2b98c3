/* Its output holds the directory it was started in. */
#include "bad.h"
#include <unistd.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    char where[4096];
    p.h->set_text(call, p.out, "where", getcwd(where, sizeof where) ? where : "");
    return LOOM_OK;
}
BAD_OP("bad.writes_directory", "volume", "volume", run);
