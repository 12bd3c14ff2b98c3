/* Drops the last tilt, and copies what it does not know as it is. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_host *h = call->host;
    const loom_value *in = h->input(call, "in", 0);
    const loom_array *images = loom_need(call, "in", "images"),
                     *angles = loom_need(call, "in", "angles"), *a;
    if (!images || !angles || !loom_need_finite(call, "in", images)) return LOOM_E_DATA;
    if (images->dim[0] < 2)
        return h->fail(call, LOOM_E_DATA, "in", "'in' has fewer than two tilts");
    int64_t n = images->dim[0] - 1, area = images->dim[1] * images->dim[2];
    loom_value *out = h->output(call, "out");
    float *dst = h->add_array(call, out, "images", LOOM_F32, 3,
                              (int64_t[]){ n, images->dim[1], images->dim[2] }, NULL);
    double *tilt = h->add_array(call, out, "angles", LOOM_F64, 2, (int64_t[]){ n, 3 }, "degree");
    if (!dst || !tilt) return LOOM_E_MEMORY;
    memcpy(dst, images->data, (size_t)(n * area) * sizeof *dst);
    memcpy(tilt, angles->data, (size_t)n * 3 * sizeof *tilt);
    for (int64_t i = 0; (a = h->array_at(in, i)); i++)
        if (!h->array(out, a->name) && !loom_pass_array(call, a, out)) return LOOM_E_MEMORY;
    loom_pass_attributes(call, in, out);
    return LOOM_OK;
}
BAD_OP("bad.long_column", "tilt_series", "tilt_series", run);
