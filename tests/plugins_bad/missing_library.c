/* Needs a library that is not where the loader looks. */
#include "bad.h"
extern int nowhere(void);

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    return nowhere() ? copy_all(call, "density", &p) : LOOM_E_BUG;
}
BAD_OP("bad.missing_library", "volume", "volume", run);
