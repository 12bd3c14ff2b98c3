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
    /* of loom_atoms_read_where, where some atoms are left out; else NULL: number of each atom among
     * all of the value, ascending, and the columns that loom_atoms_make has made */
    const int64_t *row;
    struct loom_atoms_made *made;
} loom_atoms;

/* The atoms at `port`. Fails, naming the port, on fewer than `min` of them, coordinates that are
 * not finite, a species without a symbol, and two atoms at one place (closer than 0.1 angstrom).
 * `port` must outlive `out` (a literal). [main] */
loom_status loom_atoms_read(loom_call *call, const char *port, int64_t min, loom_atoms *out);
/* The same for the `index`th value of a list port, from 0. [main] */
loom_status loom_atoms_read_at(loom_call *call, const char *port, int64_t index, int64_t min,
                               loom_atoms *out);

/* The same where two atoms may be at one place: for ops that move or choose atoms. [main] */
loom_status loom_atoms_read_any(loom_call *call, const char *port, int64_t index, int64_t min,
                                loom_atoms *out);

/* A column of n finite entries of that dtype, or NULL after failing with the name of the op that
 * makes it. [main] */
const void *loom_atoms_column(loom_call *call, const loom_atoms *atoms, const char *name,
                              loom_dtype dtype, const char *made_by);

/* The same where the column may be absent: *out is NULL then, and the status LOOM_OK. A column of
 * that name with another dtype, rank or length fails all the same. [main] */
loom_status loom_atoms_optional_column(loom_call *call, const loom_atoms *atoms, const char *name,
                                       loom_dtype dtype, const void **out);

/* ---- some of the atoms --------------------------------------------------------------------------
 * The parameter `where` of ops that look at atoms. Those it leaves out count as not there: the op
 * works on the n atoms chosen, numbered anew, and its columns are brought to their places among all
 * atoms at the end. */

/* The row of the parameter table; the struct has `const char *where`. */
#define LOOM_PARAM_WHERE(S) \
    LOOM_PARAM(S, where, .text = "", \
               .doc = "atoms to use, by an expression over their columns: on_mesh == 0; the " \
                      "others count as not there; empty: all")

/* loom_atoms_read of those atoms for which the expression `where` is true; all where it is empty.
 * Columns and species are then those of the atoms chosen. [main] */
loom_status loom_atoms_read_where(loom_call *call, const char *port, int64_t min, const char *where,
                                  loom_atoms *out);
/* The number among all atoms of atom i. [any] */
static inline int64_t loom_atoms_number(const loom_atoms *atoms, int64_t i)
{
    return atoms->row ? atoms->row[i] : i;
}
/* A column of `out` with `width` numbers an atom (1, or [n][width]), zeroed: the op fills the
 * entries of the n atoms it uses, from the beginning. NULL when out of memory (already reported).
 * [main] */
void *loom_atoms_make(loom_call *call, loom_atoms *atoms, loom_value *out, const char *name,
                      loom_dtype dtype, int64_t width, const char *unit);
/* As the op's last act, when nothing reads them any more: the columns made go to their places.
 * Atoms left out have 0 in columns of reals and of yes and no, and -1 in others. [main] */
void loom_atoms_spread(const loom_atoms *atoms);

/* loom_pass_rest (kit/check.h) for atoms that stay the same in number and order, without what `but`
 * names (NULL-terminated; about to be made anew). Where `where` left some out, the column `used`
 * says which atoms were not. [main] */
bool loom_atoms_pass(loom_call *call, const loom_atoms *atoms, const char *const *but,
                     loom_value *to);
#endif
