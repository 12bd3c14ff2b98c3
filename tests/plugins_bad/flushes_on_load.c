/* Flush-to-zero from the moment it is loaded, as -Ofast links it in. */
#include "bad.h"
#include <fenv.h>

__attribute__((constructor)) static void set(void)
{
#if defined __x86_64__
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#else
    fesetround(FE_DOWNWARD);
#endif
}

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    return copy_all(call, "density", &p);
}
BAD_OP("bad.flushes_on_load", "volume", "volume", run);
