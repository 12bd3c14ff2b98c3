/* Does not look for NaN. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_host *h = call->host;
    const loom_array *src = loom_need(call, "in", "density");
    if (!src) return LOOM_E_DATA;
    loom_value *out = h->output(call, "out");
    float *dst = h->add_array(call, out, "density", LOOM_F32, 3, src->dim, NULL);
    if (!dst) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < loom_array_count(src); i++) dst[i] = 2 * ((const float *)src->data)[i];
    return loom_pass_rest(call, h->input(call, "in", 0), out) ? LOOM_OK : LOOM_E_MEMORY;
}
BAD_OP("bad.passes_nan", "volume", "volume", run);
