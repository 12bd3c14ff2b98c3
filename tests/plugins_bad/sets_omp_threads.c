/* Tells OpenMP how many threads to use, for all ops after it. */
#include "bad.h"
#include <omp.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    omp_set_num_threads(1);
    return LOOM_OK;
}
BAD_OP("bad.sets_omp_threads", "volume", "volume", run);
