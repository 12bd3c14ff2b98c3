/* kit/imaging.h - images of a specimen made of atoms, and all derivatives of them: the model of
 * refine.* and compare.bound.
 *
 * An atom of class c at position p (pixels from the rotation centre) with height a is seen in view
 * k at (u, v), the first two components of R_k^T p, plus shift_k (types.h):
 *
 *   core_k(x, y)  = sum over atoms of a P(x - u) P(y - v),   P the normal density of variance
 * sigma_c^2 + blur_k over a pixel shape_k       = (1 - tail) core_k + tail (core_k convolved with
 * the normal density of variance `spread`) image_k       = background_k + scale_k shape_k
 *
 * so a height is the sum over the pixels of an image of scale 1. P is integrated over the pixel,
 * not sampled (one per cent of width costs a tenth of the precision along the beam), and cut at
 * four widths. The background is a polynomial (kit/polynomial.h).
 *
 * With J the derivatives of all images with respect to all unknowns, `forward` is J d and
 * `backward` is J' w, the transpose of each other to rounding. That is all that Gauss-Newton steps
 * by conjugate gradients need.
 *
 * The same inputs give the same bytes for any number of threads: a view is made by one thread, sums
 * over views run in order. Functions allocate nothing and cannot fail. All are [main] (they start
 * threads themselves). What falls outside an image is cut off. After: Triggs, McLauchlan, Hartley,
 * Fitzgibbon, Bundle adjustment: a modern synthesis, doi 10.1007/3-540-44480-7_21; De Backer, van
 * den Bos, Van den Broek, Sijbers, Van Aert, StatSTEM, doi 10.1016/j.ultramic.2016.08.018. */
#ifndef LOOM_KIT_IMAGING_H
#define LOOM_KIT_IMAGING_H
#include "kit/polynomial.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LOOM_ATOM = 4,        /* unknowns of an atom: x, y, z (pixels), height */
    LOOM_ATOM_BLOCK = 10, /* lower triangle of a symmetric 4 x 4 matrix, by rows */
    LOOM_MAX_CLASSES = 8,
    LOOM_MAX_BACKGROUND = LOOM_POLYNOMIAL_TERMS /* terms: 0, 1, 3, 6, 10 or 15 */
};
/* Unknowns of a view, then its background's coefficients. Angles in degrees, blur in pixels^2 (it
 * may be negative). */
enum { VIEW_X, VIEW_Y, VIEW_PHI, VIEW_THETA, VIEW_PSI, VIEW_SCALE, VIEW_BLUR, VIEW_BACKGROUND };
enum { LOOM_MAX_VIEW = VIEW_BACKGROUND + LOOM_MAX_BACKGROUND };
/* Unknowns in common: sigma (pixels) of each class, then these. */
enum { COMMON_TAIL, COMMON_SPREAD, COMMON_EXTRA };
enum { LOOM_MAX_COMMON = LOOM_MAX_CLASSES + COMMON_EXTRA };
#define LOOM_IMAGING_MIN_SIGMA 0.4 /* pixels: of an atom's image, blur included */
#define LOOM_IMAGING_MAX_SIGMA 7.0

typedef struct loom_imaging {
    int64_t n, nt, ny, nx;
    int32_t classes, background; /* 1 .. LOOM_MAX_CLASSES; terms */
    const double *atom;          /* [n][LOOM_ATOM] borrowed */
    const int32_t *class;        /* [n], 0 .. classes - 1; NULL: all 0 */
    const double *view;          /* [nt][VIEW_BACKGROUND + background] */
    const double *common;        /* [classes + COMMON_EXTRA] */
    int threads;
    /* [nt][classes] from loom_imaging_tables for these views and widths; NULL: every function makes
     * its own. Borrowed. */
    const struct loom_imaging_table *tables;
} loom_imaging;

/* Profiles of an atom in every view, made once for many products: bytes, and the tables. */
size_t loom_imaging_tables_bytes(const loom_imaging *m);
void loom_imaging_tables(const loom_imaging *m, struct loom_imaging_table *tables);

/* Per-pixel fields [nt][ny][nx] of the model that derivatives need, filled by loom_imaging_images.
 * `tail` and `slope` (the derivatives of shape by tail and by spread) may be NULL: those two are
 * then constants. */
typedef struct loom_imaging_fields {
    float *shape, *tail, *slope;
} loom_imaging_fields;

static inline int64_t loom_imaging_view(const loom_imaging *m)
{
    return VIEW_BACKGROUND + m->background;
}
static inline int64_t loom_imaging_common(const loom_imaging *m)
{
    return m->classes + COMMON_EXTRA;
}
/* Floats of work space that the functions below need. */
int64_t loom_imaging_work(const loom_imaging *m);

/* images[nt][ny][nx], and the fields (may be NULL). */
void loom_imaging_images(const loom_imaging *m, const loom_imaging_fields *fields, float *work,
                         float *images);

/* images = J d, in three parts: atom[n][LOOM_ATOM], view[nt][..], common[..]; each may be NULL:
 * zero. */
void loom_imaging_forward(const loom_imaging *m, const loom_imaging_fields *fields,
                          const double *atom, const double *view, const double *common, float *work,
                          float *images);

/* atom, view and common = J' images. */
void loom_imaging_backward(const loom_imaging *m, const loom_imaging_fields *fields,
                           const float *images, float *work, double *atom, double *view,
                           double *common);

/* Blocks on the diagonal of J' W J, W = weight[nt][ny][nx]: of every atom,
 * block[n][LOOM_ATOM_BLOCK] (the tail left out); of every view, block[nt][..][..], zero where not
 * wanted[..]. */
void loom_imaging_atom_blocks(const loom_imaging *m, const float *weight, double *block);
void loom_imaging_view_blocks(const loom_imaging *m, const loom_imaging_fields *fields,
                              const bool *wanted, const float *weight, float *work, double *block);
#endif
