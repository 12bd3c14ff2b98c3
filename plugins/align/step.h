/* align/step.h - one Gauss-Newton step of the poses: what the residuals of re-projected images say
 * about displacements and angles. */
#ifndef ALIGN_STEP_H
#define ALIGN_STEP_H
#include "pose.h"
#include "tomogram.h"

typedef struct step_tilt {
    double r_factor; /* sum |projected - image| / sum |image| */
    /* standard error of each unknown if the residual is noise; 0 where not refined */
    double sigma[POSE_COUNT];
} step_tilt;

/* change[k] is what should be added to poses[k] (pixels of the series, degrees). Damping is
 * relative, as Marquardt's. False when out of memory (reported). */
bool step_measure(const tomogram *t, const pose *poses, const pose_rules *rules, double damping,
                  pose *change, step_tilt *report);
#endif
