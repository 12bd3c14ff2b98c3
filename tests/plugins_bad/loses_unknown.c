/* Makes all that its type asks for and nothing else. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_array *x = loom_need(call, "in", "position"),
                     *species = loom_need(call, "in", "species");
    const loom_host *h = call->host;
    if (!x || !species || !loom_need_finite(call, "in", x)) return LOOM_E_DATA;
    loom_value *out = h->output(call, "out");
    if (!loom_pass_array(call, x, out) || !loom_pass_array(call, species, out))
        return LOOM_E_MEMORY;
    loom_pass_attributes(call, h->input(call, "in", 0), out);
    return LOOM_OK;
}
BAD_OP("bad.loses_unknown", "atoms", "atoms", run);
