/* simulate/potential.h - the specimen as transmission functions of its slices. */
#ifndef ATOMLOOM_SIMULATE_POTENTIAL_H
#define ATOMLOOM_SIMULATE_POTENTIAL_H
#include "wave.h"

/* Atoms in the frame of the detector: x, y, z in angstrom from the centre of the box; the beam
 * enters at the largest z. */
typedef struct specimen {
    int64_t n;
    const double (*position)[3];
    const int32_t *species;
    const int32_t *z_of_species;
    int32_t species_count;
} specimen;

/* Tables of each element's potential on the grid's sampling. Scratch. */
typedef struct potential_table {
    const optics *o;
    bool whole_pixels, layered; /* prismatic_2d; prismatic_3d */
    int64_t reach_x, reach_y;   /* L: patches have 2L+1 samples */
    int64_t sublayers;          /* layers of dz/16 through an atom, or 1 */
    float **projected;          /* [species] patch [2Ly+1][2Lx+1] */
    /* [species] Fourier transforms [sublayer][2Ly+1][2Lx+1] of what sub-pixel placement shifts */
    wave **layers;
    fftwf_plan forth, back;
    wave *work;
} potential_table;

bool potential_table_begin(loom_call *call, const optics_params *p, const optics *o,
                           const specimen *s, potential_table *out);
void potential_table_end(potential_table *t);

/* Fill transmission [slice][block][y][BLOCK] and empty [slice]. `plane` is scratch of nx*ny floats.
 * [main] */
void potential_transmission(const potential_table *t, const specimen *s, float *potential,
                            wave *transmission, uint8_t *empty);
#endif
