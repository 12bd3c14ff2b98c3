/* A default that its own range refuses. */
#include "bad.h"

typedef struct params {
    double sigma;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, sigma, .def = 9, .min = 0, .max = 4, .doc = "width"), { 0 }
};
static loom_status run(loom_call *call, const void *param_struct)
{
    parts p;
    (void)param_struct;
    return copy_all(call, "density", &p);
}
BAD_OP_WITH("bad.default_out_of_range", "volume", "volume", run, .params = param_table,
            .params_size = sizeof(params));
