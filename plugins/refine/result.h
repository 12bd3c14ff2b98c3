/* refine/result.h - what a fit leaves, as the values that refine.* hand on. */
#ifndef REFINE_RESULT_H
#define REFINE_RESULT_H
#include "kit/fit_input.h"

/* A fit that is measured, with what belongs to it. All borrowed. */
typedef struct result {
    loom_call *call;
    const loom_fit_input *input;
    const loom_fit *fit;
    const uint8_t *used; /* [nt] 0: the tilt was left out */
    const double *error; /* [n][LOOM_ATOM] */
} result;

/* One column of a table of one row. */
typedef struct result_figure {
    const char *name, *unit;
    double value;
} result_figure;

/* All return false when out of memory (reported). [main] */

/* position, height, error_x, error_y, error_z, error_height into the output `atoms`. */
bool result_atoms(const result *r);
/* The output `poses`: unknowns of the tilts, R-factors, what was left out; rest of the input. */
bool result_poses(const result *r);
/* The output `residual`: image minus model over the standard deviation of the noise. */
bool result_residual(const result *r);
/* The output `figures`: atoms, R, chi square, misfit, errors, R_free where tilts were left
 * out, `more`, then widths. */
bool result_figures(const result *r, const result_figure *more, int64_t count);

/* Mean R-factor, sum |D - model| / sum |D|, of the tilts used, or of those left out. */
double result_r(const result *r, bool used);
/* What it would be if the model were right: noise alone. */
double result_r_noise(const result *r);
/* Fails where the model explains nothing of the images, warns where it explains only a part. */
loom_status result_check(const result *r);
double *result_column(loom_call *call, loom_value *v, const char *name, int64_t n,
                      const char *unit);
#endif
