/* kit/atoms.h - a set of atoms as the ops of structure and order read it: checked once, then plain
 * pointers. */
#ifndef LOOM_KIT_ATOMS_H
#define LOOM_KIT_ATOMS_H
#include "kit/elements.h"

typedef struct loom_atoms {
    const loom_value *value; /* borrowed, as all below */
    const char *port;        /* where they came from, and which value of a list port (from 0) */
    int64_t index;
    int64_t n;
    const double *position; /* [n][3] angstrom */
    const int32_t *species; /* [n] 0 .. kinds-1 */
    int32_t kinds;          /* words of `symbols` */
    const char *symbols;
} loom_atoms;

/* The atoms at `port`. Fails, naming the port, on fewer than `min` of them, coordinates that are
 * not finite, a species without a symbol, and two atoms at one place (closer than 0.1 angstrom).
 * `port` must outlive `out` (a literal). [main] */
loom_status loom_atoms_read(loom_call *call, const char *port, int64_t min, loom_atoms *out);
/* The same for the `index`th value of a list port, from 0. [main] */
loom_status loom_atoms_read_at(loom_call *call, const char *port, int64_t index, int64_t min,
                               loom_atoms *out);

/* A column of n finite entries of that dtype, or NULL after failing with the name of the op that
 * makes it. [main] */
const void *loom_atoms_column(loom_call *call, const loom_atoms *atoms, const char *name,
                              loom_dtype dtype, const char *made_by);

/* The same where the column may be absent: *out is NULL then, and the status LOOM_OK. A column of
 * that name with another dtype, rank or length fails all the same. [main] */
loom_status loom_atoms_optional_column(loom_call *call, const loom_atoms *atoms, const char *name,
                                       loom_dtype dtype, const void **out);

/* loom_pass_rest (kit/check.h) for atoms that stay the same in number and order, without what `but`
 * names (NULL-terminated; about to be made anew). [main] */
bool loom_atoms_pass(loom_call *call, const loom_atoms *atoms, const char *const *but,
                     loom_value *to);
#endif
