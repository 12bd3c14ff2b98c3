/* Positions with two columns. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_array *x = loom_need(call, "in", "position");
    if (!x || !loom_need_finite(call, "in", x)) return LOOM_E_DATA;
    loom_value *out = call->host->output(call, "out");
    double *dst = call->host->add_array(call, out, "position", LOOM_F64, 2,
                                        (int64_t[]){ x->dim[0], 2 }, "angstrom");
    if (!dst) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < 2 * x->dim[0]; i++)
        dst[i] = ((const double *)x->data)[i / 2 * 3 + i % 2];
    return loom_pass_rest(call, call->host->input(call, "in", 0), out) ? LOOM_OK : LOOM_E_MEMORY;
}
BAD_OP("bad.wrong_shape", "atoms", "atoms", run);
