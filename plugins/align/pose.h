/* align/pose.h - where each tilt stands: its image's displacement and its Euler angles; what all of
 * them share is a gauge. */
#ifndef ALIGN_POSE_H
#define ALIGN_POSE_H
#include <atomloom/op.h>

/* Unknowns of a tilt, in this order. */
enum { POSE_X, POSE_Y, POSE_PHI, POSE_THETA, POSE_PSI, POSE_COUNT };

typedef struct pose {
    /* displacement of the image's content in pixels; phi, theta, psi in degrees */
    double v[POSE_COUNT];
} pose;

typedef struct pose_rules {
    bool refine[POSE_COUNT];
    double range[POSE_COUNT]; /* largest distance from the input */
    bool stretch;             /* a stretch of theta as tan(theta) is refined too */
} pose_rules;

/* Takes off what no projection can tell: the translation of the specimen that explains most of the
 * displacements, and (where all three angles, or theta alone, are refined) its rotation that
 * explains most of the changes of angle, both in the sense of least squares; and what it can hardly
 * tell unless `stretch` is set, a stretch of theta as tan(theta). */
void pose_fix_gauge(int64_t nt, const pose *start, const pose_rules *rules, pose *p);
/* The motion of the specimen that explains most of what the poses of the same views differ by: what
 * sat at p under `from` sits at rotation p + translation (pixels) under `to`. */
void pose_motion(int64_t nt, const pose *from, const pose *to, double rotation[9],
                 double translation[3]);
/* Within the ranges. */
void pose_clip(int64_t nt, const pose *start, const pose_rules *rules, pose *p);
#endif
