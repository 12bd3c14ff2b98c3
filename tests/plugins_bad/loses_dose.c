/* Forgets an optional attribute of its type. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_array *a = loom_need(call, "in", "images");
    if (!a || !loom_need_finite(call, "in", a)) return LOOM_E_DATA;
    loom_rest how = { .but = (const char *const[]){ "dose", NULL } };
    return loom_pass_rest_as(call, call->host->input(call, "in", 0),
                             call->host->output(call, "out"), how)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}
BAD_OP("bad.loses_dose", "tilt_series", "tilt_series", run);
