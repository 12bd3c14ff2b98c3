/* kit/atoms_inside.h - what atoms.c and atoms_where.c share. */
#ifndef LOOM_KIT_ATOMS_INSIDE_H
#define LOOM_KIT_ATOMS_INSIDE_H
#include "kit/atoms.h"

/* The entries of `column` that belong to the atoms chosen, in scratch; NULL when out of memory. */
const void *loom_atoms_taken(loom_call *call, const loom_atoms *atoms, const loom_array *column);
/* Adds the column `used`; false when out of memory. */
bool loom_atoms_mark(loom_call *call, const loom_atoms *atoms, loom_value *out);
#endif
