/* align/axis.h - the direction of the tilt axis in the images of a series: the direction along
 * which the profiles of all tilts agree best. */
#ifndef ATOMLOOM_ALIGN_AXIS_H
#define ATOMLOOM_ALIGN_AXIS_H
#include <atomloom/op.h>

typedef struct axis_job {
    const float *src; /* [nt][ny][nx] */
    int64_t nt, ny, nx;
    double level; /* of a pixel without specimen */
    const double
        *shift; /* [nt][2] x, y of the specimen's centre from the rotation centre, pixels */
    const double *total; /* [nt] sum of an image above the level, not 0 */
    double range_deg;    /* directions within this of y are tried, > 0 */
} axis_job;

/* Turned from y towards -x, degrees, with its standard error from noise and whatever else makes the
 * profiles differ. At least four tilts. False when out of memory. */
bool axis_find(loom_call *call, const axis_job *job, double *angle_deg, double *error_deg);
#endif
