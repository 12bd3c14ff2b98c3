/* structure/alpha.h - the alpha shape of a set of atoms: Delaunay tetrahedra of small circumradius,
 * and their boundary. */
#ifndef STRUCTURE_ALPHA_H
#define STRUCTURE_ALPHA_H
#include "kit/atoms.h"

typedef struct alpha_complex {
    int64_t count;
    /* vertices; the determinant of the edges from the first to the others is positive */
    int32_t (*tetrahedron)[4];
    double *radius; /* circumradius, angstrom */
} alpha_complex;

/* All Delaunay tetrahedra with a circumradius up to `alpha`. A tetrahedron is Delaunay when its
 * circumsphere is empty, and a small sphere is a local matter: space is cut into blocks, each
 * tetrahedralised with a margin of alpha, and a block keeps those with their circumcentre inside.
 * So memory is bounded, blocks run in parallel, and the result does not depend on them. Positions
 * are moved by up to 1e-6 angstrom (a fixed function of the atom's number), which decides between
 * the many equal choices in an ideal crystal. Scratch of the call. [main] */
loom_status alpha_complex_build(loom_call *call, const loom_atoms *atoms, double alpha,
                                alpha_complex *out);

typedef struct alpha_boundary {
    int64_t faces, components;
    int32_t (*face)[3];    /* atom numbers, counter-clockwise seen from outside */
    int32_t *component;    /* of every face; 0 has the largest absolute volume, then downwards */
    double *area, *volume; /* [components]; volume is negative for a cavity */
    uint8_t *inside;       /* [n] 1 for atoms that belong to a tetrahedron */
} alpha_boundary;

/* Triangles that belong to exactly one of the tetrahedra. Where more than two meet at an edge,
 * those on one empty side go together. [main] */
loom_status alpha_boundary_build(loom_call *call, const loom_atoms *atoms,
                                 const alpha_complex *complex, alpha_boundary *out);

/* Of element i in a forest of parents (a root is its own), with the way there halved. */
static inline int32_t alpha_root(int32_t *parent, int32_t i)
{
    while (parent[i] != i) i = parent[i] = parent[parent[i]];
    return i;
}
#endif
