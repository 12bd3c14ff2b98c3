/* Talks on standard output without the C library. */
#include "bad.h"
#include <unistd.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    if (write(1, "done\n", 5) != 5) return p.h->fail(call, LOOM_E_IO, NULL, "no output");
    return LOOM_OK;
}
BAD_OP("bad.writes_descriptor_1", "volume", "volume", run);
