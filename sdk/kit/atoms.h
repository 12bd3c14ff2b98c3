/* kit/atoms.h - a set of atoms as the ops of structure and order read it: checked once, then plain pointers. */
#ifndef LOOM_KIT_ATOMS_H
#define LOOM_KIT_ATOMS_H
#include "kit/elements.h"

typedef struct loom_atoms {
    const loom_value *value; /* borrowed, as all below */
    int64_t n;
    const double *position;  /* [n][3] angstrom */
    const int32_t *species;  /* [n] 0 .. kinds-1 */
    int32_t kinds;           /* words of `symbols` */
    const char *symbols;
} loom_atoms;

/* The atoms at `port`. Fails, naming the port, on fewer than `least` of them, coordinates that are not finite, a species without a symbol,
 * and two atoms at one place (closer than 0.1 angstrom). [main] */
loom_status loom_atoms_read(loom_call *call, const char *port, int64_t least, loom_atoms *out);

/* A column of n finite entries of that dtype, or NULL after failing with the name of the op that makes it. [main] */
const void *loom_atoms_column(loom_call *call, const char *port, const loom_atoms *atoms, const char *name, loom_dtype dtype,
                              const char *made_by);

/* loom_pass_rest (kit/check.h) for atoms that stay the same in number and order, without what `but` names (NULL-terminated; about to
 * be made anew). [main] */
bool loom_atoms_pass(loom_call *call, const loom_atoms *atoms, const char *const *but, loom_value *to);
#endif
