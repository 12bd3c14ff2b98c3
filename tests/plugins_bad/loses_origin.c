/* Forgets where the volume lies. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_array *a = loom_need(call, "in", "density");
    if (!a || !loom_need_finite(call, "in", a)) return LOOM_E_DATA;
    loom_rest how = { .but = (const char *const[]){ "origin", NULL } };
    return loom_pass_rest_as(call, call->host->input(call, "in", 0),
                             call->host->output(call, "out"), how)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}
BAD_OP("bad.loses_origin", "volume", "volume", run);
