/* prepare.background - what would be there without the specimen, taken off every image. */
#include "harmonic.h"
#include "kit/check.h"
#include "kit/gaussian.h"
#include "kit/noise.h"
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
                      "series: a polynomial as smooth as those of the whole series"),
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

/* laplace: of one image's polynomial; series: of all images' */
enum { LAPLACE_DEGREE = 4, SERIES_DEGREE = 8 };
/* more residual than this is a failure */
#define MAX_RESIDUAL 1e-8

typedef struct job {
    const params *p;
    const float *src;
    const uint8_t *mask;
    int64_t nt, ny, nx;
    float *dst, *background;
    double *mean, *residual; /* [nt] background inside the mask; residual of its equation */
    /* series: [nt][POLYNOMIAL_TERMS]; [nt] noise of a pixel outside; [nt] see goes_beyond */
    double *coefficients, *variance, *beyond;
} job;

typedef struct workspace {
    float *weight, *half, *smooth; /* [ny][nx] */
    double *v, *rest, *work;       /* [ny][nx], [ny][nx], 5 times that */
    equations *room;
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
    double range = high[0] - low[0] + sqrt(j->variance[k]);
    double off = fmax(high[1] - high[0], low[0] - low[1]);
    return off > 0 ? off / fmax(range, 1e-30) : 0;
}

static void subtract(const job *j, int64_t k, const workspace *w)
{
    int64_t n = j->ny * j->nx, inside = 0;
    const float *src = j->src + k * n;
    const uint8_t *mask = j->mask + k * n;
    float *dst = j->dst + k * n, *background = j->background + k * n;
    polynomial_image image = image_of(j, k);
    int least = j->p->method == METHOD_CONSTANT ? 0 : 1;
    if (j->p->method == METHOD_SERIES)
        polynomial_values(&image, SERIES_DEGREE, j->coefficients + k * POLYNOMIAL_TERMS, w->v);
    else
        polynomial_fit(&image, least, j->p->method == METHOD_LAPLACE ? LAPLACE_DEGREE : least,
                       w->room, w->v);
    j->residual[k] = j->p->method == METHOD_LAPLACE ? continue_inside(j, k, w) : 0;
    if (j->p->method == METHOD_SERIES) j->beyond[k] = goes_beyond(j, k, w->v);
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
        if (!w[t].weight || !w[t].v || !w[t].room) return false;
        w[t].half = w[t].weight + n;
        w[t].smooth = w[t].half + n;
        w[t].rest = w[t].v + n;
        w[t].work = w[t].rest + n;
    }
    return true;
}

/* ---- what the images have in common ---------------------------------------------------------- */

static loom_status fit_series(loom_call *call, job *j, int threads)
{
    const loom_host *h = call->host;
    equations *e = h->scratch(call, (size_t)j->nt * sizeof *e);
    const equations **each = h->scratch(call, (size_t)j->nt * sizeof *each);
    j->coefficients = h->scratch(call, (size_t)j->nt * (POLYNOMIAL_TERMS + 2) * sizeof(double));
    if (!e || !each || !j->coefficients) return LOOM_E_MEMORY;
    j->variance = j->coefficients + j->nt * POLYNOMIAL_TERMS;
    j->beyond = j->variance + j->nt;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
    for (int64_t k = 0; k < j->nt; k++) {
        polynomial_image image = image_of(j, k);
        polynomial_equations(&image, SERIES_DEGREE, e + k);
    }
    for (int64_t k = 0; k < j->nt; k++) {
        each[k] = e + k;
        j->variance[k] = polynomial_noise(e + k, SERIES_DEGREE);
    }
    if (!polynomial_series(each, j->nt, SERIES_DEGREE, j->coefficients))
        return h->fail(call, LOOM_E_NUMERIC, "mask",
                       "the pixels outside the masks do not determine a background; make the "
                       "masks smaller, or use method: constant");
    return LOOM_OK;
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
    if (j.p->method == METHOD_SERIES && (status = fit_series(call, &j, threads)) != LOOM_OK)
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
    for (int64_t k = 0; j.p->method == METHOD_SERIES && k < j.nt; k++)
        if (j.beyond[k] > 1)
            return h->fail(call, LOOM_E_DATA, "mask",
                           "the background of tilt %lld leaves its range outside the mask by %.1f "
                           "times that range: part of the specimen is outside (enlarge the mask: "
                           "buffer of prepare.mask), or the background is not smooth; method: "
                           "laplace stays within the range",
                           (long long)k, j.beyond[k]);
    return finish(call, &j);
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    (void)param_struct;
    const loom_array *a = loom_need(call, "tilts", "images");
    if (!a) return LOOM_E_DATA;
    out->uses_threads = true;
    out->bytes =
        (uint64_t)call->host->threads(call)
            * (68 * (uint64_t)(a->dim[1] * a->dim[2]) + sizeof(equations) + 64)
        + (64 + sizeof(equations) + (POLYNOMIAL_TERMS + 3) * sizeof(double)) * (uint64_t)a->dim[0];
    return LOOM_OK;
}

static const loom_op prepare_background = {
    .size = sizeof(loom_op),
    .revision = 3,
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
        "largest value. `series` fits polynomials of degree 8 to all images together: "
        "coefficients of one degree are drawn from one normal distribution about 0 (a constant "
        "is free), whose variance is found by expectation and maximisation. How smooth the "
        "background is comes from the whole series, and what the pixels outside leave open is "
        "held by that.\n\n"
        "Outside the mask images become 0. Negative pixels stay: cutting them off would add to "
        "the total. `offset` falls by the mean of the background inside the mask, so that the "
        "variance is still that of the raw pixel.",
    .cites = "none",
    .limits = "The mask must hold the whole specimen: what it leaves out counts as background. "
              "Structure of the background that is narrower than the mask cannot be seen. `series` "
              "follows what a mask that is too tight leaves out, and refuses images where that "
              "takes it far from what is seen outside.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("prepare.background", "1.0", "BSD-3-Clause", &prepare_background);
