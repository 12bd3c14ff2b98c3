/* align/bundle.h - points and poses fitted to the images together: Gauss-Newton steps by conjugate
 * gradients ("bundle adjustment"). */
#ifndef ALIGN_BUNDLE_H
#define ALIGN_BUNDLE_H
#include "ground.h"
#include "kit/bonds.h"
#include "kit/points.h"
#include "pose.h"

enum { COLLECTIVE = 6 }; /* deformations of the whole specimen: strains xx, yy, zz, xy, xz, yz */

typedef struct bundle {
    loom_call *call;
    int64_t nt, ny, nx;
    int threads;
    const float *images; /* [nt][ny][nx] about without background */
    float *weight;       /* as large: 1 over the variance, up to a factor */
    const pose_rules *rules;
    pose *poses;     /* [nt] */
    double sigma_px; /* width of the image of a point, common to all */
    int64_t n, room; /* points, and how many there is memory for */
    double *point;   /* [room][LOOM_POINT] */
    /* of the lengths of bonds, relative, that counts as one standard deviation */
    double spread;
    loom_bonds bonds; /* of the last step */
    /* results of bundle_measure */
    /* [nt][ny][nx] images of the points; images less these and less the background (ground.h) */
    float *model, *residual;
    double misfit; /* sum of weight residual^2 */
    double noise;  /* mean of weight residual^2 where the images are bright */
    double *view;  /* [nt][25] curvature of the last step */
    /* scratch */
    float *work, *widened;
    ground ground;
    double width_curve, *vectors, *position, *amplitude, *sums;
    double *mode, *curved; /* [COLLECTIVE][unknowns] */
    double among[COLLECTIVE * COLLECTIVE];
    bool collective; /* the modes are those of this step */
} bundle;

/* Memory for `room` points; call, sizes, threads and room are set by the caller. False when out of
 * memory (reported). */
bool bundle_open(bundle *b);
/* Once the weights are there, and before any of the functions below. */
void bundle_weigh(bundle *b);
void bundle_close(bundle *b);
void bundle_measure(bundle *b);
/* Starting values: one amplitude for all points, and their width. */
void bundle_begin(bundle *b);
/* One step of points, and of poses and width where wanted, with at most `rounds` of conjugate
 * gradients; `residual` is renewed. Nothing moves where the misfit would not fall. `thorough`:
 * strains of the whole specimen, which the poses can nearly follow and which conjugate gradients
 * would find last, are solved for apart, at the price of 12 more rounds. False when out of memory
 * (reported). */
bool bundle_step(bundle *b, int rounds, bool poses, bool thorough);
/* out = (curvature of view k at the last step)^-1 in; zero for what is not refined. [any] */
void bundle_divide_pose(const bundle *b, int64_t k, const double in[LOOM_VIEW],
                        double out[LOOM_VIEW]);
#endif
