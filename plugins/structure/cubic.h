/* structure/cubic.h - the fcc lattice of a particle held to a cube: one lattice constant and a
 * rotation instead of a free cell. */
#ifndef STRUCTURE_CUBIC_H
#define STRUCTURE_CUBIC_H
#include "fcc.h"
#include "position_errors.h"

/* x ~ origin + rotation m a/2 over the atoms with a site, m as in fcc.h. */
typedef struct cubic_lattice {
    double a, rotation[9];
    double rms;                /* distance from the sites, angstrom */
    double error;              /* of a, from the standard errors of the positions; 0 without them */
    double error_of_residuals; /* of a, were the distances from the sites nothing but noise */
} cubic_lattice;

/* The least squares of it, from the sites of a fitted lattice (at least 4 atoms). Errors where
 * `errors` has columns. Scratch of the call. False when out of memory (already reported). [main] */
bool cubic_fit(loom_call *call, const loom_atoms *atoms, const fcc_lattice *f,
               const position_errors *errors, cubic_lattice *out);

/* Standard error of the lattice parameter of the free cell, from those of the positions. [any] */
double cubic_error_of_free(const loom_atoms *atoms, const fcc_lattice *f,
                           const position_errors *errors);
#endif
