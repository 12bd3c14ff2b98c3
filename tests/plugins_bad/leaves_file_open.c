/* Leaves a file open. */
#include "bad.h"
#include <fcntl.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    if (open("/dev/null", O_RDONLY) < 0) return p.h->fail(call, LOOM_E_IO, NULL, "no /dev/null");
    return LOOM_OK;
}
BAD_OP("bad.leaves_file_open", "volume", "volume", run);
