/* reconstruct/problem.h - what all reconstructors share: ports, common parameters, the checked
 * input as states of the projector, the R-factor, the outputs. An op brings its own parameters and
 * one iteration. */
#ifndef RECONSTRUCT_PROBLEM_H
#define RECONSTRUCT_PROBLEM_H
#include "kit/check.h"
#include "kit/free.h"
#include "kit/projector.h"

enum { PROBLEM_STATES = 8 }; /* that one pass may hold */

/* Parameters that every reconstructor has: a member `set` of its parameter struct. */
typedef struct problem_settings {
    int64_t iterations, thickness, oversampling, free_every;
    double background, tolerance, noise;
    int32_t object, stop, free_split;
    bool positivity, crop;
} problem_settings;

/* Their rows for the parameter struct S. `unused` is LOOM_NO_EFFECT for an op that does not
 * iterate, `fixed` for one whose positivity is not a choice: they take the rows all the same, so
 * that any can stand in. */
#define PROBLEM_PARAMS(S, default_iterations, default_positivity, unused, fixed) \
    LOOM_PARAM_IN(S, set, iterations, .def = default_iterations, .min = 0, .max = 100000, \
                  .flags = (unused) ? (unused) : LOOM_ITERATIONS, \
                  .doc = "how often the volume is updated, at most; `atomloom finish` ends it " \
                         "earlier"), \
        LOOM_PARAM_IN(S, set, positivity, .def = default_positivity, .flags = fixed, \
                      .doc = "negative densities become zero"), \
        LOOM_PARAM_IN(S, set, object, .choices = problem_objects, .def = OBJECT_PARTICLE, \
                      .doc = \
                          "particle: all of the specimen is inside the images; film: it goes on " \
                          "beyond their sides"), \
        LOOM_PARAM_IN(S, set, crop, .def = true, \
                      .doc = "film: cut the volume back to the width of the images; otherwise it " \
                             "keeps all voxels that rays cross"), \
        LOOM_PARAM_IN(S, set, thickness, .unit = "voxel", .min = 0, .max = 65536, \
                      .doc = "depth of the volume along z; 0: as the images are wide"), \
        LOOM_PARAM_IN(S, set, background, .min = -1e30, .max = 1e30, \
                      .doc = "level of a pixel without specimen, in units of the images; adds to " \
                             "the attribute `background` of the series"), \
        LOOM_PARAM_IN(S, set, stop, .choices = problem_stops, .def = STOP_NEVER, .flags = unused, \
                      .doc = "what ends the iterations early: nothing, a small change of the " \
                             "volume, a residual as small as the noise, or free: as many " \
                             "iterations as best explain data that were left out, then once more " \
                             "with all data"), \
        LOOM_PARAM_IN(S, set, free_every, .def = 10, .min = 2, .max = 1e6, \
                      .flags = LOOM_ADVANCED | (unused), \
                      .doc = "stop: free: one of so many is left out"), \
        LOOM_PARAM_IN(S, set, free_split, .choices = problem_splits, .def = SPLIT_TILTS, \
                      .flags = LOOM_ADVANCED | (unused), \
                      .doc = "stop: free: what is left out, whole tilts, or counts drawn from " \
                             "every pixel (the images must be counts as recorded)"), \
        LOOM_PARAM_IN(S, set, tolerance, .min = 0, .max = 1e6, .flags = LOOM_ADVANCED | (unused), \
                      .doc = "of the rule in `stop`: relative change of the volume (0: 1e-4), or " \
                             "mean squared residual over variance (0: 1)"), \
        LOOM_PARAM_IN(S, set, noise, .unit = "same as the images", .min = 0, .max = 1e30, \
                      .flags = LOOM_ADVANCED | (unused), \
                      .doc = \
                          "standard deviation of a pixel, for stop: noise; 0: square root of the " \
                          "pixel, as for counts"), \
        LOOM_PARAM_IN(S, set, oversampling, .def = 3, .min = 1, .max = 3, .flags = LOOM_ADVANCED, \
                      .doc = \
                          "samples of the projector's detector to a pixel: 1 is plain linear " \
                          "interpolation, slower, with blur and moire; 2 and 3 are free of them")

enum { OBJECT_PARTICLE, OBJECT_FILM };
enum { STOP_NEVER, STOP_CHANGE, STOP_NOISE, STOP_FREE };
enum { SPLIT_TILTS, SPLIT_COUNTS };
static const char *const problem_objects[] = { "particle", "film", NULL };
static const char *const problem_stops[] = { "never", "change", "noise", "free", NULL };
static const char *const problem_splits[] = { "tilts", "counts", NULL };
static const loom_port problem_inputs[] = {
    { "tilts", "tilt_series", "aligned projections: the rotation centre lands on pixel n/2 of each",
      0 },
    { "mask", "mask", "support: voxels outside stay zero; on the grid of the output",
      LOOM_OPTIONAL },
    { "initial", "volume", "where to start from; on the grid of the output. Not connected: empty",
      LOOM_OPTIONAL },
    { 0 }
};
static const loom_port problem_outputs[] = {
    { "volume", "volume",
      "density; a voxel has the edge of a pixel, and a ray's sum of voxels is the pixel", 0 },
    { "residuals", "table",
      "a row per iteration, 0 before the first: R-factor as the mean over tilts of sum|Au - b| / "
      "sum|b| and pooled, "
      "root mean square residual, relative change of the volume; with stop: free also r_free, "
      "|Au - b| / |b| (root of sums of squares) over what was left out",
      0 },
    { 0 }
};

typedef struct problem {
    loom_call *call;
    problem_settings set;
    const double *angles_deg; /* [nt][3] */
    double pixel_size, level; /* level: background that was taken off the images */
    int64_t nt, ny, nx;
    /* depth of the volume, width of the output, width of the volume worked on */
    int64_t vz, vx, wide;
    int threads;
    loom_projector *a;
    float *b, *u;            /* images less the background, and the first volume, as states */
    uint8_t *mask;           /* as a state, 0 or 1; NULL: none */
    double *image_sum;       /* [nt] sum of |b| */
    double *part, *tilt_sum; /* sums per stretch of images or piece of the volume; per tilt */
    int64_t rows;            /* of the table so far */
    double *table;           /* [rows][4]: R-factor mean, pooled, root mean square, change */
    /* what a pass has made: the last volume, and a volume state no longer needed, or NULL */
    const float *made;
    float *spare;
    float *state[PROBLEM_STATES]; /* from problem_state */
    int states;
    /* stop: free (free.h) */
    uint8_t *left_out; /* [nt] 1: the tilt is not fitted; NULL: all are */
    float *b_free;     /* counts left out, as b; NULL: none */
    loom_free free;
    double *r_free; /* [free.seen], kept for the table; NULL: none */
} problem;

/* Checks the inputs, makes the projector and the states. On failure the message is out. */
loom_status problem_open(loom_call *call, const problem_settings *set, problem *q);
/* Scratch for n floats; NULL when out of memory (reported). */
float *problem_floats(problem *q, int64_t n);
/* The same for a state of a pass: freed by problem_release or with the pass. */
float *problem_state(problem *q, int64_t n);
void problem_release(problem *q, float *state);
/* Frees all states of a pass. */
void problem_free_floats(problem *q);
/* Is tilt k fitted in this pass? */
static inline bool problem_fits(const problem *q, int64_t k)
{
    return !q->left_out || !q->left_out[k];
}
/* Zeros in the views of an image state that are not fitted. */
void problem_drop_left_out(const problem *q, float *images);
/* u as it was at first: what is connected to `initial`, inside what is connected to `mask`. */
loom_status problem_open_volume(problem *q);
/* Fails where the last row is not finite. */
loom_status problem_converged(const problem *q);
/* What remains of b after `images` = A u, as the next row of the table; `change` is |u - u_before|
 * / |u|. True when the rule in `stop` is met. */
bool problem_row(problem *q, const float *images, double change);
/* Reports progress; false: return LOOM_E_CANCELLED. */
bool problem_progress(problem *q, int64_t done);
/* Is the op asked to end after these iterations? The rest is as if that many had been set. */
bool problem_finish(problem *q, int64_t done);
/* Sum of a column of part[pieces][3], in order. */
double problem_sum(const problem *q, int column);
/* Makes the outputs from q->made. q->spare and b are freed first, so that the output's memory does
 * not come on top of everything. */
loom_status problem_close(problem *q);
/* For `estimate`: this many image and volume states beyond b and u. */
loom_status problem_estimate(loom_call *call, const problem_settings *set, int more_images,
                             int more_volumes, loom_estimate *out);
#endif
