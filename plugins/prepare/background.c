/* prepare.background - what would be there without the specimen, taken off every image. */
#include "harmonic.h"
#include "kit/check.h"
#include "kit/gaussian.h"
#include "kit/noise.h"
#include "kriging.h"
#include "polynomial.h"
#include <omp.h>

typedef struct params {
    int32_t method, outside;
    double smooth;
} params;
enum { METHOD_LAPLACE, METHOD_PLANE, METHOD_CONSTANT, METHOD_SERIES };
enum { OUTSIDE_ZERO, OUTSIDE_KEEP };
static const char *const method_names[] = { "laplace", "plane", "constant", "series", NULL };
static const char *const outside_names[] = { "zero", "keep", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, method, .choices = method_names,
               .doc = "background inside the mask: a polynomial, and what it leaves at the rim by "
                      "Laplace's equation; a plane or a constant fitted to all pixels outside; or "
                      "series: kriging, as smooth as the images of the whole series are"),
    LOOM_PARAM(params, outside, .choices = outside_names,
               .doc = "pixels outside the mask: zero, or less the background as well"),
    LOOM_PARAM(params, smooth, .unit = "pixel", .def = 10, .min = 0, .max = 64,
               .flags = LOOM_ADVANCED,
               .doc = "laplace: width of the Gaussian that averages the pixels outside the mask"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series", "images of a specimen on a background", 0 },
    { "mask", "mask_series", "1 on the specimen with a margin; as from prepare.mask", 0 },
    { 0 }
};
static const loom_port outputs[] = {
    { "tilts", "tilt_series", "the specimen on nothing; `offset` follows", 0 },
    { "background", "tilt_series", "what was subtracted", LOOM_FRESH },
    { 0 }
};

enum { LAPLACE_DEGREE = 4 };
/* more residual than this is a failure */
#define MAX_RESIDUAL 1e-8

typedef struct job {
    const params *p;
    const float *src;
    const uint8_t *mask;
    int64_t nt, ny, nx;
    float *dst, *background;
    double *mean, *residual; /* [nt] background inside the mask; residual of its equation */
    kriging_cells *cells;    /* series: [nt] */
    kriging_smoothness smoothness;
    double *beyond; /* series: [nt] see goes_beyond */
} job;

typedef struct workspace {
    float *weight, *half, *smooth; /* [ny][nx] */
    double *v, *rest, *work;       /* [ny][nx], [ny][nx], 5 times that */
    equations *room;
    kriging_room *kriging;
} workspace;

/* ---- kernels --------------------------------------------------------------------------------- */

static void blur(const job *j, const loom_gaussian *g, const float *src, float *half, float *dst)
{
    loom_gaussian_axis(g, LOOM_BORDER_REFLECT, src, j->ny, j->nx, 1, half, 1);
    loom_gaussian_axis(g, LOOM_BORDER_REFLECT, half, 1, j->ny, j->nx, dst, 1);
}

/* Outside the mask: the polynomial plus the average, over pixels outside, of what it leaves;
 * inside, the polynomial plus Laplace's continuation of that. */
static double continue_inside(const job *j, int64_t k, const workspace *w)
{
    int64_t n = j->ny * j->nx;
    const float *src = j->src + k * n;
    const uint8_t *mask = j->mask + k * n;
    double *rest = w->rest;
    loom_gaussian g;
    loom_gaussian_make(j->p->smooth, &g);
    for (int64_t i = 0; i < n; i++) w->weight[i] = mask[i] ? 0 : 1;
    blur(j, &g, w->weight, w->half, w->smooth);
    memcpy(w->weight, w->smooth, (size_t)n * sizeof(float));
    for (int64_t i = 0; i < n; i++) w->smooth[i] = mask[i] ? 0 : (float)((double)src[i] - w->v[i]);
    blur(j, &g, w->smooth, w->half, w->smooth);
    for (int64_t i = 0; i < n; i++)
        rest[i] = mask[i] || !(w->weight[i] > 0) ? 0 : (double)(w->smooth[i] / w->weight[i]);
    double residual = harmonic_fill(mask, j->ny, j->nx, rest, w->work);
    for (int64_t i = 0; i < n; i++) w->v[i] += rest[i];
    return residual;
}

static polynomial_image image_of(const job *j, int64_t k)
{
    int64_t n = j->ny * j->nx;
    return (polynomial_image){ j->src + k * n, j->mask + k * n, j->ny, j->nx };
}

/* How far the background inside the mask leaves its range outside, over that range and the noise.
 */
static double goes_beyond(const job *j, int64_t k, const double *v)
{
    polynomial_image image = image_of(j, k);
    double low[2] = { HUGE_VAL, HUGE_VAL }, high[2] = { -HUGE_VAL, -HUGE_VAL };
    for (int64_t i = 0; i < j->ny * j->nx; i++) {
        int inside = image.mask[i] != 0;
        low[inside] = fmin(low[inside], v[i]);
        high[inside] = fmax(high[inside], v[i]);
    }
    double range = high[0] - low[0] + sqrt(j->cells[k].noise);
    double off = fmax(high[1] - high[0], low[0] - low[1]);
    return off > 0 ? off / fmax(range, 1e-30) : 0;
}

/* w->v = the background of image k. */
static void find_background(const job *j, int64_t k, const workspace *w)
{
    polynomial_image image = image_of(j, k);
    bool laplace = j->p->method == METHOD_LAPLACE;
    j->residual[k] = 0;
    if (j->p->method == METHOD_SERIES) {
        kriging_continue(&image, j->cells + k, j->smoothness, w->kriging, w->v);
        j->beyond[k] = goes_beyond(j, k, w->v);
        if (!(j->beyond[k] > 1)) return;
        laplace = true;
    }
    int least = j->p->method == METHOD_PLANE;
    polynomial_fit(&image, laplace ? 1 : least, laplace ? LAPLACE_DEGREE : least, w->room, w->v);
    if (laplace) j->residual[k] = continue_inside(j, k, w);
}

static void subtract(const job *j, int64_t k, const workspace *w)
{
    int64_t n = j->ny * j->nx, inside = 0;
    const float *src = j->src + k * n;
    const uint8_t *mask = j->mask + k * n;
    float *dst = j->dst + k * n, *background = j->background + k * n;
    find_background(j, k, w);
    j->mean[k] = 0;
    for (int64_t i = 0; i < n; i++) {
        bool drop = !mask[i] && j->p->outside == OUTSIDE_ZERO;
        background[i] = (float)w->v[i];
        dst[i] = drop ? 0 : (float)((double)src[i] - w->v[i]);
        j->mean[k] += mask[i] ? w->v[i] : 0;
        inside += mask[i] != 0;
    }
    if (inside) j->mean[k] /= (double)inside;
}

/* ---- decide ---------------------------------------------------------------------------------- */

/* Masks that leave nothing to see the background by, or nothing of the specimen. */
static loom_status check_masks(loom_call *call, const job *j)
{
    int64_t n = j->ny * j->nx, empty = 0, first = 0;
    for (int64_t k = 0; k < j->nt; k++) {
        int64_t inside = 0;
        for (int64_t i = 0; i < n; i++) inside += j->mask[k * n + i] != 0;
        if (inside > n - 16)
            return call->host->fail(call, LOOM_E_DATA, "mask",
                                    "the mask of tilt %lld covers %lld of %lld pixels: nothing is "
                                    "left to see the background by; leave out that tilt or give "
                                    "it another mask",
                                    (long long)k, (long long)inside, (long long)n);
        if (!inside && !empty++) first = k;
    }
    if (empty)
        call->host->warn(call, "mask",
                         "the masks of %lld of %lld tilts (the first is tilt %lld) are empty: "
                         "nothing of these images is left",
                         (long long)empty, (long long)j->nt, (long long)first);
    return LOOM_OK;
}

static loom_status open_input(loom_call *call, job *j)
{
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, "tilts", "images"),
                     *mask = loom_need(call, "mask", "mask");
    if (!images || !mask || !loom_need_finite(call, "tilts", images)) return LOOM_E_DATA;
    if (memcmp(images->dim, mask->dim, 3 * sizeof *images->dim))
        return h->fail(call, LOOM_E_DATA, "mask",
                       "the mask is %lld x %lld x %lld and the series %lld x %lld x %lld; expected "
                       "a mask of the same images",
                       (long long)mask->dim[0], (long long)mask->dim[1], (long long)mask->dim[2],
                       (long long)images->dim[0], (long long)images->dim[1],
                       (long long)images->dim[2]);
    if (loom_array_count(images) < 1)
        return h->fail(call, LOOM_E_DATA, "tilts", "the tilt series is empty");
    j->src = images->data;
    j->mask = mask->data;
    j->nt = images->dim[0];
    j->ny = images->dim[1];
    j->nx = images->dim[2];
    return check_masks(call, j);
}

static bool start(loom_call *call, job *j, int threads, workspace *w)
{
    const loom_host *h = call->host;
    size_t n = (size_t)(j->ny * j->nx);
    const int64_t dim[3] = { j->nt, j->ny, j->nx };
    const char *unit = h->array(h->input(call, "tilts", 0), "images")->unit;
    loom_value *out = h->output(call, "tilts"), *back = h->output(call, "background");
    j->dst = out ? h->add_array(call, out, "images", LOOM_F32, 3, dim, unit) : NULL;
    j->background = back ? h->add_array(call, back, "images", LOOM_F32, 3, dim, unit) : NULL;
    j->mean = h->scratch(call, (size_t)j->nt * 2 * sizeof(double));
    if (!j->dst || !j->background || !j->mean) return false;
    j->residual = j->mean + j->nt;
    for (int t = 0; t < threads; t++) {
        w[t].weight = h->scratch(call, 3 * n * sizeof(float));
        w[t].v = h->scratch(call, 7 * n * sizeof(double));
        w[t].room = h->scratch(call, sizeof *w[t].room);
        w[t].kriging = h->scratch(call, sizeof *w[t].kriging);
        if (!w[t].weight || !w[t].v || !w[t].room || !w[t].kriging) return false;
        w[t].half = w[t].weight + n;
        w[t].smooth = w[t].half + n;
        w[t].rest = w[t].v + n;
        w[t].work = w[t].rest + n;
    }
    return true;
}

/* ---- what the images have in common ---------------------------------------------------------- */

static loom_status learn_series(loom_call *call, job *j, int threads)
{
    const loom_host *h = call->host;
    kriging_room *rooms = h->scratch(call, (size_t)threads * sizeof *rooms);
    j->cells = h->scratch(call, (size_t)j->nt * sizeof *j->cells);
    j->beyond = h->scratch(call, (size_t)j->nt * sizeof *j->beyond);
    if (!rooms || !j->cells || !j->beyond) return LOOM_E_MEMORY;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
    for (int64_t k = 0; k < j->nt; k++) {
        polynomial_image image = image_of(j, k);
        kriging_see(&image, j->cells + k);
    }
    j->smoothness = kriging_learn(j->cells, j->nt, threads, rooms);
    return LOOM_OK;
}

static void warn_of_range(loom_call *call, const job *j)
{
    int64_t n = 0, first = 0;
    for (int64_t k = 0; k < j->nt; k++)
        if (j->beyond[k] > 1 && !n++) first = k;
    if (n)
        call->host->warn(call, "mask",
                         "the background of %lld of %lld tilts (the first is tilt %lld) leaves its "
                         "range outside the mask by %.1f times that range: part of the specimen is "
                         "outside (enlarge the mask: buffer of prepare.mask), or the background is "
                         "not smooth; these tilts were done by method: laplace",
                         (long long)n, (long long)j->nt, (long long)first, j->beyond[first]);
}

/* ---- run ------------------------------------------------------------------------------------- */

/* The images lost their background: what is left varies as before, about a lower mean. */
static loom_status finish(loom_call *call, const job *j)
{
    const loom_host *h = call->host;
    const loom_value *in = h->input(call, "tilts", 0);
    loom_value *out = h->output(call, "tilts"), *back = h->output(call, "background");
    loom_noise *noise = h->scratch(call, (size_t)j->nt * sizeof *noise);
    double pixel = 0;
    if (!noise) return LOOM_E_MEMORY;
    int known = loom_noise_read(call, "tilts", j->nt, noise);
    if (known < 0) return LOOM_E_DATA;
    for (int64_t k = 0; k < j->nt; k++) noise[k].offset -= j->mean[k];
    if (known && !loom_noise_write(call, out, j->nt, noise, NULL)) return LOOM_E_MEMORY;
    h->set_number(call, out, "counts", 0, NULL);
    h->set_number(call, out, "background", 0, NULL);
    h->number(in, "pixel_size", &pixel);
    h->set_number(call, back, "pixel_size", pixel, "angstrom");
    const loom_array *angles = loom_need(call, "tilts", "angles");
    if (!angles) return LOOM_E_DATA;
    return loom_pass_array(call, angles, back) && loom_pass_rest(call, in, out) ? LOOM_OK
                                                                                : LOOM_E_MEMORY;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    job j = { .p = param_struct };
    int threads = h->threads(call);
    loom_status status = open_input(call, &j);
    if (status != LOOM_OK) return status;
    workspace *w = h->scratch(call, (size_t)threads * sizeof *w);
    if (!w || !start(call, &j, threads, w)) return LOOM_E_MEMORY;
    if (j.p->method == METHOD_SERIES && (status = learn_series(call, &j, threads)) != LOOM_OK)
        return status;
    for (int64_t first = 0; first < j.nt; first += threads) {
        int64_t end = first + threads < j.nt ? first + threads : j.nt;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
        for (int64_t k = first; k < end; k++) subtract(&j, k, w + (k - first));
        if (!h->progress(call, (double)end, (double)j.nt)) return LOOM_E_CANCELLED;
    }
    for (int64_t k = 0; k < j.nt; k++)
        if (!(j.residual[k] >= 0 && j.residual[k] <= MAX_RESIDUAL))
            return h->fail(call, LOOM_E_NUMERIC, "mask",
                           "the background of tilt %lld has a residual of %.2g; expected %.0g",
                           (long long)k, j.residual[k], MAX_RESIDUAL);
    if (j.p->method == METHOD_SERIES) warn_of_range(call, &j);
    return finish(call, &j);
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    (void)param_struct;
    const loom_array *a = loom_need(call, "tilts", "images");
    if (!a) return LOOM_E_DATA;
    out->uses_threads = true;
    out->bytes = (uint64_t)call->host->threads(call)
                     * (68 * (uint64_t)(a->dim[1] * a->dim[2]) + sizeof(equations)
                        + 2 * sizeof(kriging_room) + 192)
                 + (64 + sizeof(kriging_cells) + 4 * sizeof(double)) * (uint64_t)a->dim[0] + 1024;
    return LOOM_OK;
}

static const loom_op prepare_background = {
    .size = sizeof(loom_op),
    .revision = 4,
    .id = "prepare.background",
    .summary = "What would be there without the specimen, subtracted from every image.",
    .method =
        "`constant` and `plane` are fitted to the pixels outside the mask by least squares. "
        "`laplace` fits a polynomial of degree 0 to 4 (the lowest from which no higher one differs "
        "under "
        "the mask by more than its noise allows), averages what it leaves outside (a Gaussian over "
        "those pixels alone), and "
        "continues that inside so that every pixel is the mean of its four neighbours, without "
        "flux through the edges of the image; conjugate gradients to a residual of 1e-8 of the "
        "largest value. `series` is kriging: the best linear estimate of a field whose values are "
        "correlated as s^2 / (1 + r^2 / 2 l^2) about a constant of each image, from the means of "
        "12 "
        "x 12 cells outside the mask. How smooth the background is, l and s, is what makes up to "
        "16 "
        "images of the series likeliest. Where that leaves the range seen outside the mask by more "
        "than the range itself the tilt is done by `laplace`, with a warning.\n\n"
        "Outside the mask images become 0. Negative pixels stay: cutting them off would add to "
        "the total. `offset` falls by the mean of the background inside the mask, so that the "
        "variance is still that of the raw pixel.",
    .cites = "none",
    .limits = "The mask must hold the whole specimen: what it leaves out counts as background. "
              "Structure of the background that is narrower than the mask cannot be seen. "
              "Counts limit what can be known: docs/accuracy.md says how far.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("prepare.background", "1.0", "BSD-3-Clause", &prepare_background);
