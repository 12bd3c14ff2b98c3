/* denoise.wiener - the linear filter of least squared error, from the spectrum of the images and
 * the noise they are known to have. */
#include "denoiser.h"
#include "kit/check.h"
#include "kit/citations.h"
#include <fftw3.h>
#include <omp.h>

static const loom_port inputs[] = { DENOISE_INPUTS, { 0 } };
static const loom_port outputs[] = {
    DENOISE_OUTPUTS,
    { "spectrum", "table",
      "radial averages over all tilts: power of the images, of the noise, of the signal, gain of "
      "the filter",
      LOOM_FRESH },
    { 0 }
};

enum { SMOOTH = 4 }; /* rings on each side that a power of the signal is averaged over */

/* A cosine transform (images mirrored at their edges, so that nothing wraps around) and its rings:
 * frequencies of one distance from zero, as wide as the coarser axis is sampled. */
typedef struct spectra {
    denoiser d;
    int64_t rings;
    int32_t *ring;  /* [ny][nx] */
    double *count;  /* [rings] */
    double *power;  /* [nt][rings] sum of squared coefficients, of unit norm */
    double *signal; /* [rings] */
    double *noise;  /* [nt] variance per coefficient */
    fftwf_plan forth, back;
    float **work; /* [threads][ny][nx] */
} spectra;

static void find_rings(spectra *s)
{
    int64_t ny = s->d.ny, nx = s->d.nx, most = ny > nx ? ny : nx;
    for (int64_t i = 0; i < s->rings; i++) s->count[i] = 0;
    for (int64_t y = 0; y < ny; y++)
        for (int64_t x = 0; x < nx; x++) {
            double fy = (double)y / (double)(2 * ny), fx = (double)x / (double)(2 * nx);
            int64_t r = llround(sqrt(fy * fy + fx * fx) * (double)most);
            s->ring[y * nx + x] = (int32_t)r;
            s->count[r]++;
        }
}

static bool start(loom_call *call, spectra *s)
{
    const loom_host *h = call->host;
    denoiser *d = &s->d;
    size_t n = (size_t)(d->ny * d->nx);
    s->rings = (d->ny > d->nx ? d->ny : d->nx) + 1; /* corners lie at 0.71 of the longer edge */
    s->ring = h->scratch(call, n * sizeof *s->ring);
    s->count = h->scratch(call, sizeof(double) * (size_t)((2 + d->nt) * s->rings + d->nt));
    s->work = h->scratch(call, (size_t)d->threads * sizeof *s->work);
    if (!s->ring || !s->count || !s->work) return false;
    s->signal = s->count + s->rings;
    s->power = s->signal + s->rings;
    s->noise = s->power + d->nt * s->rings;
    for (int t = 0; t < d->threads; t++)
        if (!(s->work[t] = h->scratch(call, n * sizeof(float)))) return false;
    s->forth = fftwf_plan_r2r_2d((int)d->ny, (int)d->nx, s->work[0], s->work[0], FFTW_REDFT10,
                                 FFTW_REDFT10, FFTW_ESTIMATE);
    s->back = fftwf_plan_r2r_2d((int)d->ny, (int)d->nx, s->work[0], s->work[0], FFTW_REDFT01,
                                FFTW_REDFT01, FFTW_ESTIMATE);
    find_rings(s);
    return s->forth && s->back;
}

/* Squared norm of the transform's basis image of coefficient i over that of an orthonormal one. */
static double norm2(const denoiser *d, int64_t i)
{
    double all = 16.0 * (double)d->ny * (double)d->nx;
    return all / (i / d->nx ? 2 : 1) / (i % d->nx ? 2 : 1);
}

static void transform(const spectra *s, int64_t k, float *work)
{
    int64_t n = s->d.ny * s->d.nx;
    memcpy(work, s->d.src + k * n, (size_t)n * sizeof(float));
    fftwf_execute_r2r(s->forth, work, work);
}

static void measure_power(const spectra *s, int64_t k, float *work)
{
    int64_t n = s->d.ny * s->d.nx;
    double *power = s->power + k * s->rings;
    for (int64_t r = 0; r < s->rings; r++) power[r] = 0;
    transform(s, k, work);
    for (int64_t i = 1; i < n; i++) /* the mean is no noise */
        power[s->ring[i]] += (double)work[i] * (double)work[i] / norm2(&s->d, i);
}

/* Power of the signal: that of the images less the noise, mean over tilts and neighbouring rings,
 * never negative. */
static void find_signal(spectra *s)
{
    for (int64_t r = 0; r < s->rings; r++) {
        double sum = 0, count = 0;
        for (int64_t q = r - SMOOTH < 0 ? 0 : r - SMOOTH; q <= r + SMOOTH && q < s->rings; q++) {
            double own = s->count[q] - (q == 0);
            for (int64_t k = 0; k < s->d.nt; k++) {
                sum += s->power[k * s->rings + q] - s->noise[k] * own;
                count += own;
            }
        }
        s->signal[r] = count > 0 && sum > 0 ? sum / count : 0;
    }
}

static double gain(const spectra *s, int64_t k, int64_t ring)
{
    double signal = s->signal[ring], noise = s->noise[k];
    return noise > 0 ? signal / (signal + noise) : 1;
}

static void filter(spectra *s, int64_t k, float *work)
{
    int64_t n = s->d.ny * s->d.nx;
    float scale = 1 / (4 * (float)n), *dst = s->d.dst + k * n;
    double squares = 1;
    transform(s, k, work);
    for (int64_t i = 1; i < n; i++) {
        double g = gain(s, k, s->ring[i]);
        squares += g * g;
        work[i] *= (float)g;
    }
    fftwf_execute_r2r(s->back, work, work);
    for (int64_t i = 0; i < n; i++) dst[i] = scale * work[i];
    s->d.share[k] = squares / (double)n;
}

static bool write_spectrum(loom_call *call, const spectra *s)
{
    const loom_host *h = call->host;
    loom_value *table = h->output(call, "spectrum");
    int64_t rows = 0, most = s->d.ny > s->d.nx ? s->d.ny : s->d.nx;
    for (int64_t r = 0; r < s->rings; r++) rows += s->count[r] > 0;
    static const char *const names[] = { "frequency", "power", "noise", "signal", "gain" };
    double *to[5], noise = 0;
    for (int c = 0; c < 5; c++)
        if (!(to[c] =
                  h->add_array(call, table, names[c], LOOM_F64, 1, &rows, c ? NULL : "1/pixel")))
            return false;
    for (int64_t k = 0; k < s->d.nt; k++) noise += s->noise[k] / (double)s->d.nt;
    for (int64_t r = 0, row = 0; r < s->rings; r++) {
        if (!(s->count[r] > 0)) continue;
        double sum = 0, g = 0, own = s->count[r] - (r == 0);
        for (int64_t k = 0; k < s->d.nt; k++) {
            sum += s->power[k * s->rings + r];
            g += gain(s, k, r) / (double)s->d.nt;
        }
        to[0][row] = (double)r / (double)most;
        to[1][row] = own > 0 ? sum / own / (double)s->d.nt : 0;
        to[2][row] = noise;
        to[3][row] = s->signal[r];
        to[4][row++] = g;
    }
    return true;
}

/* Both passes over the tilts; false when asked to stop. */
static bool work_through(loom_call *call, spectra *s)
{
    const loom_host *h = call->host;
    denoiser *d = &s->d;
    for (int pass = 0; pass < 2; pass++) {
        for (int64_t first = 0; first < d->nt; first += d->threads) {
            int64_t end = first + d->threads < d->nt ? first + d->threads : d->nt;
#pragma omp parallel for num_threads(d->threads) schedule(static, 1)
            for (int64_t k = first; k < end; k++) {
                if (pass) filter(s, k, s->work[k - first]);
                else measure_power(s, k, s->work[k - first]);
            }
            if (!h->progress(call, (double)(pass * d->nt + end), 2 * (double)d->nt)) return false;
        }
        if (!pass) find_signal(s);
    }
    return true;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    (void)param_struct;
    spectra s = { 0 };
    loom_status status = denoiser_open(call, &s.d);
    if (status == LOOM_OK) status = denoiser_start(call, &s.d);
    if (status != LOOM_OK) return status;
    bool good = start(call, &s);
    for (int64_t k = 0; good && k < s.d.nt; k++) s.noise[k] = denoiser_mean_variance(&s.d, k);
    bool done = good && work_through(call, &s);
    if (s.forth) fftwf_destroy_plan(s.forth);
    if (s.back) fftwf_destroy_plan(s.back);
    if (!good) return LOOM_E_MEMORY;
    if (!done) return LOOM_E_CANCELLED;
    return write_spectrum(call, &s) ? denoiser_end(call, &s.d) : LOOM_E_MEMORY;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    (void)param_struct;
    const loom_array *a = loom_need(call, "tilts", "images");
    if (!a) return LOOM_E_DATA;
    uint64_t n = (uint64_t)(a->dim[1] * a->dim[2]),
             most = (uint64_t)(a->dim[1] > a->dim[2] ? a->dim[1] : a->dim[2]) + 1;
    out->uses_threads = true;
    out->bytes = denoiser_bytes(call) + 4 * n * (1 + 2 * (uint64_t)call->host->threads(call))
                 + 8 * (most * (2 + (uint64_t)a->dim[0]) + (uint64_t)a->dim[0]);
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_WIENER_1949, { 0 } };

static const loom_op denoise_wiener = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "denoise.wiener",
    .summary = "The linear filter of least squared error, from the spectrum of the images.",
    .method =
        "Every frequency is multiplied by S / (S + N). N is the variance of the noise of a pixel: "
        "known (counts: the mean of the image; else from noise_gain, noise_read, offset and "
        "noise_factor), or measured as `denoise.estimate_noise` does where the series says "
        "nothing. S is the power of the images less N, averaged over all tilts, over frequencies "
        "of one distance from zero and over nine such rings, and never negative. Images are "
        "mirrored at their edges (a cosine transform), so that nothing wraps around; the mean of "
        "every image is kept. There is no parameter: what a hand-set Gaussian approximates is in "
        "the data.\n\n"
        "`noise_factor` is multiplied by the mean of the squared gains.",
    .citations = citations,
    .limits = "One filter for the whole image: isotropic, and the same for bright and dim parts. "
              "The noise must be white, so filter once, before anything else does. Where bright "
              "and dim parts or directions differ, `denoise.bm3d` adapts to them.",
    .inputs = inputs,
    .outputs = outputs,
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("denoise.wiener", "1.0", "BSD-3-Clause", &denoise_wiener);
