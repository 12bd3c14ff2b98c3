/* diffusion/interval.h - estimates and intervals of D with their chances known: every D is tested
 * by simulated histories.
 *
 * An estimator's equation, evaluated on the data at a trial D, is compared with the same on
 * histories simulated with that D: v is how far it lies from their median, over the distance of
 * their 16 % or 84 % quantile. The estimate is the D at which v is smallest, as a rule 0: it is
 * below the truth as often as above, so an estimator's bias is taken out. D stays in the interval
 * where v, less the smallest v of any D, is within what 68 % of the histories of that D show
 * (Neyman's construction with the order of Feldman & Cousins, Phys. Rev. D 57, 3873 (1998), who
 * thereby keep intervals from being empty). No normal distribution, small variance or unbiased
 * estimator is assumed. */
#ifndef ATOMLOOM_DIFFUSION_INTERVAL_H
#define ATOMLOOM_DIFFUSION_INTERVAL_H
#include "exchange.h"

enum { MIN_ROUNDS = 20 };
#define INTERVAL_CHANCE 0.68
typedef struct interval {
    double D, low, high;
    bool no_low, no_high; /* it ends where the search does */
} interval;

/* `rounds` histories for each trial, at least MIN_ROUNDS. Estimators that are not `defined` are
 * left alone. [main] */
loom_status intervals_by_simulation(const exchange *x, int64_t rounds,
                                    const bool defined[ESTIMATORS], interval out[ESTIMATORS]);
#endif
