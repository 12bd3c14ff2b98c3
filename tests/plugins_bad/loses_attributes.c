/* Passes arrays on, and of the attributes only the one it knows. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_host *h = call->host;
    const loom_value *in = h->input(call, "in", 0);
    const loom_array *density = loom_need(call, "in", "density"), *a;
    double voxel;
    if (!density || !loom_need_finite(call, "in", density)
        || !loom_need_number(call, "in", "voxel_size", &voxel))
        return LOOM_E_DATA;
    loom_value *out = h->output(call, "out");
    for (int64_t i = 0; (a = h->array_at(in, i)); i++)
        if (!loom_pass_array(call, a, out)) return LOOM_E_MEMORY;
    h->set_number(call, out, "voxel_size", voxel, "angstrom");
    return LOOM_OK;
}
BAD_OP("bad.loses_attributes", "volume", "volume", run);
