/* classify/place.h - where an atom sits, as a few smooth functions that its height may depend on.
 *
 * Atoms at the surface are dimmer or brighter than those within, and atoms towards the directions
 * that no beam went along differ from the others. The functions are depth and its square, and the
 * squares of x and z from the centroid (y is the tilt axis, so the wedge that tilts leave out is
 * about z), which are even in the polar angle to the range of beams. Each has mean 0 and variance 1
 * over the atoms. */
#ifndef CLASSIFY_PLACE_H
#define CLASSIFY_PLACE_H
#include <atomloom/op.h>

enum { PLACE_TERMS = 4 };

/* Into f[n][PLACE_TERMS]. `depth` (angstrom below the surface) may be NULL: then it is the least
 * distance to the planes that touch the particle from outside, in some 600 directions. False when
 * out of memory (reported). [main] */
bool place_functions(loom_call *call, int64_t n, const double *position, const double *depth,
                     double *f);
#endif
