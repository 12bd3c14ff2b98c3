/* simulate/counting.h - from the fraction of the beam that reaches the detector to what the
 * detector says: dose, background of the support, electrons, gain, read noise. Shared by
 * simulate.tilt_series, which makes the fractions itself, and simulate.detector, which takes
 * images of any simulation.
 *
 * Every random number depends on the seed, on what it is for and on which tilt, frame and pixel it
 * is for, never on the order of work. */
#ifndef ATOMLOOM_SIMULATE_COUNTING_H
#define ATOMLOOM_SIMULATE_COUNTING_H
#include <atomloom/op.h>
#include <stddef.h>

typedef struct counting_params {
    double background, background_variation;
    int64_t frames;
    double dose;
    bool poisson;
    double gain, offset, read_noise;
    int64_t seed;
} counting_params;

/* Their rows for a parameter struct S that holds a counting_params as `common`. */
#define COUNTING_PARAMS(S, common) \
    LOOM_PARAM_IN(S, common, background, .def = 0, .min = 0, .max = 1, \
                  .doc = "fraction of the dose scattered by the support"), \
        LOOM_PARAM_IN(S, common, background_variation, .def = 0.2, .min = 0, .max = 1, \
                      .doc = "largest relative change of the background over the image"), \
        LOOM_PARAM_IN(S, common, frames, .def = 3, .min = 1, .max = 100, \
                      .doc = "scans per tilt, sharing the dose"), \
        LOOM_PARAM_IN(S, common, dose, .unit = "e/angstrom^2", .def = 3e5, .min = 1e-6, \
                      .max = 1e12, .doc = "of the whole series"), \
        LOOM_PARAM_IN(S, common, poisson, .def = 1, \
                      .doc = "count electrons; otherwise the expected numbers"), \
        LOOM_PARAM_IN(S, common, gain, .def = 1, .min = 1e-6, .max = 1e6, \
                      .doc = "detector units per electron"), \
        LOOM_PARAM_IN(S, common, offset, .def = 0, .min = -1e6, .max = 1e6, \
                      .doc = "added to every pixel of a frame, in detector units"), \
        LOOM_PARAM_IN(S, common, read_noise, .def = 0, .min = 0, .max = 1e6, \
                      .doc = "standard deviation per pixel of a frame, in detector units"), \
        LOOM_PARAM_IN(S, common, seed, .def = 1, .min = 0, .max = 0x1p53, \
                      .doc = "of all random numbers; the same seed gives the same series")

/* What a random number is for; the numbers are part of what a seed means. */
typedef enum simulate_purpose {
    STREAM_ANGLE = 101,
    STREAM_SHIFT,
    STREAM_DRIFT,
    STREAM_LINE,
    STREAM_BACKGROUND,
    STREAM_COUNT,
    STREAM_READ
} simulate_purpose;
static inline uint64_t simulate_stream(simulate_purpose purpose, int64_t index)
{
    return (uint64_t)purpose << 48 | (uint64_t)index;
}

typedef struct counting {
    const counting_params *p;
    int64_t ny, nx;
    double electrons_px; /* incident per pixel and frame */
} counting;

/* Shares the dose among tilts and frames; `pixel_size` in angstrom. */
counting counting_begin(const counting_params *p, int64_t tilts, int64_t ny, int64_t nx,
                        double pixel_size);

/* Floats that counting_background works with. */
static inline size_t counting_wave_floats(int64_t ny, int64_t nx) { return 2 * (size_t)(ny + nx); }

/* The slowly varying background of one tilt, field[ny][nx], electrons per pixel and frame: a mean
 * times 1 + variation * (three plane waves)/3, each with at most one period over the image.
 * wave: scratch of counting_wave_floats. [any] */
void counting_background(const counting *c, int64_t tilt, float *restrict wave,
                         float *restrict field);

/* Frame k = tilt * frames + number of the frame. scattered[ny][nx]: fraction of a pixel's electrons
 * that reach the detector. The expected electrons are added to `expected`; what the detector says
 * goes to `frame` and is added to `sum`. Returns the expected electrons without background. [any]
 */
double counting_detect(const counting *c, int64_t k, const float *scattered, const float *field,
                       float *restrict expected, float *restrict frame, float *restrict sum);

/* True where the images are plain numbers of electrons. */
bool counting_is_plain(const counting_params *p);
#endif
