/* Forgets many small blocks. */
#include "bad.h"
#include <stdlib.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    for (int i = 0; i < 30000; i++) {
        volatile char *lost = malloc(64);
        if (lost) *lost = 1;
    }
    return LOOM_OK;
}
BAD_OP("bad.leaks_small_blocks", "volume", "volume", run);
