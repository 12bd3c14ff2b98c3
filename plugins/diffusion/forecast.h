/* diffusion/forecast.h - the estimators' equations on simulated labels of the first stage's atoms,
 * quickly and for many values of D.
 *
 * A layer's mean after a step is linear in the labels before it: for E3 the sum over solute atoms i
 * of F[i][q], F = exp(t D W) applied to layer q's indicator over its count (W is symmetric); for E2
 * a small matrix times the concentrations. Both are computed once for each trial D and each length
 * of step, with their derivatives to ln D. */
#ifndef ATOMLOOM_DIFFUSION_FORECAST_H
#define ATOMLOOM_DIFFUSION_FORECAST_H
#include "exchange.h"

/* D of each trial of each estimator; trials are numbered in ascending order of D, `trial[e][k]` is
 * the number of the k-th of estimator e. */
enum { GRID = 15, MAX_TRIALS = GRID * ESTIMATORS };
typedef struct trials {
    int32_t n;
    double D[MAX_TRIALS];
    int estimator[MAX_TRIALS];
    int32_t number[ESTIMATORS][GRID];
} trials;

typedef struct forecast {
    const exchange *x;
    const trials *t;
    int32_t layers, volumes; /* layers of the stage; of E2: up to the first empty one */
    int32_t *length_of;      /* [steps] which length of step */
    int32_t lengths;
    float **graph; /* [lengths] E3: [n][GRID][2][layers], mean and derivative; NULL where E3 has no
                      trials */
    double **volume; /* [lengths * GRID] E2: [2][volumes][volumes]; NULL where E2 has no trials */
} forecast;

loom_status forecast_make(const exchange *x, const trials *t, forecast *out);
void forecast_free(forecast *f); /* gives the large tables back before the call ends */

/* What one history looked like: `see` is exchange.h's, with user = a sight. */
typedef struct sight {
    const forecast *f;
    double *concentration; /* [trials][stage_count][layers] */
    double *mean; /* [trials][stage_count][GRID][2][layers] forecast from there over the next step
                     with each D of the grid */
    int32_t *step_from; /* [stage_count] the step in use that starts there, or -1 */
    float *sum;         /* [GRID][2][layers] */
} sight;
bool sight_make(const forecast *f, sight *out);
void sight_see(void *user, int32_t t, int32_t k, const uint8_t *solute, const int64_t *in_layer);
/* As estimator_score at each D of the grid of trial t's estimator, for the history seen with trial
 * t's D. */
void sight_scores(const sight *s, int32_t t, double out[GRID]);
#endif
