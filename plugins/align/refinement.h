/* align/refinement.h - what align.refine holds while it runs, and its two kinds of stage. */
#ifndef ALIGN_REFINEMENT_H
#define ALIGN_REFINEMENT_H
#include "kit/geometry.h"
#include "kit/noise.h"
#include "kit/points.h"
#include "step.h"

typedef struct params {
    bool shifts, phi, theta, psi;
    loom_reals binning;
    int64_t iterations, thickness;
    double tolerance, range_shift, range_angle, background, damping;
    bool positivity, hull, atoms;
    double bond_spread;
} params;

/* of the convergence table: binning, iteration, R-factor, displacement, angle */
enum { ROW = 5 };
/* iterations between rows of the table; those of a stage before the poses may move */
enum { STRETCH = 20 };
enum { ATOM_STEPS = 24 }; /* of the last stage, at most */

typedef struct refinement {
    loom_call *call;
    const params *p;
    int64_t nt, ny, nx, nz;
    const float *images;
    const double *angles_deg;
    const loom_noise *noise; /* [nt]; NULL: the series does not say */
    double pixel_size, level, radius_px;
    int threads;
    pose_rules rules;
    pose *start, *now, *change, *before, *ahead, *marked;
    step_tilt *report;
    double *rows;           /* [row_room][ROW] */
    int64_t done, row_room; /* rows, and how many there is memory for */
    tomogram t;
    int64_t n;       /* points of the last stage, 0 where its poses were not taken */
    double *point;   /* [n][LOOM_POINT] under `now` */
    double sigma_px; /* of their images */
} refinement;

/* Pixels that one unit of an unknown moves content at the specimen's edge. */
static inline double refinement_lever(const refinement *q, int unknown)
{
    return unknown < POSE_PHI ? 1 : q->radius_px * LOOM_PI / 180;
}

/* Volume and poses at one binning: memory and images of a stage, its iterations, its end. False
 * when out of memory (reported). */
bool stage_open(refinement *q, double binning);
loom_status stage_run(refinement *q, int64_t stage);
void stage_close(refinement *q);

/* The last stage: atoms in place of voxels, from the volume of the stage that ended. Poses and
 * report become those found with atoms, and `point` those atoms, or stay and a note says why. */
loom_status atoms_run(refinement *q);
/* Points there is memory for. */
int64_t atoms_room(const refinement *q);

/* A row of the convergence table: how far poses went since the last row. Returns that at the
 * specimen's edge in pixels. */
double refinement_row(refinement *q, double binning, int64_t iteration);
/* Reports progress of `done` steps over all stages; false: stop. */
bool refinement_progress(const refinement *q, int64_t done);
#endif
