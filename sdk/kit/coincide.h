/* kit/coincide.h - atoms that stand twice at one place. */
#ifndef ATOMLOOM_KIT_COINCIDE_H
#define ATOMLOOM_KIT_COINCIDE_H
#include <atomloom/op.h>

/* How many of n finite positions [n][3] (angstrom) are within 0.001 angstrom, by rounding, of one
 * that comes before; `pair`: the first such one and the one before it, from 0. O(n). -1 when out of
 * memory (already reported). [main] */
int64_t loom_coincident(loom_call *call, int64_t n, const double *position, int64_t pair[2]);
#endif
