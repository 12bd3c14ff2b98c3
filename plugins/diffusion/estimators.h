/* diffusion/estimators.h - three estimates of D from the stages of an anneal: what diffusion.fick
 * has read, and what each estimator makes of it. D in m^2/s, lengths in angstrom, times in seconds.
 * Memory is scratch of the call. */
#ifndef ATOMLOOM_DIFFUSION_ESTIMATORS_H
#define ATOMLOOM_DIFFUSION_ESTIMATORS_H
#include "kit/cells.h"
#include "relax.h"

enum { E1, E2, E3, ESTIMATORS };
#define M2_PER_SQUARE_ANGSTROM 1e-20

/* From one stage to the next. */
typedef struct step {
    int64_t from, to; /* stages */
    double seconds;
    loom_neighbours graph; /* bonds of the stage it starts from */
    int32_t max_degree;    /* most bonds of an atom */
    double rate_time;      /* of the graph: largest rate times seconds, for D = 1 m^2/s */
} step;

typedef struct problem {
    loom_call *call;
    double width, bond, lattice, lowest, highest;
    int64_t first_layer, last_layer; /* of E1 */
    int64_t stage_count;
    const double *times; /* [stage_count] */
    stage *stages;
    profile *profiles;  /* [stage_count] */
    int32_t step_count; /* steps in use, at least 1 */
    step *steps;
    relaxation *volumes, *graphs; /* [step_count] of E2 and E3; made by estimators_prepare */
} problem;

/* Atoms and concentrations of layers 0 .. n-1. */
typedef struct layer_view {
    const double *count, *concentration;
} layer_view;

/* Sums of E1's regression through the origin: y = dC/dt of a layer (1/s), z = the mean of its
 * second differences before and after, over the width squared (1/m^2; Crank-Nicolson). Layers count
 * where they and both their neighbours hold atoms before and after. */
typedef struct planar_sums {
    double yz, zz;
} planar_sums;
planar_sums planar_regression(const problem *m, layer_view before, layer_view after, int32_t layers,
                              double seconds);

/* E2's finite volumes: layers 0 .. n-1 up to the first empty one (n is returned) exchange through
 * areas that are the geometric means of their own. rate_time[n] and mode[n][n] (rows) as
 * RELAX_MODES has them, for the variable sqrt(count) * concentration. */
int32_t volume_modes(const double *count, int32_t layers, double width, double seconds,
                     double *rate_time, double *mode);

/* Bonds, relaxations and sums for the data. Fails where there is no memory, or `highest` makes the
 * exchange too long to carry forward. [main] */
loom_status estimators_prepare(problem *m);
/* The estimates as they are defined, uncorrected; `defined` is false where the data do not
 * determine one. */
void estimators_fit(const problem *m, double D[ESTIMATORS], bool defined[ESTIMATORS]);
/* Each estimator's equation at D: 0 at its estimate, below 0 where the data ask for a larger D. */
double estimator_score(const problem *m, int estimator, double D);
#endif
