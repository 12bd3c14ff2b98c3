/* Never makes its output. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_array *a = loom_need(call, "in", "density");
    return a && loom_need_finite(call, "in", a) ? LOOM_OK : LOOM_E_DATA;
}
BAD_OP("bad.no_output", "volume", "volume", run);
