/* Random numbers that go on from call to call. */
#include "bad.h"
#include <stdlib.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    ((float *)p.dst)[0] += (float)(rand() % 1000);
    return LOOM_OK;
}
BAD_OP("bad.random_unseeded", "volume", "volume", run);
