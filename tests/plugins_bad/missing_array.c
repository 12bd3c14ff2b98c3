/* A required array is not made. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_array *x = loom_need(call, "in", "position");
    if (!x || !loom_need_finite(call, "in", x)) return LOOM_E_DATA;
    loom_rest how = { .but = (const char *const[]){ "species", NULL } };
    return loom_pass_rest_as(call, call->host->input(call, "in", 0),
                             call->host->output(call, "out"), how)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}
BAD_OP("bad.missing_array", "atoms", "atoms", run);
