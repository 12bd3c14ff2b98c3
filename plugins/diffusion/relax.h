/* diffusion/relax.h - layer concentrations of a linear relaxation ds/dt = D W s, for every D at once.
 *
 * With q the largest rate of W, P = 1 + W/q has no negative entry and exp(t D W) = sum over k of Poisson(k; q D t) P^k (uniformisation; nothing
 * cancels). The layer means of P^k s(0) are computed once; each trial D is then a short weighted sum of them. */
#ifndef ATOMLOOM_DIFFUSION_RELAX_H
#define ATOMLOOM_DIFFUSION_RELAX_H
#include "layers.h"

typedef struct relaxation {
    int32_t layers, terms;      /* terms: powers 0 .. terms-1 */
    double rate_time;           /* q t for D = 1 m^2/s: the Poisson mean is D times it */
    double *mean;               /* [terms][layers] layer means of P^k s(0) */
    double observed[MOST_LAYERS], weight[MOST_LAYERS]; /* at the end; weight 0: layer is not compared */
} relaxation;

/* Terms that a Poisson mean needs for a tail below 1e-12. */
int32_t relaxation_terms(double mean);
/* Layer means at coefficient D. */
void relaxation_at(const relaxation *r, double D, double *out);
/* Weighted sum of squares over all steps. */
double relaxation_misfit(const relaxation *steps, int n, double D);
/* The D in [low, high] (m^2/s) of least misfit: a logarithmic scan brackets it, golden section narrows it to 1e-4 relative. */
double relaxation_fit(const relaxation *steps, int n, double low, double high);
#endif
