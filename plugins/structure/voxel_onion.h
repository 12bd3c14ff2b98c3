/* structure/voxel_onion.h - nested layers on a voxel grid, from a core of one species outwards. */
#ifndef STRUCTURE_VOXEL_ONION_H
#define STRUCTURE_VOXEL_ONION_H
#include "alpha.h"
#include "kit/cells.h"

typedef struct onion_settings {
    double voxel, r1;   /* angstrom */
    int64_t half_width; /* of the cube, voxels */
    int32_t core;       /* species */
    const loom_neighbours *nb;
} onion_settings;

/* layer[i]: 1 for the innermost set that holds the atom, then outwards; `*layers` is the number of
 * sets. Scratch of the call. [main] */
loom_status voxel_onion(loom_call *call, const loom_atoms *atoms, const onion_settings *s,
                        int32_t *layer, int32_t *layers);

/* The smallest alpha whose tetrahedra make one region (joined over faces) that holds all points,
 * and the complex up to twice that. [main] */
loom_status critical_alpha(loom_call *call, const loom_atoms *atoms, double r1, double *alpha,
                           alpha_complex *out);
#endif
