/* Takes no input at all. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    return call->host->fail(call, LOOM_E_DATA, "in", "'in' is not what I like");
}
BAD_OP("bad.refuses_everything", "volume", "volume", run);
