/* spectrum.c - see spectrum.h. */
#include "spectrum.h"
#include "kit/geometry.h"
#include <complex.h>
#include <fftw3.h>
#include <omp.h>
#include <string.h>

/* The transform of one size of image and back to another; buffers per thread. */
typedef struct transform {
    int64_t ny, nx, by, bx; /* before and after binning */
    fftwf_plan forth, back;
    float **image;                /* [threads][ny][nx] */
    float complex **wave, **kept; /* [threads][ny][nx/2+1], [threads][by][bx/2+1] */
    float complex **phase;        /* [threads][bx/2+1] */
    float *pass_y, *pass_x;       /* [by], [bx/2+1] gain */
} transform;

/* Gain at index i of n frequencies. A Gaussian, since anything sharper rings below zero, which no
 * density without negative voxels can follow: the misfit then turns the poses (theta by a degree).
 * Together with a pixel of the series it is 1.2 of the new pixels wide. */
static float pass(int64_t i, int64_t n, double binning)
{
    double f = (double)(i <= n / 2 ? i : n - i) / (double)n,
           sigma = 1.2 * sqrt(1 - 1 / (binning * binning));
    return (float)exp(-2 * LOOM_PI * LOOM_PI * sigma * sigma * f * f);
}

static bool start(loom_call *call, const spectrum_job *job, transform *t)
{
    const loom_host *h = call->host;
    size_t threads = (size_t)job->threads;
    t->by = spectrum_binned(job->ny, job->binning);
    t->bx = spectrum_binned(job->nx, job->binning);
    t->ny = llround((double)t->by * job->binning);
    t->nx = llround((double)t->bx * job->binning);
    size_t hx = (size_t)(t->nx / 2 + 1), hb = (size_t)(t->bx / 2 + 1);
    t->image = h->scratch(call, threads * sizeof *t->image);
    t->wave = h->scratch(call, threads * 3 * sizeof *t->wave);
    t->pass_y = h->scratch(call, ((size_t)t->by + hb) * sizeof(float));
    if (!t->image || !t->wave || !t->pass_y) return false;
    t->kept = t->wave + threads;
    t->phase = t->kept + threads;
    t->pass_x = t->pass_y + t->by;
    for (size_t i = 0; i < threads; i++) {
        t->image[i] = h->scratch(call, (size_t)(t->ny * t->nx) * sizeof(float));
        t->wave[i] = h->scratch(call, (size_t)t->ny * hx * sizeof(float complex));
        t->kept[i] = h->scratch(call, (size_t)t->by * hb * sizeof(float complex));
        t->phase[i] = h->scratch(call, hb * sizeof(float complex));
        if (!t->image[i] || !t->wave[i] || !t->kept[i] || !t->phase[i]) return false;
    }
    for (int64_t i = 0; i < t->by; i++)
        t->pass_y[i] = job->binning > 1 ? pass(i, t->by, job->binning) : 1;
    for (int64_t i = 0; i < (int64_t)hb; i++)
        t->pass_x[i] = job->binning > 1 ? pass(i, t->bx, job->binning) : 1;
    t->forth =
        fftwf_plan_dft_r2c_2d((int)t->ny, (int)t->nx, t->image[0], t->wave[0], FFTW_ESTIMATE);
    t->back = fftwf_plan_dft_c2r_2d((int)t->by, (int)t->bx, t->kept[0], t->image[0], FFTW_ESTIMATE);
    return t->forth && t->back;
}

/* The image into a frame of the padded size, rotation centre on rotation centre. */
static void frame(const spectrum_job *job, const transform *t, int64_t k, float *restrict image)
{
    int64_t top = loom_centre(t->ny) - loom_centre(job->ny),
            left = loom_centre(t->nx) - loom_centre(job->nx);
    const float *src = job->src + k * job->ny * job->nx;
    if (t->ny != job->ny || t->nx != job->nx)
        memset(image, 0, (size_t)(t->ny * t->nx) * sizeof(float));
    for (int64_t y = 0; y < job->ny; y++)
        for (int64_t x = 0; x < job->nx; x++)
            image[(y + top) * t->nx + x + left] = src[y * job->nx + x] - job->level;
}

/* The low frequencies, turned by the shift and scaled for the way back. A shift by part of a pixel
 * leaves half of the highest frequency of an even axis undefined; it takes the real part, as a real
 * image must. */
static void turn(const transform *t, const double shift[2], const float complex *wave,
                 float complex *restrict phase, float complex *restrict kept)
{
    int64_t hx = t->nx / 2 + 1, hb = t->bx / 2 + 1;
    float scale = 1 / (float)(t->ny * t->nx);
    for (int64_t x = 0; x < hb; x++) {
        double angle = -2 * LOOM_PI * (double)x / (double)t->nx * shift[0];
        phase[x] = 2 * x == t->bx ? (float)cos(angle) : (float complex)cexp(I * angle);
        phase[x] *= t->pass_x[x] * scale;
    }
    for (int64_t y = 0; y < t->by; y++) {
        int64_t f = 2 * y <= t->by ? y : y - t->by;
        double angle = -2 * LOOM_PI * (double)f / (double)t->ny * shift[1];
        float complex p = 2 * y == t->by ? (float)cos(angle) : (float complex)cexp(I * angle);
        p *= t->pass_y[y];
        const float complex *src = wave + (f < 0 ? f + t->ny : f) * hx;
        for (int64_t x = 0; x < hb; x++) kept[y * hb + x] = p * phase[x] * src[x];
    }
}

bool spectrum_move(loom_call *call, const spectrum_job *job)
{
    static const double nowhere[2] = { 0, 0 };
    transform t = { 0 };
    bool good = start(call, job, &t);
    if (good) {
        int64_t size = t.by * t.bx;
#pragma omp parallel for num_threads(job->threads) schedule(static)
        for (int64_t k = 0; k < job->nt; k++) {
            int i = omp_get_thread_num();
            frame(job, &t, k, t.image[i]);
            fftwf_execute_dft_r2c(t.forth, t.image[i], t.wave[i]);
            turn(&t, job->shift_px ? job->shift_px + 2 * k : nowhere, t.wave[i], t.phase[i],
                 t.kept[i]);
            fftwf_execute_dft_c2r(t.back, t.kept[i], t.image[i]);
            float *dst = job->dst + k * size;
            for (int64_t n = 0; n < size; n++)
                dst[n] = t.image[i][n] + (job->binning == 1 ? job->level : 0);
        }
    }
    if (t.forth) fftwf_destroy_plan(t.forth);
    if (t.back) fftwf_destroy_plan(t.back);
    for (int i = 0; t.wave && i < job->threads && good; i++) {
        call->host->release(call, t.image[i]);
        call->host->release(call, t.wave[i]);
        call->host->release(call, t.kept[i]);
    }
    return good;
}
