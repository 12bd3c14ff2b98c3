/* The last image and its angles come twice. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_array *a = loom_need(call, "in", "images");
    if (!a || !loom_need_finite(call, "in", a)) return LOOM_E_DATA;
    if (!a->dim[0]) return call->host->fail(call, LOOM_E_DATA, "in", "'in' is empty");
    int64_t row[64], n = a->dim[0] < 63 ? a->dim[0] : 63;
    for (int64_t i = 0; i <= n; i++) row[i] = i < n ? i : n - 1;
    return loom_pass_rest_rows(call, call->host->input(call, "in", 0),
                               call->host->output(call, "out"), row, n + 1)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}
BAD_OP("bad.one_tilt_too_many", "tilt_series", "tilt_series", run);
