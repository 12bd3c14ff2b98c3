/* Cuts a plane off the volume and copies arrays of the old grid as they are. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_host *h = call->host;
    const loom_value *in = h->input(call, "in", 0);
    const loom_array *src = loom_need(call, "in", "density"), *a;
    if (!src || !loom_need_finite(call, "in", src)) return LOOM_E_DATA;
    if (loom_array_count(src) < 1) return h->fail(call, LOOM_E_DATA, "in", "'in' is empty");
    int64_t dim[3] = { src->dim[0] - 1, src->dim[1], src->dim[2] };
    loom_value *out = h->output(call, "out");
    float *dst = h->add_array(call, out, "density", LOOM_F32, 3, dim, NULL);
    if (!dst) return LOOM_E_MEMORY;
    memcpy(dst, src->data, (size_t)(dim[0] * dim[1] * dim[2]) * sizeof *dst);
    for (int64_t i = 0; (a = h->array_at(in, i)); i++)
        if (a != src && !loom_pass_array(call, a, out)) return LOOM_E_MEMORY;
    loom_pass_attributes(call, in, out);
    return LOOM_OK;
}
BAD_OP("bad.stale_grid", "volume", "volume", run);
