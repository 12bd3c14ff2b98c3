/* One mask more than there are images. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_array *a = loom_need(call, "in", "images");
    if (!a || !loom_need_finite(call, "in", a)) return LOOM_E_DATA;
    loom_value *out = call->host->output(call, "out");
    return call->host->add_array(call, out, "mask", LOOM_U8, 3,
                                 (int64_t[]){ a->dim[0] + 1, a->dim[1], a->dim[2] }, NULL)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}
BAD_OP("bad.one_mask_too_many", "tilt_series", "mask_series", run);
