/* structure/position_errors.h - the standard errors of atoms' coordinates, where atoms have them.
 */
#ifndef STRUCTURE_POSITION_ERRORS_H
#define STRUCTURE_POSITION_ERRORS_H
#include "kit/atoms.h"

/* Standard errors along x, y, z: three columns of n numbers in angstrom, borrowed; or NULL, all
 * three. */
typedef struct position_errors {
    const double *axis[3];
} position_errors;

/* The columns error_x, error_y, error_z. Fails, naming the port of the atoms, where only some of
 * the three are there, and on a negative one. [main] */
loom_status position_errors_read(loom_call *call, const loom_atoms *atoms, position_errors *out);

/* Variance of the sum over axes of c_x x_i,x, from the errors of atom i. [any] */
static inline double position_variance(const position_errors *errors, int64_t i, const double c[3])
{
    double sum = 0;
    for (int x = 0; x < 3; x++) {
        double part = c[x] * errors->axis[x][i];
        sum += part * part;
    }
    return sum;
}
#endif
