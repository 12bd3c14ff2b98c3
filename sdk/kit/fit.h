/* kit/fit.h - maximum likelihood of a specimen made of atoms against raw images: noise, Fisher
 * scoring, standard errors.
 *
 * The images D have the variance gain (mean + level) + read^2. As (D + level) / gain + read^2 /
 * gain^2 they are Poisson to first and second order with the mean `lambda` made of the model in the
 * same way, and the misfit is minus the logarithm of that likelihood, sum (lambda - D log lambda)
 * (Snyder, Hammoud, White 1993, doi 10.1364/JOSAA.10.001014). Below a small floor lambda is
 * continued by a parabola, so that a model may touch zero.
 * A step solves (J' W J + priors) d = J' W (D - model), W = 1 / variance of the model, by conjugate
 * gradients with the blocks on the diagonal as preconditioner, and is shortened until the misfit
 * falls. No atom moves further than `trust` at once.
 *
 * Priors are quadratic and stated by the caller: each unknown of a view about where it began,
 * springs between neighbours and of heights, which are information that is not in the images.
 * Everything is scratch of the call. [main] */
#ifndef LOOM_KIT_FIT_H
#define LOOM_KIT_FIT_H
#include "kit/bonds.h"
#include "kit/imaging.h"
#include <atomloom/op.h>

/* lambda, in counts, below which the likelihood is continued by a parabola, where not given */
#define LOOM_FIT_FLOOR 0.05

typedef struct loom_fit_noise {
    double gain, read, level;
} loom_fit_noise;

/* Which unknowns are refined; the others are held. */
typedef struct loom_fit_free {
    bool position, height, view[LOOM_MAX_VIEW], common[LOOM_MAX_COMMON];
} loom_fit_free;

typedef struct loom_fit {
    /* set by the caller before loom_fit_open */
    loom_call *call;
    const float *images;         /* [nt][ny][nx] borrowed */
    const loom_fit_noise *noise; /* [nt] borrowed */
    const uint8_t *used;         /* [nt] 0: the tilt is left out; NULL: all are used. Borrowed */
    /* a normal prior of every atom's height: mean and 1 / variance, [n] each; NULL: none. Borrowed
     */
    const double *height_mean, *height_weight;
    int64_t room, nt, ny, nx; /* most atoms that will be there */
    int32_t classes, background;
    int threads;
    loom_fit_free free;
    double view_spread[LOOM_MAX_VIEW]; /* standard deviations of the priors of views; 0: none */
    /* standard deviation of bonds over their length; 0: no springs */
    double spring_spread;
    /* pixels; 0: the mean distance of neighbours, found anew in each step */
    double spring_length;
    double trust_px, floor; /* floor: counts, 0: LOOM_FIT_FLOOR */
    /* between these stays the variance that makes the tail, pixels^2: one that is as wide as the
     * specimen is background */
    double spread_least, spread_most;
    /* the model: written by the caller after loom_fit_open, and by loom_fit_step */
    int64_t n;
    double *atom;              /* [room][LOOM_ATOM] */
    int32_t *class;            /* [room] */
    double *view, *view_start; /* [nt][..] */
    double common[LOOM_MAX_COMMON];
    /* after loom_fit_measure */
    /* minus log likelihood, up to a constant of the data; the priors' part */
    double misfit, prior;
    float *model, *residual, *weight; /* images of the model; D - model; 1 / variance */
    loom_bonds bonds;
    /* inside */
    loom_imaging_fields fields, made; /* in use; memory for those of the tail */
    float *work, *change;
    struct loom_imaging_table *tables;
    double *vectors, *atom_block, *view_block, common_block[LOOM_MAX_COMMON], *sums;
} loom_fit;

typedef struct loom_fit_moved {
    double length;  /* part of the step that was taken; 0: none was better */
    double atom_px; /* root mean square movement of atoms */
    double gain;    /* by how much misfit and priors fell */
    int64_t rounds; /* of conjugate gradients */
} loom_fit_moved;

/* Memory for the model and its solution. False when out of memory (reported). */
bool loom_fit_open(loom_fit *f);
void loom_fit_close(loom_fit *f);

/* Images, residual, weights and misfit of the model as it is. */
void loom_fit_measure(loom_fit *f);

/* Backgrounds from where no atoms are, one scale for all heights, and one width, that suit the
 * images best; for a start. Measures. */
void loom_fit_begin(loom_fit *f);

/* Tilts that are left out get the mean scale, blur and background of the others: what is no part of
 * the atoms is not to count against them. Measures. */
void loom_fit_left_out(loom_fit *f);

/* One step; at most `rounds` of conjugate gradients. Finds the springs anew where there are any.
 * False when out of memory. */
bool loom_fit_step(loom_fit *f, int64_t rounds, loom_fit_moved *out);

/* ---- the Fisher matrix, for steps, errors and bounds ---- */
/* atoms, then views, then common ones; held ones are there, and stay zero */
int64_t loom_fit_unknowns(const loom_fit *f);
/* Blocks on the diagonal, at the model as measured. Call before the two below. False when out of
 * memory (springs). */
bool loom_fit_blocks(loom_fit *f);
/* out = (J' W J + priors) in. */
void loom_fit_curve(loom_fit *f, const double *in, double *out);
/* x = (J' W J + priors)^-1 rest, until the remainder has fallen to `accuracy`; `rest` is used up.
 * Returns the rounds taken. */
int64_t loom_fit_solve(loom_fit *f, int64_t rounds, double accuracy, double *x, double *rest);

/* Standard errors of every atom's x, y, z (pixels) and height, error[n][LOOM_ATOM], from the
 * inverse of the Fisher matrix of all unknowns that are free: of each atom's own block, times the
 * factor by which the other unknowns widen it, found with `probes` random vectors (Hutchinson 1990;
 * Bekas, Kokiopoulou, Saad 2007) and averaged over `near` neighbours; 0 probes: of each atom as if
 * it stood alone. What no image can tell, movements of the whole specimen and the unit of heights,
 * is left out. False when out of memory. */
bool loom_fit_errors(loom_fit *f, int64_t probes, int64_t near, uint64_t seed, double *error);
#endif
