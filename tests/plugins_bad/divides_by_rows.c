/* Divides by the number of rows. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_array *x = loom_need(call, "in", "position");
    if (!x || !loom_need_finite(call, "in", x)) return LOOM_E_DATA;
    int64_t share = 1000000 / *(volatile const int64_t *)&x->dim[0];
    call->host->note(call, "%lld", (long long)share);
    return loom_pass_rest(call, call->host->input(call, "in", 0), call->host->output(call, "out"))
               ? LOOM_OK
               : LOOM_E_MEMORY;
}
BAD_OP("bad.divides_by_rows", "atoms", "atoms", run);
