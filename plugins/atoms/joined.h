/* atoms/joined.h - sets of atoms on their way into one, for atoms.join. */
#ifndef LOOM_ATOMS_JOINED_H
#define LOOM_ATOMS_JOINED_H
#include "kit/atoms.h"

typedef struct atoms_joining {
    loom_call *call;
    double apart;          /* angstrom; 0: no atom is left out */
    bool fill;             /* columns that a set lacks */
    loom_atoms *part;      /* [parts] */
    int64_t parts, all, n; /* atoms of all sets; those that stay */
    bool *kept;            /* [all] */
    loom_value *out;
} atoms_joining;

/* Position, species with their symbols, and every column into `out`. Fails on more symbols than
 * atoms may have; warns of columns that are left out or filled. [main] */
loom_status atoms_join_columns(const atoms_joining *j);
#endif
