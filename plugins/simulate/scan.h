/* simulate/scan.h - a probe scanned over a specimen at every tilt: what simulate.multislice and
 * simulate.prism have in common before and after the waves. */
#ifndef ATOMLOOM_SIMULATE_SCAN_H
#define ATOMLOOM_SIMULATE_SCAN_H
#include "potential.h"
#include "probe.h"

typedef struct scan_params {
    optics_params optics;
    loom_reals theta;
    double scan_step;
    loom_ints scan_size;
    loom_reals scan_centre;
    int64_t configurations;
    double displacement, source_size;
    int64_t seed;
    bool keep_bins;
} scan_params;

/* Their rows for a parameter struct S that holds a scan_params as `common`. */
#define SCAN_PARAMS(S, common) \
    OPTICS_PARAMS(S, common.optics), \
        LOOM_PARAM_IN(S, common, theta, .unit = "degree", .text = "0", .def = 0, .min = -180, \
                      .max = 180, \
                      .doc = "tilts about y, unless the input angles gives Euler angles"), \
        LOOM_PARAM_IN(S, common, scan_step, .unit = "angstrom", .def = 0.352, .min = 0.01, \
                      .max = 100, .doc = "distance between probe positions: the image's pixel"), \
        LOOM_PARAM_IN(S, common, scan_size, .unit = "pixel", .text = "", .def = 0, .min = 1, \
                      .max = 8192, .flags = LOOM_LENGTH(0) | LOOM_LENGTH(2), \
                      .doc = "probes along x and y; empty: the whole box"), \
        LOOM_PARAM_IN(S, common, scan_centre, .unit = "angstrom", .text = "0, 0", .def = 0, \
                      .flags = LOOM_LENGTH(2), .doc = "x, y of the image's centre pixel"), \
        LOOM_PARAM_IN(S, common, configurations, .def = 1, .min = 1, .max = 1000, \
                      .doc = "frozen phonon configurations that are averaged"), \
        LOOM_PARAM_IN(S, common, displacement, .unit = "angstrom", .def = 0, .min = 0, .max = 1, \
                      .doc = "thermal displacement, rms per axis"), \
        LOOM_PARAM_IN(S, common, source_size, .unit = "angstrom", .def = 0, .min = 0, .max = 10, \
                      .doc = "effective source: FWHM of the Gaussian that blurs the image"), \
        LOOM_PARAM_IN(S, common, seed, .def = 1, .min = 0, .max = 9007199254740992.0, \
                      .doc = "of the displacements"), \
        LOOM_PARAM_IN(S, common, keep_bins, .def = 0, \
                      .doc = "make the output bins: intensity by angle at every probe")

#define SCAN_INPUTS \
    { "atoms", "atoms", "the specimen; species by chemical symbol", 0 }, \
    { \
        "angles", "any", \
            "a value with an array `angles` (tilts x 3, degree), such as a tilt series", \
            LOOM_OPTIONAL \
    }
#define SCAN_OUTPUTS \
    { "tilts", "tilt_series", \
      "annular dark-field images, fraction of the beam that reaches the detector", 0 }, \
    { \
        "bins", "array", "fraction of the beam in each angular bin, [tilt][y][x][bin]", \
            LOOM_OPTIONAL \
    }

typedef struct scan {
    loom_call *call;
    const scan_params *p;
    optics o;
    int64_t tilts, nx, ny; /* images */
    const double (*angles)[3];
    int64_t atoms;
    const double (*position)[3]; /* specimen frame */
    const int32_t *species;
    int32_t z[64], species_count;
    float *images, *bins; /* outputs; bins may be NULL */
    /* working memory */
    double (*turned)[3];
    float *plane;
    wave *transmission;
    uint8_t *empty;
    detector detector;
    potential_table table;
    propagator propagator;
} scan;

/* Check everything, choose the grid (multiples of `factor`), make outputs, tables and plans. On
 * failure nothing is left to free. */
loom_status scan_begin(loom_call *call, const scan_params *p, int64_t factor, scan *out);
void scan_end(scan *s);

/* The specimen of one tilt and configuration: transmission functions of its slices, ready in
 * s->transmission. [main] */
void scan_specimen(scan *s, int64_t tilt, int64_t configuration);
/* Probe position in angstrom from the box's centre. [any] */
void scan_probe_at(const scan *s, int64_t ix, int64_t iy, double at[2]);
/* Average over configurations is done by adding `weight` = 1/configurations each time. [any], one
 * writer a probe */
void scan_add(const scan *s, int64_t tilt, int64_t probe, double detected, const float *bins,
              double weight);
void scan_blur(scan *s); /* source size, after everything. [main] */

/* Memory and probes, for estimate and the note made before starting. */
uint64_t scan_bytes(const optics *o, int64_t species, bool layered, double cutoff);
loom_status scan_estimate(loom_call *call, const scan_params *p, int64_t factor, optics *o,
                          int64_t probes[2]);
#endif
