/* Doubles where its type has single precision. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_array *src = loom_need(call, "in", "density");
    if (!src || !loom_need_finite(call, "in", src)) return LOOM_E_DATA;
    loom_value *out = call->host->output(call, "out");
    double *dst = call->host->add_array(call, out, "density", LOOM_F64, 3, src->dim, NULL);
    if (!dst) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < loom_array_count(src); i++)
        dst[i] = (double)((const float *)src->data)[i];
    return loom_pass_rest(call, call->host->input(call, "in", 0), out) ? LOOM_OK : LOOM_E_MEMORY;
}
BAD_OP("bad.wrong_dtype", "volume", "volume", run);
