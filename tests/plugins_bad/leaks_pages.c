/* Maps pages and does not give them back. */
#include "bad.h"
#include <sys/mman.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    if (mmap(NULL, 4 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        == MAP_FAILED)
        return LOOM_E_MEMORY;
    return LOOM_OK;
}
BAD_OP("bad.leaks_pages", "volume", "volume", run);
