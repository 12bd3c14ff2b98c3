/* Calls itself for ever. */
#include "bad.h"

__attribute__((noinline)) static int deeper(void *a, int depth)
{
    volatile char room[4096];
    room[depth % 4096] = (char)depth;
    return depth < 0 ? 0 : deeper((void *)room, depth + 1) + room[0] + (a != NULL);
}

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    ((float *)p.dst)[0] += (float)deeper(call, 1);
    return LOOM_OK;
}
BAD_OP("bad.overflows_stack", "volume", "volume", run);
