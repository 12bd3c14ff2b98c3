/* kit/imaging_inside.h - how one atom is seen in one view; for imaging.c and imaging_blocks.c only.
 */
#ifndef LOOM_KIT_IMAGING_INSIDE_H
#define LOOM_KIT_IMAGING_INSIDE_H
#include "kit/geometry.h"
#include "kit/imaging.h"

/* Samples of a profile: 2 reach + 1, rounded up to whole vectors with zeros. */
enum { IMAGING_LANES = 8, IMAGING_WIDTH = 64, IMAGING_PHASES = 32, IMAGING_ORDERS = 3 };

/* P and its first three derivatives at i - f, i = -reach .. reach, for IMAGING_PHASES + 1 values of
 * f in -1/2 .. 1/2: between them P, P', P'' follow by cubic interpolation, to 1e-8 of the maximum.
 */
typedef struct loom_imaging_table {
    int64_t reach, width;
    _Alignas(32) float at[IMAGING_PHASES + 1][IMAGING_ORDERS + 1][IMAGING_WIDTH];
} profile_table;

/* One view: where atoms fall, and the profile of each class. */
typedef struct camera {
    const loom_imaging *m;
    const double *view;
    double r[9], cx, cy, column[3][3];
    const profile_table *table; /* [classes] */
    profile_table own[LOOM_MAX_CLASSES];
} camera;

/* The pixels that an atom reaches, x0 .. x1-1 and y0 .. y1-1 (inside the image), and P, P', P''
 * about its place: sample 0 of u is at pixel `x`. */
typedef struct footprint {
    int64_t x, y, x0, x1, y0, y1;
    double at[3]; /* in the frame of the detector, from the rotation centre, without the shift */
    _Alignas(32) float u[IMAGING_ORDERS][IMAGING_WIDTH], v[IMAGING_ORDERS][IMAGING_WIDTH];
} footprint;

void camera_set(const loom_imaging *m, int64_t view, camera *c);
/* Fills P .. P^(orders-1); false where the atom misses the image. */
bool camera_see(const camera *c, int64_t atom, int orders, footprint *f);
#endif
