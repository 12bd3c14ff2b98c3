/* Says hello when it is loaded. */
#include "bad.h"
#include <stdio.h>

__attribute__((constructor)) static void hello(void) { puts("hello"); }

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    return copy_all(call, "density", &p);
}
BAD_OP("bad.prints_on_load", "volume", "volume", run);
