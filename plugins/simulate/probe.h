/* simulate/probe.h - the electron probe before the specimen and the detector behind it. Kept waves
 * only (wave.h). */
#ifndef ATOMLOOM_SIMULATE_PROBE_H
#define ATOMLOOM_SIMULATE_PROBE_H
#include "wave.h"

static inline size_t kept_samples(const optics *o) { return (size_t)(o->nx * o->ny / 2); }

/* The probe in Fourier space at the origin, normalised to one electron; zero outside the band.
 * [any] */
void probe_make(const optics *o, wave *probe);
/* psi = probe moved to `at` (angstrom from the box's centre). `phase_x` is scratch of nx. [any] */
void probe_place(const optics *o, const wave *probe, const double at[2], wave *phase_x, wave *psi);

typedef struct detector {
    int64_t samples, bins;
    int16_t *bin_of; /* [ny/2][nx] bin of each kept sample, -1 outside all */
    uint8_t *seen;   /* [ny/2][nx] 1 between the inner and the outer angle */
} detector;

bool detector_begin(loom_call *call, const optics *o, detector *out); /* scratch. [main] */
/* |psi|^2 on the detector; `bins` (NULL: not wanted) gets the intensity of each angular bin. [any]
 */
double detector_read(const detector *d, const wave *psi, float *bins);
#endif
