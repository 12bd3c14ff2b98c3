/* simulate/wave.h - electron waves through a specimen in slices: what simulate.multislice,
 * simulate.prism and simulate.atom_profile share. Definitions follow Kirkland, Advanced Computing
 * in Electron Microscopy, and are those of Prismatic 2.0 (Pryor, Ophus, Miao 2017), so that results
 * can be compared number by number.
 *
 * Grid: x fastest, [y][x]. Waves are kept in Fourier space inside the band |k| < N/4 of each axis
 * (indices -N/4 .. N/4-1): products with a transmission function then alias only outside of it.
 * Lengths in angstrom, angles in mrad in parameters. */
#ifndef ATOMLOOM_SIMULATE_WAVE_H
#define ATOMLOOM_SIMULATE_WAVE_H
#include <atomloom/op.h>
#include <complex.h>
#include <fftw3.h>

typedef float complex wave; /* same bytes as fftwf_complex */

typedef struct optics_params {
    double energy, semiangle, defocus, c3, c5;
    double detector_inner, detector_outer, detector_step;
    double pixel_size, slice_thickness, potential_cutoff;
    int32_t potential;
    loom_reals cell;
    double padding;
} optics_params;
enum { POTENTIAL_PROJECTED, POTENTIAL_PRISMATIC_2D, POTENTIAL_PRISMATIC_3D };
extern const char *const simulate_potentials[];

/* Their rows for a parameter struct S that holds an optics_params as `common`. */
#define OPTICS_PARAMS(S, common) \
    LOOM_PARAM_IN(S, common, energy, .unit = "kV", .def = 300, .min = 10, .max = 1000, \
                  .doc = "acceleration voltage"), \
        LOOM_PARAM_IN(S, common, semiangle, .unit = "mrad", .def = 25, .min = 0.1, .max = 200, \
                      .doc = "convergence semi-angle of the probe"), \
        LOOM_PARAM_IN(S, common, defocus, .unit = "angstrom", .def = 0, .min = -1e6, .max = 1e6, \
                      .doc = "C1: phase pi lambda C1 q^2 of the probe"), \
        LOOM_PARAM_IN(S, common, c3, .unit = "mm", .def = 0, .min = -100, .max = 100, \
                      .doc = "spherical aberration of third order"), \
        LOOM_PARAM_IN(S, common, c5, .unit = "mm", .def = 0, .min = -1000, .max = 1000, \
                      .doc = "spherical aberration of fifth order"), \
        LOOM_PARAM_IN(S, common, detector_inner, .unit = "mrad", .def = 40.6, .min = 0, \
                      .max = 1000, .doc = "inner angle of the annular detector"), \
        LOOM_PARAM_IN(S, common, detector_outer, .unit = "mrad", .def = 200, .min = 0.1, \
                      .max = 1000, .doc = "outer angle of the annular detector"), \
        LOOM_PARAM_IN(S, common, detector_step, .unit = "mrad", .def = 0.2, .min = 0.01, \
                      .max = 100, .flags = LOOM_ADVANCED, \
                      .doc = "width of an angular bin of the output bins"), \
        LOOM_PARAM_IN(S, common, pixel_size, .unit = "angstrom", .def = 0, .min = 0, .max = 2, \
                      .doc = "sampling of the wave; 0: the coarsest that carries detector_outer"), \
        LOOM_PARAM_IN(S, common, slice_thickness, .unit = "angstrom", .def = 2, .min = 0.1, \
                      .max = 100, .doc = "thickness of a slice along the beam"), \
        LOOM_PARAM_IN(S, common, potential, .choices = simulate_potentials, \
                      .def = POTENTIAL_PROJECTED, \
                      .doc = "projected: whole atoms in the slice of their nucleus, at sub-pixel " \
                             "positions; the others as in Prismatic"), \
        LOOM_PARAM_IN(S, common, potential_cutoff, .unit = "angstrom", .def = 3, .min = 0.5, \
                      .max = 10, .flags = LOOM_ADVANCED, \
                      .doc = "radius at which an atom's potential ends"), \
        LOOM_PARAM_IN(S, common, cell, .unit = "angstrom", .text = "", .def = 0, \
                      .flags = LOOM_LENGTH(0) | LOOM_LENGTH(3), \
                      .doc = \
                          "periodic box x, y, z about the rotation centre; empty: the specimen " \
                          "in every tilt plus padding"), \
        LOOM_PARAM_IN(S, common, padding, .unit = "angstrom", .def = 5, .min = 0, .max = 1000, \
                      .doc = "vacuum on every side where cell is empty")

/* Everything that does not change from probe to probe. */
typedef struct optics {
    int64_t nx, ny, slices, bins;
    double cell[3], px, py, dz; /* angstrom; px, py are the true sampling */
    double wavelength, sigma;   /* angstrom; radian per volt angstrom */
    /* mrad: the largest angle the band carries in every direction */
    double theta_max;
    double inner, outer, step, alpha; /* mrad */
    double c1, c3, c5;                /* angstrom */
} optics;

double wave_length(double energy_kV); /* relativistic, angstrom */
/* sigma = 2 pi m e lambda / h^2, radian per volt angstrom */
double wave_interaction(double energy_kV);

/* Fix the grid: a multiple of `factor` samples per axis. `extent` is the size of the specimen over
 * all tilts, for an empty cell. Fails, with the numbers, where the sampling cannot carry the
 * detector. */
loom_status optics_choose(loom_call *call, const optics_params *p, const double extent[3],
                          int64_t factor, optics *out);

/* Probe amplitude at spatial frequency (qx, qy) with grid spacings dqx, dqy: aperture with a soft
 * edge of one sample, times the aberration phase. Not normalised. */
wave optics_probe(const optics *o, double qx, double qy, double dqx, double dqy);

/* ---- propagation ----------------------------------------------------------------------------- */
/* columns transformed together: 8 complex columns of a few hundred rows stay in the first-level
 * cache */
enum { BLOCK = 8 };

typedef struct propagator {
    const optics *o;
    const wave *transmission; /* [slice][block][y][BLOCK] */
    const uint8_t *empty;     /* [slice]: 1 where the transmission is 1 everywhere */
    /* [ny/2][nx]: propagation over dz, 0 outside the band, 1/(nx ny) included */
    wave *step;
    wave *step_empty; /* the same without 1/(nx ny) */
    fftwf_plan rows_back, rows_forth, columns_back, columns_forth;
} propagator;

/* Makes plans and tables (scratch). Free with propagator_end on every path. [main] */
bool propagator_begin(loom_call *call, const optics *o, propagator *out);
void propagator_end(propagator *p);
/* Row index 0 .. ny/2-1 of a kept wave <-> ky. Kept waves: [ny/2][nx], the middle columns zero. */
static inline int64_t band_k(int64_t row, int64_t n) { return row < n / 4 ? row : row - n / 2; }
/* Send a kept wave through every slice, in place. `column` is scratch of
 * propagate_scratch() bytes. [any] */
void propagate(const propagator *p, wave *psi, wave *column);
size_t propagate_scratch(const optics *o);

/* theta (mrad) of sample (kx, ky). */
double optics_angle(const optics *o, int64_t kx, int64_t ky);
#endif
