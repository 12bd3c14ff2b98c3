/* One image more than there are angles. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_array *a = loom_need(call, "in", "images");
    if (!a || !loom_need_finite(call, "in", a)) return LOOM_E_DATA;
    loom_value *out = call->host->output(call, "out");
    float *dst = call->host->add_array(call, out, "images", LOOM_F32, 3,
                                       (int64_t[]){ a->dim[0] + 1, a->dim[1], a->dim[2] }, NULL);
    if (!dst || !loom_pass_array(call, loom_need(call, "in", "angles"), out)) return LOOM_E_MEMORY;
    memcpy(dst, a->data, (size_t)loom_array_count(a) * sizeof *dst);
    return loom_pass_rest(call, call->host->input(call, "in", 0), out) ? LOOM_OK : LOOM_E_MEMORY;
}
BAD_OP("bad.one_image_too_many", "tilt_series", "tilt_series", run);
