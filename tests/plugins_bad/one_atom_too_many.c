/* One atom more than it was given. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_array *x = loom_need(call, "in", "position");
    if (!x || !loom_need_finite(call, "in", x)) return LOOM_E_DATA;
    if (!x->dim[0]) return call->host->fail(call, LOOM_E_DATA, "in", "'in' is empty");
    int64_t row[257], n = x->dim[0] < 256 ? x->dim[0] : 256;
    for (int64_t i = 0; i <= n; i++) row[i] = i % n;
    return loom_pass_rest_rows(call, call->host->input(call, "in", 0),
                               call->host->output(call, "out"), row, n + 1)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}
BAD_OP("bad.one_atom_too_many", "atoms", "atoms", run);
