/* Uses a function that no library has. */
#include "bad.h"
extern void a_function_nobody_has(void);

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    a_function_nobody_has();
    return copy_all(call, "density", &p);
}
BAD_OP("bad.undefined_symbol", "volume", "volume", run);
