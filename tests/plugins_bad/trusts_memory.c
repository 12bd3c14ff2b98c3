/* Does not ask whether there was memory. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_host *h = call->host;
    const loom_array *src = loom_need(call, "in", "density");
    if (!src || !loom_need_finite(call, "in", src)) return LOOM_E_DATA;
    float *dst = h->add_array(call, h->output(call, "out"), "density", LOOM_F32, 3, src->dim, NULL);
    for (int64_t i = 0; i < loom_array_count(src); i++) dst[i] = 2 * ((const float *)src->data)[i];
    return loom_pass_rest(call, h->input(call, "in", 0), h->output(call, "out")) ? LOOM_OK
                                                                                 : LOOM_E_MEMORY;
}
BAD_OP("bad.trusts_memory", "volume", "volume", run);
