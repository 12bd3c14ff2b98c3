/* structure/fcc.h - the fcc lattice through the atoms of a particle: which site each atom has,
 * origin, cell and orientation. */
#ifndef STRUCTURE_FCC_H
#define STRUCTURE_FCC_H
#include "kit/atoms.h"
#include "kit/pdf.h"

/* Sites are counted in half edges of the cube: three whole numbers with an even sum. x ~ origin +
 * half m. */
typedef struct fcc_lattice {
    int64_t n, indexed;
    int32_t (*site)[3];        /* [n]; 0, 0, 0 for atoms without one */
    uint8_t *has;              /* [n] 1 for atoms with a site */
    double *residual;          /* [n] distance to the site, angstrom; 0 for atoms without one */
    double origin[3], half[9]; /* columns of `half`: half edges of the fitted cell */
    /* half = rotation (1 + strain) a/2, described with the smallest of the 24 equal rotations */
    double rotation[9], strain[9], a, rms;
    uint64_t *key; /* open addressing, [slots]: packed site + 1, or 0 */
    int32_t *atom;
    uint64_t slots;
} fcc_lattice;

/* Grows the lattice from the middle of the particle. Fails, naming `port`, when fewer than
 * `min_fraction` of the atoms take a site. Scratch of the call. [main] */
loom_status fcc_fit(loom_call *call, const char *port, const loom_atoms *atoms,
                    const loom_shell *shell, double min_fraction, fcc_lattice *out);

/* The atom on a site, or -1. [any] */
int32_t fcc_atom_at(const fcc_lattice *f, const int32_t site[3]);

/* The 24 proper rotations of the cube, k = 0 .. 23, as whole numbers; 0 is the identity. */
void fcc_rotation(int k, int32_t r[9]);
#endif
