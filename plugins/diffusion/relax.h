/* diffusion/relax.h - layer concentrations of a linear relaxation ds/dt = D W s, for every D at
 * once.
 *
 * The concentrations at the end of a step are a sum of `terms` fixed vectors with coefficients that
 * depend on D alone, so each trial D is a short sum. Two kinds:
 *
 * RELAX_POWERS (many unknowns): with q the largest rate of W, P = 1 + W/q has no negative entry and
 * exp(t D W) = sum over k of Poisson(k; q D t) P^k (uniformisation; nothing cancels). mean[k] are
 * the layer means of P^k s(0).
 *
 * RELAX_MODES (few unknowns): W has eigenvectors u_k with eigenvalues -rate_time[k]/t; mean[k] is
 * the part of s(0) along u_k, and its coefficient is exp(-D rate_time[k]). */
#ifndef ATOMLOOM_DIFFUSION_RELAX_H
#define ATOMLOOM_DIFFUSION_RELAX_H
#include "layers.h"

typedef enum relax_kind { RELAX_POWERS, RELAX_MODES } relax_kind;

typedef struct relaxation {
    relax_kind kind;
    int32_t layers, terms;
    const double *rate_time; /* POWERS: one number, q t for D = 1 m^2/s; MODES: [terms] */
    double *mean;            /* [terms][layers] */
    double observed[MAX_LAYERS],
        weight[MAX_LAYERS]; /* at the end; weight 0: layer is not compared */
} relaxation;

/* Coefficient of term k at D, and its derivative to ln D. */
double relaxation_coefficient(relax_kind kind, const double *rate_time, int32_t k, double D,
                              double *derivative);
/* Terms that POWERS need at a Poisson mean for a tail below 1e-12. `mean` at most MAX_RATE_TIME. */
int32_t relaxation_terms(double mean);
#define MAX_RATE_TIME 1e6

/* Layer means at coefficient D, and their derivatives to ln D (may be NULL). */
void relaxation_at(const relaxation *r, double D, double *out, double *derivative);
/* Weighted sum of squares over all steps. */
double relaxation_misfit(const relaxation *steps, int n, double D);
/* Half of the misfit's derivative to ln D: below 0 where the data ask for a larger D. */
double relaxation_score(const relaxation *steps, int n, double D);
/* The D in [low, high] (m^2/s) of least misfit: a logarithmic scan brackets it, golden section
 * narrows it to 1e-4 relative. */
double relaxation_fit(const relaxation *steps, int n, double low, double high);

/* Eigenvalues and orthonormal eigenvectors of the symmetric tridiagonal matrix with that diagonal
 * [n] and off-diagonal [n-1], n <= MAX_LAYERS: value[n] in no order, vector[n][n] with an
 * eigenvector in each ROW. False where it does not converge (never seen). */
bool tridiagonal_modes(int32_t n, const double *diagonal, const double *off, double *value,
                       double *vector);
#endif
