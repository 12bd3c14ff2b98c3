/* Writes one byte past its scratch, which is no multiple of 64 bytes. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    char *odd = p.h->scratch(call, 100);
    if (!odd) return LOOM_E_MEMORY;
    for (int i = 0; i <= 100; i++) ((volatile char *)odd)[i] = 1;
    return LOOM_OK;
}
BAD_OP("bad.writes_past_scratch", "volume", "volume", run);
