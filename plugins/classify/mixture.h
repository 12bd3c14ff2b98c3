/* classify/mixture.h - heights of atoms as a mixture of elements: a mean each, one relative spread
 * for all, each atom's own standard error, and a factor by place that all share. */
#ifndef ATOMLOOM_CLASSIFY_MIXTURE_H
#define ATOMLOOM_CLASSIFY_MIXTURE_H
#include "place.h"

enum { MAX_CLASSES = 8 };

typedef struct mixture {
    /* set by the caller: n atoms, k classes; heights and their standard errors (NULL: equal), [n]
     * borrowed; p, and factor, which is 1, are scratch */
    loom_call *call;
    int64_t n, k;
    const double *value, *error;
    /* what is found */
    double share[MAX_CLASSES], mean[MAX_CLASSES], spread;
    double *p;     /* [n][k] */
    double *place; /* [n][PLACE_TERMS], NULL: not corrected */
    double slope[PLACE_TERMS];
    double *factor; /* [n] of all heights, by place */
} mixture;

/* From the exact k-means by expectation and maximisation; with `position` ([n][3], angstrom; NULL:
 * without) the factor by place is taken in where the heights show it. `depth`: [n], angstrom, NULL:
 * not known. Fails where the heights cannot be so many classes, naming port 'atoms'. [main] */
loom_status mixture_fit(mixture *m, const double *position, const double *depth);
#endif
