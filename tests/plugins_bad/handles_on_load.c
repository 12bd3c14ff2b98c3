/* A signal handler from the moment it is loaded. */
#include "bad.h"
#include <signal.h>

static void on_signal(int number) { (void)number; }
__attribute__((constructor)) static void set(void) { signal(SIGUSR2, on_signal); }

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    return copy_all(call, "density", &p);
}
BAD_OP("bad.handles_on_load", "volume", "volume", run);
