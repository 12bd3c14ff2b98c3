/* trace.polynomial - atom positions: local maxima of a volume, each refined by a local quartic
 * polynomial. */
#include <atomloom/op.h>
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/elements.h"
#include "kit/gaussian.h"
#include "kit/shell.h"
#include "maxima.h"
#include "tracing.h"
#include <assert.h>
#include <stdlib.h>

typedef struct params {
    int64_t upsampling, padding, border, max_candidates, radius, iterations, stable_steps;
    int32_t preset, interpolation, maxima, window;
    double threshold, smooth, min_distance, alpha, clamp;
    const char *symbol;
} params;
static const char *const interpolations[] = { "linear", "cubic", NULL };
enum { INTERPOLATION_LINEAR, INTERPOLATION_CUBIC };
static const char *const maxima_rules[] = { "faces", "ball", NULL };
enum { MAXIMA_FACES, MAXIMA_BALL };
static const char *const old_stable_steps[] = { "critical", NULL };
static const char *const windows[] = { "ball", "box", NULL };
enum { WINDOW_BALL, WINDOW_BOX };
static const char *const presets[] = { "none", "automatic", "pku", "ucla", NULL };
enum { PRESET_NONE, PRESET_AUTOMATIC, PRESET_PKU, PRESET_UCLA };
static const loom_param param_table[] = {
    LOOM_PARAM(params, preset, .choices = presets, .def = PRESET_NONE,
               .doc =
                   "automatic: threshold and minimum distance from the volume, for a search by "
                   "likelihood afterwards (refine.search); pku, ucla: windows, maxima and minimum "
                   "distance as the two groups publish them. Overrides those parameters"),
    LOOM_PARAM(params, min_distance, .unit = "angstrom", .def = 2, .min = 0, .max = 100,
               .doc = "of two peaks closer than this only the brighter one is an atom; about 0.8 "
                      "of the bond length"),
    LOOM_PARAM(params, upsampling, .def = 3, .min = 1, .max = 8,
               .doc = "fine samples per voxel along each axis"),
    LOOM_PARAM(params, interpolation, .choices = interpolations, .def = INTERPOLATION_CUBIC,
               .doc = "a not-a-knot cubic spline, or linear: free of ringing, but it draws "
                      "positions towards the voxels"),
    LOOM_PARAM(params, radius, .def = 3, .min = 2, .max = QUARTIC_MAX_RADIUS,
               .doc = "radius R of the window of the fit, in fine samples"),
    LOOM_PARAM(params, threshold, .unit = "same as the volume", .min = -1e30, .max = 1e30,
               .doc = "only maxima above this value are candidates"),
    LOOM_PARAM(params, smooth, .unit = "voxel", .min = 0, .max = 16,
               .doc = "Gaussian smoothing of the volume before anything else; 0: none"),
    LOOM_PARAM(params, symbol, .text = "X", .doc = "chemical symbol given to the atoms"),
    LOOM_PARAM(params, maxima, .choices = maxima_rules, .flags = LOOM_ADVANCED,
               .doc = "a maximum is not below its six neighbours and ranks by value, or is above "
                      "all samples within 2.5 and ranks by "
                      "its 3x3x3 sum"),
    LOOM_PARAM(params, window, .choices = windows, .flags = LOOM_ADVANCED,
               .doc = "the fit uses the ball of radius R + 1/2 or the whole cube"),
    LOOM_PARAM(params, border, .min = 0, .max = 10000, .flags = LOOM_ADVANCED,
               .doc = "maxima closer than this many fine samples to the edge of the padded grid "
                      "are skipped"),
    LOOM_PARAM(params, padding, .def = 10, .min = 0, .max = 100, .flags = LOOM_ADVANCED,
               .doc = "fine samples of zero put around the volume"),
    LOOM_PARAM(params, max_candidates, .def = 200000, .min = 1, .max = 100000000,
               .flags = LOOM_ADVANCED,
               .doc = "at most this number of the brightest maxima are fitted"),
    LOOM_PARAM(
        params, alpha, .def = 1, .min = 0, .max = 100, .flags = LOOM_ADVANCED,
        .doc =
            "weight exp(-alpha q^2 / R^2) on the residual at distance q from the current position"),
    LOOM_PARAM(params, clamp, .def = 0.5, .min = 1e-6, .max = 10, .flags = LOOM_ADVANCED,
               .doc = "longest step along one axis, in fine samples"),
    LOOM_PARAM(params, iterations, .def = 14, .min = 1, .max = 1000, .flags = LOOM_ADVANCED,
               .doc = "fits of one candidate at most"),
    LOOM_PARAM(params, stable_steps, .renamed_from = old_stable_steps, .def = 7, .min = 1,
               .max = 1000, .flags = LOOM_ADVANCED,
               .doc = "a position is accepted after this number of steps in a row below the clamp"),
    { 0 }
};
static const loom_port inputs[] = {
    { "volume", "volume", "reconstructed density", 0 },
    { "mask", "mask", "maxima outside are skipped; same grid as the volume", LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms",
      "accepted positions, brightest first; columns: peak (value of the volume at the maximum), "
      "height "
      "(of the fitted peak), width (sigma of a Gaussian with its curvature), last_step (how far "
      "the "
      "last fit moved the position: large where it had not come to rest)",
      0 },
    { "candidates", "table",
      "every maximum that was fitted, brightest first: fine "
      "sample ix iy iz (padding included), peak, flag, "
      "position",
      0 },
    { 0 }
};

/* ---- fits ------------------------------------------------------------------------------------ */

static void fit_candidate(const tracing *t, const quartic_rule *rule, int64_t i)
{
    assert(i >= 0 && i < t->count);
    double window[QUARTIC_WINDOW];
    int64_t at[3];
    for (int k = 0; k < 3; k++) {
        at[k] = t->candidates[i].at[k];
        if (at[k] < rule->radius || at[k] >= t->grid.axis[k].n - rule->radius)
            t->peaks[i].flag = TRACE_AT_BORDER;
    }
    if (t->peaks[i].flag == TRACE_AT_BORDER) return;
    fine_grid_window(&t->grid, at, rule->radius, window);
    quartic_fit(rule, window, &t->peaks[i]);
}

/* Each candidate is fitted for itself, so the order of work does not matter. False when asked to
 * stop. */
static bool fit_all(tracing *t, const params *p)
{
    enum { BLOCK = 4096 }; /* between two looks at the clock */
    const quartic_rule rule = { .radius = p->radius,
                                .box = p->window == WINDOW_BOX,
                                .alpha = p->alpha,
                                .clamp = p->clamp,
                                .iterations = p->iterations,
                                .stable_steps = p->stable_steps };
    const loom_host *h = t->call->host;
    int threads = h->threads(t->call);
    for (int64_t from = 0; from < t->count; from += BLOCK) {
        int64_t to = from + BLOCK < t->count ? from + BLOCK : t->count;
        if (!h->progress(t->call, (double)(t->count + from), 2.0 * (double)t->count)) return false;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 16)
        for (int64_t i = from; i < to; i++) fit_candidate(t, &rule, i);
    }
    return true;
}

/* ---- presets --------------------------------------------------------------------------------- */

/* Of the maximum that has so many brighter ones, an atom of the brightest kind: below DIM of it
 * there are hardly atoms, unless heights differ by more than four, and much of what noise makes;
 * above SURE of it there is hardly noise. What is wrong with it a search by likelihood sets right:
 * atoms in excess cost time, missing ones must be found again. */
enum { BRIGHTER = 50 };
#define DIM 0.25
#define SURE 0.6
#define APART 0.7 /* of the distance of neighbours */
/* Of the width (sigma) of a peak: two nearer than that are one maximum. */
#define APART_WIDTHS 2.0

/* voxels: wider than the grain of noise, narrower than an atom that is sampled well */
#define GRAIN 1.5

static void apply_preset(params *p)
{
    if (p->preset == PRESET_PKU) {
        p->upsampling = 1;
        p->padding = 0;
        p->maxima = MAXIMA_BALL;
        p->border = 5;
        p->radius = 3;
        p->min_distance = 2.2;
    }
    if (p->preset == PRESET_UCLA) {
        p->upsampling = 3;
        p->padding = 10;
        p->maxima = MAXIMA_FACES;
        p->border = 0;
        p->radius = 3;
        p->min_distance = 2.0;
    }
    if (p->preset == PRESET_AUTOMATIC) {
        p->threshold = 0;
        if (!(p->smooth > 0)) p->smooth = GRAIN;
    }
}

/* Keeps the maxima above DIM of the level of bright atoms. */
static void drop_dim(tracing *t, params *p)
{
    int64_t rank = t->count / 2 < BRIGHTER ? t->count / 2 : BRIGHTER, kept = 0;
    if (t->count < 1) return;
    assert(rank < t->count);
    p->threshold = DIM * t->candidates[rank].value;
    for (int64_t i = 0; i < t->count; i++)
        if (t->candidates[i].value > p->threshold) t->candidates[kept++] = t->candidates[i];
    t->count = kept;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The minimum distance from the sure peaks: 0.7 of the first peak of their pair distribution; where
 * there is none, two widths. */
static bool measure_distance(tracing *t, params *p)
{
    const loom_host *h = t->call->host;
    double *point = h->scratch(t->call, sizeof(double) * (size_t)(3 * t->count + 3)),
           *width = h->scratch(t->call, sizeof(double) * (size_t)(t->count + 1)), shell;
    int64_t n = 0;
    if (!point || !width) return false;
    for (int64_t i = 0; i < t->count; i++) {
        if (t->peaks[i].flag != TRACE_ACCEPTED || !t->peaks[i].is_maximum
            || t->candidates[i].value < SURE / DIM * p->threshold)
            continue;
        tracing_position(t, i, point + 3 * n);
        width[n++] = t->peaks[i].width;
    }
    if (!loom_shell_distance(t->call, n, point, 3, &shell)) return false;
    qsort(width, (size_t)n, sizeof *width, ascending);
    double fine_A = t->voxel_A / (double)t->grid.upsampling,
           least = shell > 0 ? APART * shell
                   : n       ? APART_WIDTHS * width[n / 2]
                             : 0;
    p->min_distance = least * fine_A;
    h->note(t->call, "automatic: maxima above %g; neighbours %.3g angstrom apart, at least %.3g",
            p->threshold, shell * fine_A, p->min_distance);
    h->release(t->call, point);
    h->release(t->call, width);
    return true;
}

/* ---- the op ---------------------------------------------------------------------------------- */

/* The density as it is, or smoothed into scratch; NULL when out of memory. */
static const float *smoothed(const tracing *t, double sigma)
{
    const float *src = t->density->data;
    if (sigma <= 0) return src;
    const loom_host *h = t->call->host;
    size_t bytes = sizeof(float) * (size_t)(t->n[0] * t->n[1] * t->n[2]);
    float *a = h->scratch(t->call, bytes), *b = h->scratch(t->call, bytes);
    loom_gaussian g;
    if (!a || !b) return NULL;
    loom_gaussian_make(sigma, &g);
    loom_gaussian_volume(&g, src, t->n, b, a, h->threads(t->call));
    h->release(t->call, b);
    return a;
}

static loom_status check_inputs(tracing *t, const uint8_t **mask)
{
    const loom_host *h = t->call->host;
    const loom_value *volume = h->input(t->call, "volume", 0),
                     *mask_value = h->input(t->call, "mask", 0);
    if (!(t->density = loom_need(t->call, "volume", "density"))
        || !loom_need_number(t->call, "volume", "voxel_size", &t->voxel_A))
        return LOOM_E_DATA;
    for (int k = 0; k < 3; k++) {
        t->n[k] = t->density->dim[2 - k];
        if (t->n[k] < 4 || t->n[k] > 100000)
            return h->fail(t->call, LOOM_E_DATA, "volume",
                           "the volume must have 4 to 100000 voxels along each axis, found %lld",
                           (long long)t->n[k]);
    }
    if (!(t->voxel_A > 0))
        return h->fail(t->call, LOOM_E_DATA, "volume",
                       "voxel_size is %g angstrom; it must be positive", t->voxel_A);
    if (!loom_need_finite(t->call, "volume", t->density)) return LOOM_E_DATA;
    const loom_array *origin = h->array(volume, "origin"),
                     *m = mask_value ? h->array(mask_value, "mask") : NULL;
    if (origin) memcpy(t->origin, origin->data, sizeof t->origin);
    if (m && !loom_need_same_grid(t->call, "mask", m, "the volume", t->density->dim))
        return LOOM_E_DATA;
    *mask = m ? m->data : NULL;
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    params own = *(const params *)param_struct, *p = &own;
    const loom_host *h = call->host;
    const uint8_t *mask = NULL;
    int64_t all;
    char word[16];
    tracing t = { .call = call };
    apply_preset(p);
    loom_status status = check_inputs(&t, &mask);
    if (status) return status;
    const loom_strings symbol = {
        (const char *const[]){ p->symbol && *p->symbol ? p->symbol : "X" }, 1
    };
    if (!loom_symbols_read(call, "symbol", &symbol, word, sizeof word)) return LOOM_E_PARAM;
    loom_symbols_warn(call, "symbol", word);
    const float *density = smoothed(&t, p->smooth);
    if (!density
        || !fine_grid_make(call, density, t.n, p->upsampling,
                           p->interpolation == INTERPOLATION_CUBIC, p->padding, &t.grid))
        return LOOM_E_MEMORY;
    const maxima_rule rule = { .surround = p->maxima == MAXIMA_BALL ? LOOM_BALL : LOOM_FACES,
                               .above = p->threshold,
                               .border = p->border,
                               .mask = mask,
                               .n = { t.n[0], t.n[1], t.n[2] } };
    if (!(t.candidates = maxima_find(call, &t.grid, &rule, &all)))
        return h->cancelled(call) ? LOOM_E_CANCELLED : LOOM_E_MEMORY;
    t.count = all < p->max_candidates ? all : p->max_candidates;
    if (p->preset == PRESET_AUTOMATIC) drop_dim(&t, p);
    t.peaks = h->scratch(call, sizeof *t.peaks * (size_t)(t.count + 1));
    if (!t.peaks) return LOOM_E_MEMORY;
    memset(t.peaks, 0, sizeof *t.peaks * (size_t)(t.count + 1));
    if (!fit_all(&t, p)) return LOOM_E_CANCELLED;
    if (p->preset == PRESET_AUTOMATIC && !measure_distance(&t, p)) return LOOM_E_MEMORY;
    double least = p->min_distance / t.voxel_A * (double)p->upsampling;
    if (!tracing_keep_apart(&t, least) || !tracing_write_atoms(&t, word)
        || !tracing_write_candidates(&t))
        return LOOM_E_MEMORY;
    tracing_report(&t, all);
    return LOOM_OK;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    const params *p = param_struct;
    const loom_array *d = loom_need(call, "volume", "density");
    if (!d) return LOOM_E_DATA;
    uint64_t voxels = (uint64_t)loom_array_count(d), u = (uint64_t)p->upsampling;
    out->uses_threads = true;
    out->bytes = (p->smooth > 0 || p->preset == PRESET_AUTOMATIC ? 8 * voxels : 0)
                 + (p->interpolation == INTERPOLATION_CUBIC ? 12 * voxels : 0)
                 + 64 * u * u * (uint64_t)(d->dim[1] * d->dim[2])
                 + 120 * (uint64_t)p->max_candidates;
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_ROGERS_2007, CITE_YANG_2021, { 0 } };

static const loom_op trace_polynomial = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "trace.polynomial",
    .summary =
        "Atom positions: local maxima of a volume, each refined by a local quartic polynomial.",
    .method =
        "The volume is interpolated onto a grid `upsampling` times finer. Its local maxima "
        "are taken from the brightest on. Around each, a polynomial of total degree 4 (35 "
        "terms) is fitted to the samples q within `radius` + 1/2 by least squares, with the "
        "weight exp(-alpha |q - s|^2 / R^2) about the current position s. The Newton step of "
        "its quadratic part, limited along each axis, moves s, and the fit is repeated about "
        "the new s. A position is accepted (flag 0) after `stable_steps` steps in a row below "
        "the limit. Other flags: -1 the polynomial has no maximum, -2 it left the window, -3 "
        "closer than `min_distance` to a brighter atom, -4 not converged, -5 the window "
        "crosses the border.\n\n"
        "The defaults are those of the UCLA group, with a spline in place of linear "
        "interpolation: at voxels of 0.35 angstrom the window is 0.8 angstrom wide. Linear "
        "interpolation misplaces isolated Gaussian atoms by up to a third of a voxel, the "
        "spline by a hundredth. The PKU group uses the voxels themselves, so that a window of "
        "the same radius is three times as wide: `{upsampling: 1, padding: 0, maxima: ball, "
        "border: 5, min_distance: 2.2}`. `preset` sets either.\n\n"
        "`preset: automatic` smooths by 1.5 voxels unless `smooth` is given, and keeps maxima "
        "above a quarter of the fiftieth brightest. `min_distance` is 0.7 of the first peak "
        "of the pair distribution of the maxima above 0.6 of that one, or two widths of a "
        "peak where there is no such peak. It is a start for `refine.search`, which decides "
        "by the likelihood of the raw images.",
    .citations = citations,
    .limits = "Atoms that are closer together than the resolution of the volume appear as one "
              "maximum. Noise makes false maxima: give a mask or a threshold, or drop them "
              "afterwards by their intensity (classify.kmeans). Warns where twenty or more maxima "
              "were fitted for every atom kept, and where the atoms could not be a metal or "
              "semiconductor.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("trace.polynomial", "1.0", "BSD-3-Clause", &trace_polynomial);
