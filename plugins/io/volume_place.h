/* io/volume_place.h - where a volume lies, as its writers need it. */
#ifndef ATOMLOOM_IO_VOLUME_PLACE_H
#define ATOMLOOM_IO_VOLUME_PLACE_H
#include "kit/check.h"

/* Position x, y, z of voxel 0, 0, 0 of input `volume` in angstrom: atoms and meshes lie on it. */
static inline void volume_first_voxel(loom_call *call, const loom_array *density, double voxel_A,
                                      double first_A[3])
{
    const loom_array *o = call->host->array(call->host->input(call, "volume", 0), "origin");
    for (int k = 0; k < 3; k++)
        first_A[k] =
            (o ? ((const double *)o->data)[k] : 0) - (double)(density->dim[2 - k] / 2) * voxel_A;
}
#endif
