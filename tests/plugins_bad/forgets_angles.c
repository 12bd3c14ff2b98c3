/* Looks for NaN in the images, not in the angles. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "images", &p);
    if (status != LOOM_OK) return status;
    const loom_array *angles = loom_need(call, "in", "angles");
    double sum = 0;
    for (int64_t i = 0; angles && i < loom_array_count(angles); i++)
        sum += ((const double *)angles->data)[i];
    p.h->set_number(call, p.out, "mean_angle", sum, "degree");
    return LOOM_OK;
}
BAD_OP("bad.forgets_angles", "tilt_series", "tilt_series", run);
