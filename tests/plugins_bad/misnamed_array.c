/* Its array is called otherwise than its type asks for. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_array *src = loom_need(call, "in", "density");
    if (!src || !loom_need_finite(call, "in", src)) return LOOM_E_DATA;
    loom_value *out = call->host->output(call, "out");
    float *dst = call->host->add_array(call, out, "densty", LOOM_F32, 3, src->dim, NULL);
    if (!dst) return LOOM_E_MEMORY;
    memcpy(dst, src->data, (size_t)loom_array_count(src) * sizeof *dst);
    loom_rest how = { .but = (const char *const[]){ "density", NULL } };
    return loom_pass_rest_as(call, call->host->input(call, "in", 0), out, how) ? LOOM_OK
                                                                               : LOOM_E_MEMORY;
}
BAD_OP("bad.misnamed_array", "volume", "volume", run);
