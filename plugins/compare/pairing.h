/* compare/pairing.h - atoms of two sets in pairs, one to one: the closest pair first, each atom
 * once. */
#ifndef ATOMLOOM_COMPARE_PAIRING_H
#define ATOMLOOM_COMPARE_PAIRING_H
#include "kit/cells.h"

typedef struct match {
    int32_t found, truth;
    double distance;
} match; /* angstrom */

typedef struct pairing {
    /* set by the caller, borrowed: positions [n][3], angstrom, and the cells of the truth */
    const double *found, *truth;
    int64_t n_found, n_truth;
    const loom_cells *cells;
    match *match; /* [n] scratch, closest first */
    int64_t n;
} pairing;

/* Pairs of found + offset and truth that are at most `cutoff` apart, which `cells` were built for;
 * false when out of memory. [main] */
bool pairing_make(loom_call *call, double cutoff, const double offset[3], pairing *p);
#endif
