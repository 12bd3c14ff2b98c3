/* diffusion/exchange.h - what the exchange of neighbours could have made of the first stage: random
 * histories of an anneal for many values of D.
 *
 * The atoms of the first stage keep their places; the species at the ends of a random bond are
 * swapped, Poisson(D t bonds / a^2) times within t. That is the process whose mean E3 carries
 * forward, and it is what makes the error of D where every label is right: stages are not samples
 * but one history, and what moved by chance before a stage stays moved after it. Histories for
 * several D are one sequence of swaps, looked at after D t swaps per bond, so that they depend on D
 * smoothly. */
#ifndef ATOMLOOM_DIFFUSION_EXCHANGE_H
#define ATOMLOOM_DIFFUSION_EXCHANGE_H
#include "estimators.h"

/* The first stage in use, and what of it is needed. Memory is scratch of the call. */
typedef struct exchange {
    const problem *m;
    const stage *start;
    int64_t first_stage,
        stage_count; /* stages from `first_stage` on, up to the end of the last step in use */
    double *seconds; /* [stage_count] since the first of them */
    int64_t bond_count;
    int32_t *bond;            /* [bond_count][2] */
    double count[MAX_LAYERS]; /* atoms of each layer */
    double *solute_chance; /* [2][MAX_LAYERS] that an atom labelled otherwise (0) or as the solute
                              (1) is the solute; see label_error */
    double label_error;    /* fraction of labels that are wrong, independently in every stage */
    uint64_t seed;
} exchange;

loom_status exchange_prepare(const problem *m, double label_error, uint64_t seed, exchange *out);

/* When to look: trial t (D[t], ascending) at stage k (from 1) after events D[t] * seconds[k], in
 * ascending order of that. */
typedef struct look {
    int32_t trial, stage;
    double time;
} look;
typedef struct schedule {
    int32_t n;
    look *looks;
} schedule;
loom_status schedule_make(const exchange *x, int32_t trials, const double *D, schedule *out);

/* Memory of one history; one per thread. */
typedef struct history {
    uint8_t *solute; /* [n] the atoms as they are */
    uint8_t *wrong;  /* [stage_count][n] 1 where the label is wrong; NULL where none is */
    uint8_t *seen;   /* [n] the atoms as they are labelled */
    int64_t in_layer[MAX_LAYERS],
        seen_in_layer[MAX_LAYERS]; /* solute atoms of each layer, as they are and as labelled */
} history;

/* Labels at one look: trial, stage (from 0), [n] 1 for the solute, [layers] how many of them each
 * layer holds. */
typedef void history_see(void *user, int32_t trial, int32_t at, const uint8_t *solute,
                         const int64_t *in_layer);
bool history_make(const exchange *x, history *out);

/* Carries history number `round` through all looks and calls `see` with the labels at each: first
 * for every trial at stage 0, then as scheduled. A function of its arguments alone. [any] */
void history_run(const exchange *x, const schedule *s, int32_t trials, uint64_t round, history *h,
                 history_see *see, void *user);
#endif
