/* trace.polynomial - atom positions: local maxima of a volume, each refined by a local quartic
 * polynomial. */
#include <atomloom/op.h>
#include "fine_grid.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/elements.h"
#include "kit/gaussian.h"
#include "kit/model.h"
#include "kit/shell.h"
#include "maxima.h"
#include "quartic.h"
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

typedef struct tracing {
    loom_call *call;
    const params *p;
    const loom_array *density;
    double voxel_A, origin[3];
    int64_t n[3]; /* samples of the volume along x, y, z */
    fine_grid grid;
    loom_maximum *candidates;
    quartic_peak *peaks;
    int64_t count, accepted; /* candidates fitted, atoms */
    char symbol[16];
    params own; /* `p` where a preset changes it */
} tracing;

/* ---- fits and the rule of the minimum distance ----------------------------------------------- */

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
static bool fit_all(tracing *t)
{
    enum { BLOCK = 4096 }; /* between two looks at the clock */
    const params *p = t->p;
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

static void fine_position(const tracing *t, int64_t i, double out[3])
{
    assert(i >= 0 && i < t->count);
    for (int k = 0; k < 3; k++) out[k] = (double)t->candidates[i].at[k] + t->peaks[i].shift[k];
}

/* Accepted positions in cells of the minimum distance; each cell is a linked list. */
typedef struct crowd {
    double edge;
    int64_t dim[3];
    int32_t *head, *next;
} crowd;

static int64_t cell_of(const crowd *c, const double x[3], const int64_t step[3])
{
    int64_t at[3];
    for (int k = 0; k < 3; k++) {
        double cell = floor(x[k] / c->edge);
        at[k] = (cell < 0 ? 0 : (int64_t)cell) + step[k];
        if (at[k] < 0 || at[k] >= c->dim[k]) return -1;
    }
    return (at[2] * c->dim[1] + at[1]) * c->dim[0] + at[0];
}

static bool is_crowded(const tracing *t, const crowd *c, const double x[3], double least)
{
    assert(least >= 0);
    int64_t step[3];
    for (step[2] = -1; step[2] <= 1; step[2]++)
        for (step[1] = -1; step[1] <= 1; step[1]++)
            for (step[0] = -1; step[0] <= 1; step[0]++) {
                int64_t cell = cell_of(c, x, step);
                for (int32_t j = cell < 0 ? -1 : c->head[cell]; j >= 0; j = c->next[j]) {
                    double y[3];
                    fine_position(t, j, y);
                    double d2 = (x[0] - y[0]) * (x[0] - y[0]) + (x[1] - y[1]) * (x[1] - y[1])
                                + (x[2] - y[2]) * (x[2] - y[2]);
                    if (d2 < least * least) return true;
                }
            }
    return false;
}

/* In descending brightness: a peak too close to an accepted one is flagged. False when out of
 * memory. */
static bool keep_apart(tracing *t)
{
    const loom_host *h = t->call->host;
    double least = t->p->min_distance / t->voxel_A * (double)t->p->upsampling;
    crowd c = { .edge = fmax(least, 4) };
    int64_t cells = 1;
    for (int k = 0; k < 3; k++)
        cells *= c.dim[k] = (int64_t)((double)t->grid.axis[k].n / c.edge) + 2;
    c.head = h->scratch(t->call, sizeof *c.head * (size_t)cells);
    c.next = h->scratch(t->call, sizeof *c.next * (size_t)(t->count + 1));
    if (!c.head || !c.next) return false;
    for (int64_t i = 0; i < cells; i++) c.head[i] = -1;
    for (int64_t i = 0; i < t->count; i++) {
        double x[3];
        if (t->peaks[i].flag != TRACE_ACCEPTED) continue;
        fine_position(t, i, x);
        if (is_crowded(t, &c, x, least)) {
            t->peaks[i].flag = TRACE_TOO_CLOSE;
            continue;
        }
        if (!t->peaks[i].is_maximum) {
            t->peaks[i].flag = TRACE_NO_MAXIMUM;
            continue;
        }
        int64_t cell = cell_of(&c, x, (int64_t[3]){ 0, 0, 0 });
        if (cell >= 0) { /* a peak that left the grid has no neighbours there */
            c.next[i] = c.head[cell];
            c.head[cell] = (int32_t)i;
        }
        t->accepted++;
    }
    return true;
}

/* ---- what comes out -------------------------------------------------------------------------- */

static void position_A(const tracing *t, int64_t i, double out[3])
{
    assert(t->voxel_A > 0);
    fine_position(t, i, out);
    for (int k = 0; k < 3; k++)
        out[k] = (fine_grid_coarse(&t->grid, out[k]) - (double)(t->n[k] / 2)) * t->voxel_A
                 + t->origin[k];
}

static bool write_atoms(const tracing *t)
{
    const loom_host *h = t->call->host;
    loom_value *atoms = h->output(t->call, "atoms");
    double *position = h->add_array(t->call, atoms, "position", LOOM_F64, 2,
                                    (int64_t[]){ t->accepted, 3 }, "angstrom");
    int32_t *species = h->add_array(t->call, atoms, "species", LOOM_I32, 1, &t->accepted, NULL);
    double *peak =
        h->add_array(t->call, atoms, "peak", LOOM_F64, 1, &t->accepted, t->density->unit);
    double *height =
        h->add_array(t->call, atoms, "height", LOOM_F64, 1, &t->accepted, t->density->unit);
    double *width = h->add_array(t->call, atoms, "width", LOOM_F64, 1, &t->accepted, "angstrom");
    double *last_step =
        h->add_array(t->call, atoms, "last_step", LOOM_F64, 1, &t->accepted, "angstrom");
    if (!position || !species || !peak || !height || !width || !last_step) return false;
    double fine_A = t->voxel_A / (double)t->p->upsampling;
    for (int64_t i = 0, k = 0; i < t->count; i++) {
        if (t->peaks[i].flag != TRACE_ACCEPTED) continue;
        position_A(t, i, position + 3 * k);
        peak[k] = t->candidates[i].value;
        height[k] = t->peaks[i].height;
        width[k] = t->peaks[i].width * fine_A;
        last_step[k++] = t->peaks[i].last_step * fine_A;
    }
    h->set_text(t->call, atoms, "symbols", t->symbol);
    return loom_check_model(t->call, "volume", t->accepted, position);
}

static bool write_candidates(const tracing *t)
{
    static const char *const index_names[3] = { "ix", "iy", "iz" }, *const position_names[3] = {
        "x", "y", "z"
    };
    const loom_host *h = t->call->host;
    loom_value *table = h->output(t->call, "candidates");
    double *x[3], at[3];
    int32_t *index[3];
    for (int k = 0; k < 3; k++)
        if (!(index[k] =
                  h->add_array(t->call, table, index_names[k], LOOM_I32, 1, &t->count, NULL)))
            return false;
    double *peak = h->add_array(t->call, table, "peak", LOOM_F64, 1, &t->count, t->density->unit);
    int32_t *flag = h->add_array(t->call, table, "flag", LOOM_I32, 1, &t->count, NULL);
    for (int k = 0; k < 3; k++)
        if (!(x[k] = h->add_array(t->call, table, position_names[k], LOOM_F64, 1, &t->count,
                                  "angstrom")))
            return false;
    if (!peak || !flag) return false;
    for (int64_t i = 0; i < t->count; i++) {
        position_A(t, i, at);
        for (int k = 0; k < 3; k++) {
            index[k][i] = t->candidates[i].at[k];
            x[k][i] = at[k];
        }
        peak[i] = t->candidates[i].value;
        flag[i] = t->peaks[i].flag;
    }
    return true;
}

static void note_flags(const tracing *t, int64_t all)
{
    int64_t n[6] = { 0 };
    for (int64_t i = 0; i < t->count; i++) n[-t->peaks[i].flag]++;
    t->call->host->note(t->call,
                        "%lld maxima, %lld fitted: %lld atoms, %lld no maximum of the polynomial, "
                        "%lld left the window, %lld too "
                        "close to a brighter one, %lld not converged, %lld at the border",
                        (long long)all, (long long)t->count, (long long)n[0], (long long)n[1],
                        (long long)n[2], (long long)n[3], (long long)n[4], (long long)n[5]);
}

/* Atoms give about one maximum each; where noise is traced too, hardly one of many is kept, and
 * what is kept fills the volume as densely as `min_distance` allows. */
static void warn_of_noise(const tracing *t)
{
    enum { MANY = 1000, PER_ATOM = 20 };
    if (t->count < MANY || t->count < PER_ATOM * t->accepted) return;
    t->call->host->warn(t->call, "threshold",
                        "%lld maxima were fitted for %lld atoms that were kept: nearly all of them "
                        "are noise, and so are some, or most, of the atoms. Smooth the images to "
                        "the width of an atom (denoise.gaussian), stop the reconstruction earlier, "
                        "give a 'threshold' or a mask, or lower 'max_candidates' and drop the dim "
                        "class (classify.kmeans, 'discard')",
                        (long long)t->count, (long long)t->accepted);
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
static void drop_dim(tracing *t)
{
    int64_t rank = t->count / 2 < BRIGHTER ? t->count / 2 : BRIGHTER, kept = 0;
    if (t->count < 1) return;
    t->own.threshold = DIM * t->candidates[rank].value;
    for (int64_t i = 0; i < t->count; i++)
        if (t->candidates[i].value > t->own.threshold) t->candidates[kept++] = t->candidates[i];
    t->count = kept;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The minimum distance from the sure peaks: 0.7 of the first peak of their pair distribution; where
 * there is none, two widths. */
static bool measure_distance(tracing *t)
{
    const loom_host *h = t->call->host;
    double *point = h->scratch(t->call, sizeof(double) * (size_t)(3 * t->count + 3)),
           *width = h->scratch(t->call, sizeof(double) * (size_t)(t->count + 1)), shell;
    int64_t n = 0;
    if (!point || !width) return false;
    for (int64_t i = 0; i < t->count; i++) {
        if (t->peaks[i].flag != TRACE_ACCEPTED || !t->peaks[i].is_maximum
            || t->candidates[i].value < SURE / DIM * t->own.threshold)
            continue;
        fine_position(t, i, point + 3 * n);
        width[n++] = t->peaks[i].width;
    }
    if (!loom_shell_distance(t->call, n, point, 3, &shell)) return false;
    qsort(width, (size_t)n, sizeof *width, ascending);
    double fine_A = t->voxel_A / (double)t->p->upsampling, least = shell > 0 ? APART * shell
                                                                   : n ? APART_WIDTHS * width[n / 2]
                                                                       : 0;
    t->own.min_distance = least * fine_A;
    h->note(t->call, "automatic: maxima above %g; neighbours %.3g angstrom apart, at least %.3g",
            t->own.threshold, shell * fine_A, t->own.min_distance);
    h->release(t->call, point);
    h->release(t->call, width);
    return true;
}

/* ---- the op ---------------------------------------------------------------------------------- */

/* The density as it is, or smoothed into scratch; NULL when out of memory. */
static const float *smoothed(tracing *t)
{
    const float *src = t->density->data;
    if (t->p->smooth <= 0) return src;
    const loom_host *h = t->call->host;
    size_t bytes = sizeof(float) * (size_t)(t->n[0] * t->n[1] * t->n[2]);
    float *a = h->scratch(t->call, bytes), *b = h->scratch(t->call, bytes);
    loom_gaussian g;
    if (!a || !b) return NULL;
    loom_gaussian_make(t->p->smooth, &g);
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
    const params *p = param_struct;
    const loom_host *h = call->host;
    const uint8_t *mask = NULL;
    int64_t all;
    tracing t = { .call = call, .own = *p };
    apply_preset(&t.own);
    t.p = p = &t.own;
    loom_status status = check_inputs(&t, &mask);
    if (status) return status;
    const loom_strings symbol = {
        (const char *const[]){ p->symbol && *p->symbol ? p->symbol : "X" }, 1
    };
    if (!loom_symbols_read(call, "symbol", &symbol, t.symbol, sizeof t.symbol)) return LOOM_E_PARAM;
    loom_symbols_warn(call, "symbol", t.symbol);
    const float *density = smoothed(&t);
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
    if (p->preset == PRESET_AUTOMATIC) drop_dim(&t);
    t.peaks = h->scratch(call, sizeof *t.peaks * (size_t)(t.count + 1));
    if (!t.peaks) return LOOM_E_MEMORY;
    memset(t.peaks, 0, sizeof *t.peaks * (size_t)(t.count + 1));
    if (!fit_all(&t)) return LOOM_E_CANCELLED;
    if (p->preset == PRESET_AUTOMATIC && !measure_distance(&t)) return LOOM_E_MEMORY;
    if (!keep_apart(&t) || !write_atoms(&t) || !write_candidates(&t)) return LOOM_E_MEMORY;
    note_flags(&t, all);
    warn_of_noise(&t);
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
