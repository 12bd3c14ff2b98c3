/* align/per_image.h - what a table says of every image of a series. */
#ifndef ALIGN_PER_IMAGE_H
#define ALIGN_PER_IMAGE_H
#include "kit/check.h"

/* The column `name` of input `port`: one finite f64 for each of `nt` images. NULL after failing. */
static inline const double *per_image_column(loom_call *call, const char *port, const char *name,
                                             int64_t nt)
{
    const loom_array *c = loom_need(call, port, name);
    if (!c) return NULL;
    if (!loom_is_column(c, LOOM_F64, nt)) {
        call->host->fail(call, LOOM_E_DATA, port,
                         "column '%s' holds %lld %s; expected one f64 for each of the %lld images",
                         c->name, (long long)c->dim[0], loom_dtype_text(c->dtype), (long long)nt);
        return NULL;
    }
    return loom_need_finite(call, port, c) ? c->data : NULL;
}
#endif
