/* Blames the data for a lack of memory. */
#include "bad.h"
#include <stdlib.h>

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_host *h = call->host;
    const loom_array *src = loom_need(call, "in", "density");
    if (!src || !loom_need_finite(call, "in", src)) return LOOM_E_DATA;
    if (!h->scratch(call, 64)) abort();
    return loom_pass_rest(call, h->input(call, "in", 0), h->output(call, "out")) ? LOOM_OK
                                                                                 : LOOM_E_MEMORY;
}
BAD_OP("bad.wrong_reason", "volume", "volume", run);
