/* A function that is not static. */
#include "bad.h"

extern LOOM_EXPORT int helper(int x);
int helper(int x) { return x + 1; }

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    return copy_all(call, "density", &p);
}
BAD_OP("bad.exports_more", "volume", "volume", run);
