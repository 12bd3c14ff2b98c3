/* Reads a variable before it is written. */
#include "bad.h"

/* Deep in the stack, where earlier calls have left what they had. */
__attribute__((noinline)) static int leftover(void)
{
    int room[4096];
    __asm__ volatile("" : : "r"(room) : "memory");
    return room[64];
}

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    ((float *)p.dst)[1] += (float)(leftover() & 127);
    return LOOM_OK;
}
BAD_OP("bad.uninitialised_stack", "volume", "volume", run);
