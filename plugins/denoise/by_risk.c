/* by_risk.c - see by_risk.h. */
#include "by_risk.h"
#include "stabilise.h"
#include "kit/check.h"
#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

enum { RISK_TILTS = 4 };
/* Variance of a stabilised pixel below which there are no electrons to speak of. */
#define LEAST_NOISE 1e-3

typedef struct series {
    denoiser d;
    stabiliser s;
    const risk_filter *f;
    int64_t floats; /* of the filter's own scratch */
    float **work;   /* [threads] the filter's scratch, then three images */
} series;

void filter_add(risk_filter *f, double strength, int64_t radius)
{
    assert(f->settings < FILTER_MAX_SETTINGS);
    for (int i = 0; i < f->settings; i++)
        if (!(fabs(f->setting[i].strength - strength) > 0) && f->setting[i].radius == radius)
            return;
    f->setting[f->settings++] = (filter_setting){ strength, radius };
}

int64_t filter_largest_radius(const risk_filter *f)
{
    int64_t r = 0;
    for (int i = 0; i < f->settings; i++)
        if (f->setting[i].radius > r) r = f->setting[i].radius;
    return r;
}

static int64_t mirrored(int64_t i, int64_t n)
{
    int64_t at = i % (2 * n);
    if (at < 0) at += 2 * n;
    return at < n ? at : 2 * n - 1 - at;
}

void filter_pad(const float *src, int64_t ny, int64_t nx, int64_t pad, float *dst)
{
    assert(ny > 0 && nx > 0 && pad >= 0);
    for (int64_t y = -pad; y < ny + pad; y++) {
        const float *row = src + mirrored(y, ny) * nx;
        for (int64_t x = -pad; x < 0; x++) *dst++ = row[mirrored(x, nx)];
        memcpy(dst, row, (size_t)nx * sizeof *dst);
        dst += nx;
        for (int64_t x = nx; x < nx + pad; x++) *dst++ = row[mirrored(x, nx)];
    }
}

/* ---- risk ------------------------------------------------------------------------------------ */

/* Squared error that a setting leaves in tilt k, up to the noise's variance, and that variance:
 * means over its pixels. */
typedef struct risk {
    double error, noise;
} risk;

static risk risk_of(const series *s, const filter_setting *setting, int64_t k, float *work)
{
    const denoiser *d = &s->d;
    int64_t n = d->ny * d->nx;
    float *image = work + s->floats, *result = image + n, *again = result + n;
    risk sum = { 0 };
    stabiliser_forth(&s->s, k, image);
    s->f->apply(s->f, setting, image, d->ny, d->nx, work, result);
    for (int64_t i = 0; i < n; i++) {
        double r = (double)(result[i] - image[i]);
        sum.error += r * r;
        sum.noise += stabiliser_variance(&s->s, k, (double)result[i]);
    }
    stabiliser_draw(&s->s, k, result, image);
    s->f->apply(s->f, setting, image, d->ny, d->nx, work, again);
    for (int64_t i = 0; i < n; i++) {
        double noise = (double)image[i] - stabiliser_mean(&s->s, k, (double)result[i]);
        sum.error += 2 * noise * (double)(again[i] - result[i]);
    }
    return (risk){ sum.error / (double)n, sum.noise / (double)n };
}

/* What a person should know of the choice. */
static void report(loom_call *call, const risk_filter *f, int best, risk found)
{
    const filter_setting *own = f->setting + best;
    double share = found.noise > LEAST_NOISE ? fmax(0, found.error / found.noise - 1) : 0;
    char radius[40] = "";
    if (own->radius > 0) snprintf(radius, sizeof radius, ", radius %lld", (long long)own->radius);
    call->host->note(
        call, "strength %.4g%s%s: estimated squared error %.3g of the noise's variance",
        own->strength, radius, f->settings > 1 ? " (of least estimated error)" : "", share);
    if (share >= 1)
        call->host->warn(call, "tilts",
                         "the filter is estimated to leave a squared error of %.3g times the "
                         "noise's variance, no less than the noise itself: what it blurs is more "
                         "than what it removes; use denoise.wiener or denoise.bm3d",
                         share);
}

/* Index of the setting of least error on up to RISK_TILTS tilts, evenly chosen; -1: asked to stop.
 */
static int choose_setting(loom_call *call, const series *s)
{
    const denoiser *d = &s->d;
    const int settings = s->f->settings;
    int64_t tilts = d->nt < RISK_TILTS ? d->nt : RISK_TILTS, used = 0;
    risk own[FILTER_MAX_SETTINGS * RISK_TILTS] = { { 0 } }, sum[FILTER_MAX_SETTINGS] = { { 0 } };
#pragma omp parallel for num_threads(d->threads) schedule(dynamic, 1)
    for (int64_t i = 0; i < settings * tilts; i++) {
        int64_t k = (2 * (i / settings) + 1) * d->nt / (2 * tilts);
        if (s->s.kind[k] >= 0 && !call->host->cancelled(call))
            own[i] = risk_of(s, s->f->setting + i % settings, k, s->work[omp_get_thread_num()]);
    }
    if (call->host->cancelled(call)) return -1;
    int best = 0;
    for (int64_t i = 0; i < settings * tilts; i++) {
        sum[i % settings].error += own[i].error;
        sum[i % settings].noise += own[i].noise;
        used += own[i].noise > 0;
    }
    for (int i = 1; i < settings; i++)
        if (sum[i].error < sum[best].error) best = i;
    if (used) report(call, s->f, best, sum[best]);
    return best;
}

/* ---- run ------------------------------------------------------------------------------------- */

static bool start(loom_call *call, series *s)
{
    const loom_host *h = call->host;
    denoiser *d = &s->d;
    s->floats = s->f->work(s->f, d->ny, d->nx);
    s->work = h->scratch(call, (size_t)d->threads * sizeof *s->work);
    if (!s->work) return false;
    size_t bytes = (size_t)(s->floats + 3 * d->ny * d->nx) * sizeof(float);
    for (int t = 0; t < d->threads; t++)
        if (!(s->work[t] = h->scratch(call, bytes))) return false;
    return stabiliser_start(call, d, 1, &s->s);
}

static void filter_tilt(const series *s, const filter_setting *setting, int64_t k, float *work)
{
    const denoiser *d = &s->d;
    float *image = work + s->floats, *result = image + d->ny * d->nx;
    if (s->s.kind[k] >= 0) {
        stabiliser_forth(&s->s, k, image);
        s->f->apply(s->f, setting, image, d->ny, d->nx, work, result);
    }
    stabiliser_back(&s->s, k, result);
}

loom_status filter_series(loom_call *call, const risk_filter *f)
{
    assert(f->settings > 0 && f->work && f->apply);
    series s = { .f = f };
    denoiser *d = &s.d;
    loom_status status = denoiser_open(call, d);
    if (status == LOOM_OK) status = denoiser_start(call, d);
    if (status != LOOM_OK) return status;
    if (!start(call, &s)) return LOOM_E_MEMORY;
    int best = choose_setting(call, &s);
    if (best < 0) return LOOM_E_CANCELLED;
    for (int64_t first = 0; first < d->nt; first += d->threads) {
        int64_t end = first + d->threads < d->nt ? first + d->threads : d->nt;
#pragma omp parallel for num_threads(d->threads) schedule(static, 1)
        for (int64_t k = first; k < end; k++)
            filter_tilt(&s, f->setting + best, k, s.work[k - first]);
        if (!call->host->progress(call, (double)end, (double)d->nt)) return LOOM_E_CANCELLED;
    }
    d->model = "estimated";
    return denoiser_end(call, d);
}

loom_status filter_estimate(loom_call *call, const risk_filter *f, loom_estimate *out)
{
    const loom_array *a = loom_need(call, "tilts", "images");
    if (!a) return LOOM_E_DATA;
    int64_t floats = f->work(f, a->dim[1], a->dim[2]) + 3 * a->dim[1] * a->dim[2];
    out->uses_threads = true;
    out->bytes = denoiser_bytes(call) + stabiliser_bytes(a->dim[0])
                 + (uint64_t)call->host->threads(call) * (4 * (uint64_t)floats + 64);
    return LOOM_OK;
}
