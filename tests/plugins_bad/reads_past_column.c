/* Reads past a column that does not fill its last 64 bytes. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "vertex", &p);
    if (status != LOOM_OK) return status;
    const loom_array *face = loom_need(call, "in", "face");
    if (!face) return LOOM_E_DATA;
    int32_t after = ((const volatile int32_t *)face->data)[loom_array_count(face)];
    p.h->set_number(call, p.out, "sum", after, NULL);
    return LOOM_OK;
}
BAD_OP("bad.reads_past_column", "mesh", "mesh", run);
