/* Forgets that a child that could not exec returns as well. */
#include "bad.h"
#include <unistd.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    if (fork() < 0) return p.h->fail(call, LOOM_E_IO, NULL, "no process");
    return LOOM_OK;
}
BAD_OP("bad.returns_twice", "volume", "volume", run);
