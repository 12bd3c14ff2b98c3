/* structure/match.h - what the files of structure.match share: two stages of a particle and the
 * motion between them. */
#ifndef ATOMLOOM_STRUCTURE_MATCH_H
#define ATOMLOOM_STRUCTURE_MATCH_H
#include <atomloom/op.h>
#include "kit/atoms.h"
#include "kit/pdf.h"

/* Two sets of atoms, x_before = r x_after + t, and who is whose partner. */
typedef struct match {
    loom_atoms before, after;
    double r[9], t[3], distance;
    double *moved;                 /* [after.n][3] */
    int32_t *partner, *partner_of; /* [before.n], [after.n]; -1 without */
    double *x, *y;                 /* pairs as points, for the rigid fit: after, before */
    int64_t pairs;
    double rms;
} match;

/* The mean position of at least one atom, in angstrom. [any] */
void match_centroid(const loom_atoms *a, double c[3]);

/* Finds r and t from the fcc lattices of both stages: of all rotations of the cube, and
 * translations that bring the centroids within `reach` r1 of each other, the one that puts most
 * atoms onto sites of the other stage. Uses x and y as scratch; fails where the stages hardly share
 * a site. [main] */
loom_status match_lattices(loom_call *call, match *m, const loom_shell *shell, double reach);
#endif
