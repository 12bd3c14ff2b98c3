/* Leaves flush-to-zero on. */
#include "bad.h"
#include <fenv.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
#if defined __x86_64__
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#else
    fesetround(FE_DOWNWARD);
#endif
    return LOOM_OK;
}
BAD_OP("bad.flushes_to_zero", "volume", "volume", run);
