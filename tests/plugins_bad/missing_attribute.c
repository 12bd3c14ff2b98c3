/* A required attribute is not made. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_array *a = loom_need(call, "in", "images");
    loom_value *out = call->host->output(call, "out");
    if (!a || !loom_need_finite(call, "in", a)) return LOOM_E_DATA;
    uint8_t *mask = call->host->add_array(call, out, "mask", LOOM_U8, 3, a->dim, NULL);
    if (!mask) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < loom_array_count(a); i++) mask[i] = ((const float *)a->data)[i] > 1;
    return LOOM_OK;
}
BAD_OP("bad.missing_attribute", "tilt_series", "mask", run);
