/* reconstruct/descent.h - a reconstruction by descent (kit/descent.h), from first volume to
 * outputs: RESIRE and SIRT are two settings of it. */
#ifndef RECONSTRUCT_DESCENT_H
#define RECONSTRUCT_DESCENT_H
#include "free.h"

typedef struct descent {
    double step;               /* times the scaled gradient */
    const float *image_weight; /* W: image state, or NULL: 1 */
    const float *voxel_weight; /* C: volume state, or NULL: 1 */
    bool accelerate;
    /* image states to work in, from descent_open; free for set-up until `descend` */
    float *projected, *other;
    float *before; /* a volume state; only needed to accelerate */
} descent;

/* Memory for the iterations, `before` on request; false when out of it (reported). */
bool descent_open(problem *q, descent *d, bool before);
/* All iterations and the table: a pass. */
loom_status descend(problem *q, const descent *d);
#endif
