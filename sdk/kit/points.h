/* kit/points.h - images of a specimen made of points with one Gaussian profile, seen under poses,
 * and the derivatives both ways.
 *
 * Point j with position p and amplitude a lands in view k at R_k^T p + shift_k from the rotation
 * centre (types.h) and adds a g(x - u) g(y - v), g the normal density of width sigma, sampled at
 * pixel centres and cut at four widths: `a` is the sum over pixels. With J the matrix of
 * derivatives of all images with respect to all unknowns, `forward` is J d and `backward` is J' w,
 * weight by weight the transpose of each other. That is all a Gauss-Newton step by conjugate
 * gradients needs. Positions and shifts are in pixels.
 *
 * The same inputs give the same bytes for any number of threads: a view is made by one thread, sums
 * over views run in order. Functions allocate nothing and cannot fail. All are [main] (they start
 * threads themselves). What lands outside an image is cut off. After: Triggs, McLauchlan, Hartley,
 * Fitzgibbon, Bundle adjustment: a modern synthesis, doi 10.1007/3-540-44480-7_21. */
#ifndef LOOM_KIT_POINTS_H
#define LOOM_KIT_POINTS_H
#include <stdint.h>

/* unknowns of a point: x, y, z, amplitude; of a view: shift x, y, phi, theta, psi */
enum { LOOM_POINT = 4, LOOM_VIEW = 5 };
#define LOOM_POINTS_LEAST_SIGMA 0.5 /* pixels */
#define LOOM_POINTS_MOST_SIGMA 7.0

typedef struct loom_points {
    int64_t n, nt, ny, nx;
    double sigma_px;     /* LOOM_POINTS_LEAST_SIGMA .. LOOM_POINTS_MOST_SIGMA */
    const double *point; /* [n][LOOM_POINT] borrowed */
    const double *view;  /* [nt][LOOM_VIEW] angles in degrees; borrowed */
    int threads;
} loom_points;

/* images[nt][ny][nx] of the points. */
void loom_points_images(const loom_points *m, float *images);

/* images = J d, d in two parts: point[n][LOOM_POINT], view[nt][LOOM_VIEW]; either may be NULL:
 * zero. */
void loom_points_forward(const loom_points *m, const double *point, const double *view,
                         float *images);

/* point and view = J' images. `work`: loom_points_work floats. */
void loom_points_backward(const loom_points *m, const float *images, float *work, double *point,
                          double *view);
int64_t loom_points_work(const loom_points *m);

/* Blocks of J' W J on the diagonal, W = weight[nt][ny][nx] or NULL (one): of every point as if it
 * stood alone, position[n][6] (lower triangle, by rows) and amplitude[n]; of every view as it is,
 * view[nt][LOOM_VIEW * LOOM_VIEW]. */
void loom_points_curvature(const loom_points *m, const float *weight, float *work, double *position,
                           double *amplitude, double *view);
#endif
