/* classify/linear_images.h - images of atoms that are equal but for their element: each element has
 * one shape and one height, and an image is the sum over its atoms.
 *
 * An atom of element c at x is seen in view k about (u, v), the first two components of R_k^T x
 * (types.h): image_k = offset_k + sum over atoms of height_c shape_c(distance from (u, v)), sampled
 * at the centres of pixels; the sum of a shape over all pixels is 1. */
#ifndef CLASSIFY_LINEAR_IMAGES_H
#define CLASSIFY_LINEAR_IMAGES_H
#include "kit/atoms.h"

enum {
    LINEAR_MOST_KINDS = 16, /* elements */
    LINEAR_SAMPLES = 4096,  /* of a shape, evenly over the square of the distance */
    LINEAR_MOST_REACH = 40, /* pixels */
    LINEAR_MOST_PATCH = (2 * LINEAR_MOST_REACH + 1) * (2 * LINEAR_MOST_REACH + 1)
};

typedef struct linear_shape {
    double reach; /* pixels; 0 beyond */
    float at[LINEAR_SAMPLES + 2];
} linear_shape;

typedef struct linear_images {
    loom_call *call;
    const loom_atoms *atoms; /* borrowed */
    int32_t *label;          /* [n] element of each atom as it is taken to be; scratch, writable */
    const float *images;     /* [nt][ny][nx] borrowed */
    int64_t nt, ny, nx;
    double pixel_A, (*turn)[9]; /* [nt] rotation of each view */
    int threads;
    linear_shape *shape; /* [kinds] */
    double height[LINEAR_MOST_KINDS];
    bool seen[LINEAR_MOST_KINDS]; /* elements with an atom, whose height is known */
    double width_A;               /* of the Gaussian that is the shape; 0 where it is a profile */
    float *residual;              /* model - images, [nt][ny][nx] */
} linear_images;

/* The series at `tilts`, for these atoms with the labels they have. Scratch of the call. Fails with
 * a message. [main] */
loom_status linear_read(loom_call *call, const loom_atoms *atoms, linear_images *out);

/* One Gaussian of this width (sigma) for all elements, or of the width that suits the images best,
 * for 0. False when out of memory or told to stop. [main] */
bool linear_gaussian(linear_images *m, double width_A);
/* The shape of each element from its table at the list port `profiles` (columns radius in angstrom,
 * ascending from 0, and intensity). Fails with a message. [main] */
loom_status linear_profiles(linear_images *m);

/* Heights and offsets by least squares with the labels as they are, and the residual with them.
 * Fails where an element has no positive height. [main] */
loom_status linear_fit(linear_images *m);
/* The same with labels that have changed since; heights stay where one of the new ones would not be
 * positive. [main] */
loom_status linear_fit_again(linear_images *m);

/* The pixels around an atom in one view. */
typedef struct linear_patch {
    int64_t y0, y1, x0, x1;          /* rows y0 .. y1 - 1 of the image, and columns */
    float change[LINEAR_MOST_PATCH]; /* row by row: what the residual changes by */
} linear_patch;

/* What another label of the atom would change, as far as `half` pixels from it (or as far as its
 * image reaches, if that is less). [any] */
void linear_change(const linear_images *m, int64_t view, int64_t atom, int32_t to, double half,
                   linear_patch *out);
#endif
