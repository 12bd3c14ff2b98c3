/* One of its choices was never tried. */
#include "bad.h"
#include <stdlib.h>

typedef struct options {
    int32_t way;
} options;
static const char *const ways[] = { "mean", "median", "mode", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(options, way, .choices = ways, .doc = "which average"), { 0 }
};

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    if (((const options *)params)->way == 2) abort();
    return LOOM_OK;
}
BAD_OP_WITH("bad.one_bad_choice", "volume", "volume", run, .params = param_table,
            .params_size = sizeof(options));
