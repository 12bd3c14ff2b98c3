/* stabilise.c - see stabilise.h. */
#include "stabilise.h"
#include "kit/poisson.h"
#include <assert.h>
#include <math.h>
#include <string.h>

static bool same_noise(const loom_noise *a, const loom_noise *b)
{
    return !memcmp(a, b, sizeof *a);
}

/* Kinds of noise, numbered; how many. */
static int32_t number_kinds(stabiliser *s)
{
    int32_t kinds = 0;
    const loom_noise *noise = s->d->noise;
    for (int64_t k = 0; k < s->d->nt; k++) {
        const loom_noise *n = noise + k;
        bool silent = !(n->factor > 0) || !(n->gain > 0 || n->read > 0);
        s->kind[k] = silent ? -1 : kinds;
        for (int64_t j = 0; j < k && !silent; j++)
            if (s->kind[j] >= 0 && same_noise(noise + j, n)) {
                s->kind[k] = s->kind[j];
                break;
            }
        kinds += s->kind[k] == kinds;
    }
    return kinds;
}

bool stabiliser_start(loom_call *call, denoiser *d, double unit, stabiliser *s)
{
    assert(unit > 0);
    *s = (stabiliser){ .d = d, .unit = unit };
    s->kind = call->host->scratch(call, (size_t)d->nt * sizeof *s->kind);
    if (!s->kind) return false;
    int32_t kinds = number_kinds(s), made = 0;
    s->table = call->host->scratch(call, (size_t)(kinds + 1) * sizeof *s->table);
    if (!s->table) return false;
    for (int64_t k = 0; k < d->nt; k++) {
        const loom_noise *n = d->noise + k;
        if (s->kind[k] != made) continue; /* kinds are numbered in the order of tilts */
        loom_anscombe_make(n->gain * n->factor, n->read * sqrt(n->factor), n->offset,
                           s->table + made++);
    }
    assert(made == kinds);
    return true;
}

uint64_t stabiliser_bytes(int64_t nt)
{
    return (uint64_t)(nt + 1) * 64 + 2 * sizeof(loom_anscombe);
}

static const loom_anscombe *table_of(const stabiliser *s, int64_t k)
{
    assert(s->kind[k] >= 0);
    return s->table + s->kind[k];
}

void stabiliser_forth(const stabiliser *s, int64_t k, float *dst)
{
    int64_t n = s->d->ny * s->d->nx;
    const float *src = s->d->src + k * n;
    const loom_anscombe *a = table_of(s, k);
    for (int64_t i = 0; i < n; i++)
        dst[i] = (float)(loom_anscombe_forth(a, (double)src[i]) / s->unit);
}

double stabiliser_mean(const stabiliser *s, int64_t k, double f)
{
    const loom_anscombe *a = table_of(s, k);
    return a->gain > 0 ? fmax(f, a->expected[0] / s->unit) : f;
}

static double electrons(const loom_anscombe *a, double f)
{
    return (loom_anscombe_back(a, f) - a->offset) / a->gain;
}

/* With x electrons E[f^2] = 4 (E[x] + 3/8 + s^2), and the variance is that less E[f]^2. */
double stabiliser_variance(const stabiliser *s, int64_t k, double f)
{
    const loom_anscombe *a = table_of(s, k);
    double unit2 = s->unit * s->unit, mean = stabiliser_mean(s, k, f) * s->unit;
    if (!(a->gain > 0)) return 1 / unit2;
    double variance = 4 * (electrons(a, mean) + 0.375 + a->s * a->s) - mean * mean;
    return fmin(1.2, fmax(0, variance)) / unit2;
}

void stabiliser_draw(const stabiliser *s, int64_t k, const float *mean, float *dst)
{
    enum { SEED = 1 };
    const loom_anscombe *a = table_of(s, k);
    double z[2];
    for (int64_t i = 0; i < s->d->ny * s->d->nx; i++) {
        double f = (double)mean[i] * s->unit, drawn;
        loom_normal2(SEED, (uint64_t)k, (uint64_t)i, z);
        if (a->gain > 0) {
            double x = loom_poisson(SEED, (uint64_t)(s->d->nt + k), (uint64_t)i, electrons(a, f));
            drawn = loom_anscombe_forth(a, a->offset + a->gain * (x + a->s * z[0]));
        } else drawn = f + z[0];
        dst[i] = (float)(drawn / s->unit);
    }
}

/* Sum of (z - result)^2 over the variance that the result says. */
static double residual(const denoiser *d, int64_t k, const float *src, const float *dst)
{
    double sum = 0;
    for (int64_t i = 0; i < d->ny * d->nx; i++) {
        double r = (double)(src[i] - dst[i]), v = loom_noise_variance(d->noise + k, (double)dst[i]),
               least = 0.05 * d->noise[k].gain * d->noise[k].gain * d->noise[k].factor;
        sum += r * r / fmax(v, fmax(least, 1e-30));
    }
    return sum / (double)(d->ny * d->nx);
}

void stabiliser_back(const stabiliser *s, int64_t k, const float *stable)
{
    denoiser *d = s->d;
    int64_t n = d->ny * d->nx;
    const float *src = d->src + k * n;
    float *dst = d->dst + k * n;
    if (s->kind[k] < 0) {
        memcpy(dst, src, (size_t)n * sizeof *dst);
        return;
    }
    const loom_anscombe *a = table_of(s, k);
    double before = 0, after = 0, offset = d->noise[k].offset, variance = 0;
    for (int64_t i = 0; i < n; i++) {
        double v = loom_anscombe_back(a, (double)stable[i] * s->unit);
        dst[i] = (float)v;
        before += (double)src[i] - offset;
        after += v - offset;
        variance += loom_noise_variance(d->noise + k, v);
    }
    double scale = after > 0 && before > 5 * sqrt(variance) ? before / after : 1;
    if (d->noise[k].gain > 0)
        for (int64_t i = 0; i < n; i++)
            dst[i] = (float)(offset + scale * ((double)dst[i] - offset));
    d->share[k] = fmin(1, fmax(1e-3, 1 - residual(d, k, src, dst)));
}
