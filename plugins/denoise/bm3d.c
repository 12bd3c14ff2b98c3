/* denoise.bm3d - block matching and collaborative filtering of stabilised counts. */
#include "collaborative.h"
#include "stabilise.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/rng.h"
#include <omp.h>
#include <stdlib.h>

typedef struct params {
    int32_t profile;
    int64_t neighbours;
    double strength;
} params;
enum { PROFILE_AUTO, PROFILE_STANDARD, PROFILE_AET };
static const char *const profile_names[] = { "auto", "standard", "aet", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, profile, .choices = profile_names,
               .doc = "settings of the filter: as published for photographs, as used in atomic "
                      "electron tomography, or the one of lower estimated risk"),
    LOOM_PARAM(params, neighbours, .min = 0, .max = (MATCH_MAX_PLANES - 1) / 2,
               .doc = "tilts on each side in which blocks are matched as well; the series must be "
                      "aligned"),
    LOOM_PARAM(params, strength, .def = 1, .min = 0.1, .max = 10, .flags = LOOM_ADVANCED,
               .doc = "multiplies the standard deviation of the noise that is removed"),
    { 0 }
};
static const loom_port inputs[] = { DENOISE_INPUTS, { 0 } };
static const loom_port outputs[] = { DENOISE_OUTPUTS, { 0 } };

enum { PROFILES = 2, RISK_TILTS = 4 };
/* As in the authors' 2007 paper (with the threshold of their later profile for quality, 2.5 instead
 * of 2.7) and as used for atomic electron tomography; each for moderate noise and for more than
 * SIGMA_HIGH on the scale of 0 to 255. */
#define SIGMA_HIGH 40.0
static const bm3d_profile profiles[PROFILES][2] = {
    { { { 8, 3, 16, 19, 3000, 2 }, { 8, 3, 32, 19, 400, 2 }, BLOCK_WAVELETS, 2.5 },
      { { 8, 4, 32, 19, 25000, 2 }, { 11, 6, 32, 19, 3500, 2 }, BLOCK_COSINES, 2.8 } },
    { { { 8, 2, 16, 49, 600, 0.2 }, { 16, 3, 32, 49, 400, 0.5 }, BLOCK_COSINES, 2.9 },
      { { 8, 4, 32, 49, 25000, 0.2 }, { 11, 6, 32, 49, 3500, 0.5 }, BLOCK_COSINES, 2.8 } },
};

/* A series on its way: stabilised images with room behind each row, results of the first step. */
typedef struct bm3d {
    denoiser d;
    const params *p;
    stabiliser s;               /* in units of p->strength */
    int64_t stride, plane;      /* floats from row to row, from tilt to tilt */
    double *sigma255;           /* [nt] */
    float *noisy, *basic, *dst; /* [nt][plane], [nt][plane], [threads][ny nx] */
    float **work;               /* [threads] */
} bm3d;

/* ---- decide ---------------------------------------------------------------------------------- */

static bool start(loom_call *call, bm3d *b)
{
    const loom_host *h = call->host;
    denoiser *d = &b->d;
    b->stride = d->nx + MATCH_PAD;
    b->plane = (d->ny + 1) * b->stride;
    b->sigma255 = h->scratch(call, (size_t)d->nt * sizeof *b->sigma255);
    b->noisy = h->scratch(call, (size_t)(2 * d->nt * b->plane) * sizeof(float));
    b->work = h->scratch(call, (size_t)d->threads * sizeof *b->work);
    if (!b->sigma255 || !b->noisy || !b->work) return false;
    b->basic = b->noisy + d->nt * b->plane;
    int64_t floats = bm3d_work(d->ny, d->nx) + 3 * b->plane;
    for (int t = 0; t < d->threads; t++)
        if (!(b->work[t] = h->scratch(call, (size_t)floats * sizeof(float)))) return false;
    return stabiliser_start(call, d, b->p->strength, &b->s);
}

/* ---- stabilise ------------------------------------------------------------------------------- */

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The noise on a scale on which the image reaches from 0 to 255, a hundredth of its pixels
 * aside. */
static double scale_of(int64_t n, float *values)
{
    qsort(values, (size_t)n, sizeof *values, compare_floats);
    double range = (double)(values[n - 1 - n / 100] - values[n / 100]);
    return 255 / fmax(range, 1);
}

static void spread_rows(const bm3d *b, const float *src, float *dst)
{
    for (int64_t y = 0; y < b->d.ny; y++)
        memcpy(dst + y * b->stride, src + y * b->d.nx, (size_t)b->d.nx * sizeof *dst);
}

static void stabilise(const bm3d *b, int64_t k, float *work)
{
    float *dst = b->noisy + k * b->plane;
    memset(dst, 0, (size_t)b->plane * sizeof *dst);
    b->sigma255[k] = 1;
    if (b->s.kind[k] < 0) return;
    stabiliser_forth(&b->s, k, work);
    spread_rows(b, work, dst);
    b->sigma255[k] = scale_of(b->d.ny * b->d.nx, work);
}

/* ---- filter ---------------------------------------------------------------------------------- */

/* The largest transform that fits into the images. */
static int fitting_edge(int edge, int64_t ny, int64_t nx)
{
    int64_t most = ny < nx ? ny : nx;
    return edge <= most ? edge : most >= 11 && edge > 11 ? 11 : 8;
}

static bm3d_profile profile_for(const bm3d *b, int profile, double sigma255)
{
    bm3d_profile p = profiles[profile][sigma255 > SIGMA_HIGH];
    p.hard.edge = fitting_edge(p.hard.edge, b->d.ny, b->d.nx);
    p.wiener.edge = fitting_edge(p.wiener.edge, b->d.ny, b->d.nx);
    /* two noisy copies of one block differ by 2 sigma^2: a limit below that ends all matching */
    p.hard.tau = fmax(p.hard.tau, 5 * sigma255 * sigma255);
    return p;
}

/* The image itself and `reach` tilts on each side that have noise. */
static match_planes planes_of(const bm3d *b, const float *images, int64_t k, int64_t reach)
{
    const denoiser *d = &b->d;
    match_planes m = { d->ny, d->nx, b->stride, { images + k * b->plane }, 1 };
    for (int64_t j = k - reach; j <= k + reach; j++)
        if (j != k && j >= 0 && j < d->nt && b->s.kind[j] >= 0)
            m.plane[m.count++] = images + j * b->plane;
    return m;
}

static void first_step(const bm3d *b, int profile, int64_t k, float *work)
{
    float *result = work + bm3d_work(b->d.ny, b->d.nx), *dst = b->basic + k * b->plane;
    memset(dst, 0, (size_t)b->plane * sizeof *dst);
    if (b->s.kind[k] < 0) return;
    bm3d_profile p = profile_for(b, profile, b->sigma255[k]);
    match_planes noisy = planes_of(b, b->noisy, k, b->p->neighbours);
    bm3d_first(&p, &noisy, b->sigma255[k], work, result);
    spread_rows(b, result, dst);
}

static void second_step(bm3d *b, int profile, int64_t k, float *work)
{
    float *result = work + bm3d_work(b->d.ny, b->d.nx);
    if (b->s.kind[k] >= 0) {
        bm3d_profile p = profile_for(b, profile, b->sigma255[k]);
        match_planes noisy = planes_of(b, b->noisy, k, b->p->neighbours),
                     basic = planes_of(b, b->basic, k, b->p->neighbours);
        bm3d_second(&p, &noisy, &basic, b->sigma255[k], work, result);
    }
    stabiliser_back(&b->s, k, result);
}

/* ---- choose a profile ------------------------------------------------------------------------ */

/* Squared error of a profile on tilt k up to a constant that is the same for all profiles: filter
 * g + t w, compare with g - w / t, whose noise is independent of it (w standard normal). */
static double risk_of(const bm3d *b, int profile, int64_t k, float *work)
{
    const double t = 0.5, scale = sqrt(1 + t * t);
    const denoiser *d = &b->d;
    float *result = work + bm3d_work(d->ny, d->nx), *noisy = result + b->plane,
          *basic = noisy + b->plane;
    const float *g = b->noisy + k * b->plane;
    double sigma255 = b->sigma255[k] * scale, sum = 0, z[2];
    bm3d_profile p = profile_for(b, profile, sigma255);
    match_planes own = { d->ny, d->nx, b->stride, { noisy }, 1 }, guide = own;
    guide.plane[0] = basic;
    memset(noisy, 0, (size_t)(2 * b->plane) * sizeof(float));
    for (int64_t y = 0; y < d->ny; y++)
        for (int64_t x = 0; x < d->nx; x++) {
            loom_normal2(1, (uint64_t)k, (uint64_t)(y * d->nx + x), z);
            noisy[y * b->stride + x] = (float)(((double)g[y * b->stride + x] + t * z[0]) / scale);
        }
    bm3d_first(&p, &own, sigma255, work, result);
    spread_rows(b, result, basic);
    bm3d_second(&p, &own, &guide, sigma255, work, result);
    for (int64_t y = 0; y < d->ny; y++)
        for (int64_t x = 0; x < d->nx; x++) {
            loom_normal2(1, (uint64_t)k, (uint64_t)(y * d->nx + x), z);
            double r =
                (double)result[y * d->nx + x] * scale - ((double)g[y * b->stride + x] - z[0] / t);
            sum += r * r;
        }
    return sum / (double)(d->ny * d->nx);
}

/* The profile of lower risk on up to RISK_TILTS tilts, evenly chosen. */
static int choose_profile(loom_call *call, const bm3d *b)
{
    const denoiser *d = &b->d;
    int64_t tilts = d->nt < RISK_TILTS ? d->nt : RISK_TILTS;
    double risk[PROFILES * RISK_TILTS] = { 0 }, sum[PROFILES] = { 0 };
#pragma omp parallel for num_threads(d->threads) schedule(dynamic, 1)
    for (int64_t i = 0; i < PROFILES * tilts; i++) {
        int64_t k = (2 * (i / PROFILES) + 1) * d->nt / (2 * tilts);
        if (b->s.kind[k] >= 0 && !call->host->cancelled(call))
            risk[i] = risk_of(b, (int)(i % PROFILES), k, b->work[omp_get_thread_num()]);
    }
    for (int64_t i = 0; i < PROFILES * tilts; i++) sum[i % PROFILES] += risk[i];
    int best = sum[1] < sum[0];
    call->host->note(call,
                     "estimated squared error, up to a constant: standard %.5g, aet %.5g; profile "
                     "%s",
                     sum[0] / (double)tilts, sum[1] / (double)tilts, profile_names[1 + best]);
    return best;
}

/* ---- run ------------------------------------------------------------------------------------- */

typedef enum phase { STABILISE, FIRST, SECOND, PHASES } phase;

static bool run_phase(loom_call *call, bm3d *b, phase which, int profile)
{
    static const double share[PHASES + 1] = { 0, 0.02, 0.4, 1 };
    denoiser *d = &b->d;
    for (int64_t first = 0; first < d->nt; first += d->threads) {
        int64_t end = first + d->threads < d->nt ? first + d->threads : d->nt;
#pragma omp parallel for num_threads(d->threads) schedule(static, 1)
        for (int64_t k = first; k < end; k++) {
            float *work = b->work[k - first];
            if (which == STABILISE) stabilise(b, k, work);
            else if (which == FIRST) first_step(b, profile, k, work);
            else second_step(b, profile, k, work);
        }
        double done = (double)end / (double)d->nt;
        if (!call->host->progress(call, share[which] + done * (share[which + 1] - share[which]), 1))
            return false;
    }
    return true;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    bm3d b = { .p = param_struct };
    loom_status status = denoiser_open(call, &b.d);
    if (status != LOOM_OK) return status;
    if (b.d.ny < 8 || b.d.nx < 8)
        return h->fail(call, LOOM_E_DATA, "tilts",
                       "images of %lld x %lld pixels; blocks need at least 8 x 8",
                       (long long)b.d.ny, (long long)b.d.nx);
    if ((status = denoiser_start(call, &b.d)) != LOOM_OK) return status;
    if (!start(call, &b)) return LOOM_E_MEMORY;
    if (!run_phase(call, &b, STABILISE, 0)) return LOOM_E_CANCELLED;
    int profile = b.p->profile == PROFILE_AUTO ? choose_profile(call, &b) : b.p->profile - 1;
    if (!run_phase(call, &b, FIRST, profile) || !run_phase(call, &b, SECOND, profile))
        return LOOM_E_CANCELLED;
    b.d.model = "estimated";
    return denoiser_end(call, &b.d);
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    (void)param_struct;
    const loom_array *a = loom_need(call, "tilts", "images");
    if (!a) return LOOM_E_DATA;
    uint64_t plane = (uint64_t)((a->dim[1] + 1) * (a->dim[2] + MATCH_PAD)),
             threads = (uint64_t)call->host->threads(call);
    out->uses_threads = true;
    out->bytes = denoiser_bytes(call) + 8 * (uint64_t)a->dim[0] * plane
                 + threads * (4 * (uint64_t)bm3d_work(a->dim[1], a->dim[2]) + 12 * plane)
                 + stabiliser_bytes(a->dim[0]);
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_DABOV_2007, CITE_MAKITALO_2013, { 0 } };

static const loom_op denoise_bm3d = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "denoise.bm3d",
    .summary = "Block matching and collaborative filtering of counts whose noise was made uniform.",
    .method =
        "**Noise.** The generalised Anscombe transform f = 2 sqrt(max(0, x + 3/8 + s^2)), x in "
        "electrons, s the read noise in electrons, gives all pixels a standard deviation of 1; "
        "its exact unbiased inverse (Mäkitalo and Foi) leads back. Gain, read noise, offset and "
        "what earlier linear steps have left are those of the series, or measured as "
        "`denoise.estimate_noise` does.\n\n"
        "**Filter.** In two steps, each block of the image is stacked with the blocks that look "
        "most like it, the stack is transformed (cosines or wavelets within a block, Haar across), "
        "and "
        "coefficients are thresholded in the first step, or multiplied by Wiener's gain with the "
        "first result as the signal in the second; estimates that overlap are averaged with "
        "weights. `standard`: 8 x 8 blocks, within 19 pixels, as in the 2007 paper; `aet`: within "
        "49 pixels, 16 x 16 blocks in the second step, as used in atomic electron tomography, with "
        "a limit of matching that is never below what noise alone makes. Above 40 on a scale on "
        "which the image reaches from 0 to 255 both change to settings for strong noise.\n\n"
        "**auto.** On up to four tilts both profiles filter g + w/2 and are compared with g - 2w "
        "(g the stabilised image, w normal noise): the noise of the two is independent, so the "
        "mean squared difference is the error plus a constant.\n\n"
        "**neighbours.** Blocks of the neighbouring tilts can join a stack; they lend "
        "coefficients and are not changed by it.\n\n"
        "The total of every image above its offset is kept. `noise_factor` is estimated: one "
        "less the mean squared residual over the variance.",
    .citations = citations,
    .limits = "Noise must be white: filter raw or Fourier-shifted images. One image is filtered by "
              "one thread. The factor of the noise that is left is a mean: more is left where the "
              "image varies.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("denoise.bm3d", "1.0", "BSD-3-Clause", &denoise_bm3d);
