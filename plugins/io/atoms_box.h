/* io/atoms_box.h - a periodic cell around a particle, for formats that know crystals only. */
#ifndef ATOMLOOM_IO_ATOMS_BOX_H
#define ATOMLOOM_IO_ATOMS_BOX_H
#include "kit/atoms.h"
#include <assert.h>
#include <math.h>

typedef struct atoms_box {
    double low[3], edge[3]; /* angstrom; atoms lie in low .. low + edge */
} atoms_box;

/* The smallest box with `vacuum` angstrom around the atoms; edges of at least 1. */
static inline atoms_box atoms_box_of(const loom_atoms *a, double vacuum)
{
    atoms_box b = { { 0 }, { 0 } };
    for (int k = 0; k < 3; k++) {
        double low = INFINITY, high = -INFINITY;
        for (int64_t i = 0; i < a->n; i++) {
            low = fmin(low, a->position[3 * i + k]);
            high = fmax(high, a->position[3 * i + k]);
        }
        if (!a->n) low = high = 0;
        b.low[k] = low - vacuum;
        b.edge[k] = fmax(high - low + 2 * vacuum, 1);
    }
    return b;
}

/* Words that are no element have no place in these formats; false after failing. */
static inline bool atoms_need_elements(loom_call *call, const loom_atoms *a, int32_t z[])
{
    if (loom_symbols_numbers(a->symbols, z) < 0) return false;
    for (int k = 0; k < a->kinds; k++)
        if (!z[k]) {
            char word[16];
            loom_symbols_word(a->symbols, k, word);
            call->host->fail(call, LOOM_E_DATA, a->port,
                             "'%s' is not a chemical element, and this format has no other names; "
                             "write .xyz or .csv",
                             word);
            return false;
        }
    return true;
}

/* Atoms of known elements in their box, from port `atoms`. */
typedef struct boxed_atoms {
    loom_atoms atoms;
    atoms_box box;
    int32_t z[LOOM_SPECIES_MOST]; /* atomic number of each species */
} boxed_atoms;

/* Fails where there is no atom, or one of no element. [main] */
static inline loom_status boxed_atoms_read(loom_call *call, double vacuum, boxed_atoms *out)
{
    assert(vacuum >= 0);
    loom_status status = loom_atoms_read(call, "atoms", 1, &out->atoms);
    if (status) return status;
    if (!atoms_need_elements(call, &out->atoms, out->z)) return LOOM_E_DATA;
    out->box = atoms_box_of(&out->atoms, vacuum);
    return LOOM_OK;
}
#endif
