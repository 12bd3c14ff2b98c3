/* projector_filter.c - from the samples of a view to pixels.
 *
 * A row of voxels shared linearly between samples 1/m of a pitch apart has its spectrum multiplied
 * by sinc^2(f / m), f in cycles per pitch, and repeated around every m-th multiple of the lattice
 * frequency. Within one pitch nothing folds back: the samples carry the volume's own central slice.
 * What remains is to read it off at the pixels, without what lies beyond the pixels' Nyquist
 * frequency.
 *
 * A pixel at a distance d takes the share h(d) of a sample, h(d) = sum_n a_n cos(pi n d / 4) for
 * |d| < 4: the least-squares fit to a gain of 1 up to 0.34 cycles per pixel and 0 from 0.66 to 3.5,
 * with h and its second derivative 0 at the ends, and gain exactly 1 at frequency 0 and 0 at one
 * cycle per pixel. From the last two, the shares of a sample add up to 1 exactly, so that no voxel
 * weighs more than another. Gains: within 0.004 of 1 up to 0.30, 0.53 at 0.5, below 0.009 beyond
 * 0.67.
 *
 * The blur of the sharing is undone to third order: its transfer is 1 - V w^2 / 2, V its variance,
 * w the angular frequency, and w^2 acts on a cosine series by multiplying its terms. How blurred a
 * view is depends on the fractions that its rows have: not at all at 0 or 45 degrees, where all are
 * 0. tests/kit/test_projector.c checks this. */
#include "kit/projector_inside.h"
#include "kit/geometry.h"
#include <assert.h>
#include <string.h>

#define REACH ((double)SPREAD / 2)
enum { TERMS = 13, TABLE = 256 }; /* entries of h to a pixel */
static const double series[TERMS] = { 0.125,       0.250017456, 0.250426661,  0.236867638,
                                      0.132353702, 0.017645685, -0.000884724, 0.000253771,
                                      0,           0.000300973, -0.000436155, 0.000597038,
                                      -0.000776922 };

/* Two forms of one sparse matrix, pixels by samples. */
struct taps {
    int oversampling;
    int64_t n, reach; /* pixels; indices per phase that a pixel takes in */
    int32_t *first;   /* [n][oversampling] the first of them */
    float *pixel;     /* [n][reach][oversampling] */
    int64_t span;     /* pixels that a sample goes to: SPREAD, unless there are fewer */
    int32_t *from;    /* [oversampling][count] the first of them */
    float *sample;    /* [oversampling][count][SPREAD] */
};

void taps_range(const view *v, int64_t n, int64_t centre, int64_t *low, int64_t *count)
{
    assert(n > 0 && v->pitch != 0);
    double a = -(double)centre / v->pitch, b = (double)(n - 1 - centre) / v->pitch,
           reach = REACH / fabs(v->pitch);
    *low = (int64_t)floor(fmin(a, b) - reach) - 1;
    *count = (int64_t)ceil(fmax(a, b) + reach) + 3 - *low;
}

static int64_t reach_of(const view *v) { return (int64_t)floor(2 * REACH / fabs(v->pitch)) + 1; }

static size_t lay_out(const view *v, int oversampling, int64_t n, char *base, struct taps *t)
{
    size_t used = 0;
    projector_carve(base, &used, 1, sizeof *t);
    *t = (struct taps){
        .oversampling = oversampling, .n = n, .reach = reach_of(v), .span = n < SPREAD ? n : SPREAD
    };
    if (oversampling == 1) return used;
    t->first = projector_carve(base, &used, n * oversampling, sizeof(int32_t));
    t->pixel = projector_carve(base, &used, n * t->reach * oversampling, sizeof(float));
    t->from = projector_carve(base, &used, oversampling * v->count, sizeof(int32_t));
    t->sample = projector_carve(base, &used, oversampling * v->count * SPREAD, sizeof(float));
    return used;
}

size_t taps_bytes(const view *v, int oversampling, int64_t n)
{
    struct taps t;
    return lay_out(v, oversampling, n, NULL, &t);
}

/* h at multiples of 1 / TABLE, with the blur of the view undone. */
static void tabulate(const view *v, int oversampling, double variance,
                     float h[SPREAD / 2 * TABLE + 2])
{
    assert(oversampling > 0 && oversampling <= PHASES);
    double a[TERMS];
    for (int n = 0; n < TERMS; n++) {
        double w = LOOM_PI * n / REACH * v->pitch / oversampling;
        a[n] = series[n] * (1 + variance / 2 * w * w);
    }
    for (int i = 0; i < SPREAD / 2 * TABLE + 2; i++) {
        double c = 2 * cos(LOOM_PI * i / (REACH * TABLE)), b1 = 0,
               b2 = 0; /* Clenshaw's recurrence */
        for (int n = TERMS - 1; n > 0; n--) {
            double b = a[n] + c * b1 - b2;
            b2 = b1;
            b1 = b;
        }
        h[i] = i < SPREAD / 2 * TABLE ? (float)(a[0] + c / 2 * b1 - b2) : 0;
    }
}

void taps_make(view *v, int oversampling, int64_t n, int64_t centre, double variance, void *memory)
{
    assert((uintptr_t)memory % 64 == 0);
    struct taps *t = v->taps = memory;
    lay_out(v, oversampling, n, memory, t);
    if (oversampling == 1) {
        t->n = n;
        t->reach = -centre - v->low; /* of pixel 0 among the samples */
        return;
    }
    float h[SPREAD / 2 * TABLE + 2];
    tabulate(v, oversampling, variance, h);
    memset(t->pixel, 0, (size_t)(n * t->reach * oversampling) * sizeof(float));
    memset(t->sample, 0, (size_t)(oversampling * v->count * SPREAD) * sizeof(float));
    for (int64_t p = 0; p < n; p++)
        for (int m = 0; m < oversampling; m++) {
            double q = (double)(p - centre) / v->pitch - (double)v->low - (double)m / oversampling;
            double first = fmin(ceil(q - REACH / fabs(v->pitch)), (double)(v->count - t->reach));
            /* beyond the volume: any samples, with no share */
            t->first[p * oversampling + m] = (int32_t)fmax(first, 0);
        }
    for (int m = 0; m < oversampling; m++)
        for (int64_t i = 0; i < v->count; i++) {
            double at =
                ((double)(i + v->low) + (double)m / oversampling) * v->pitch + (double)centre;
            double from = fmin(floor(at) - SPREAD / 2 + 1, (double)(n - t->span));
            int64_t s = m * v->count + i;
            t->from[s] = (int32_t)fmax(from, 0);
            for (int64_t p = t->from[s]; p < t->from[s] + t->span; p++) {
                double d = fabs((double)p - at) * TABLE;
                int64_t j = (int64_t)d, tap = i - t->first[p * oversampling + m];
                if (j >= SPREAD / 2 * TABLE || tap < 0 || tap >= t->reach)
                    continue; /* at the end of its reach, where h is 0, or beyond */
                float share = h[j] + (float)(d - (double)j) * (h[j + 1] - h[j]);
                t->pixel[(p * t->reach + tap) * oversampling + m] =
                    t->sample[s * SPREAD + p - t->from[s]] = share;
            }
        }
}

/* Pixels of a vector's width; `phases` is a constant wherever this is inlined. */
static inline __attribute__((always_inline)) void gather(const struct taps *t, int phases,
                                                         sample_layout at, const float *src,
                                                         float *restrict dst)
{
    for (int64_t p = 0; p < t->n; p++) {
        const float *w = t->pixel + p * t->reach * phases, *row[PHASES];
        v8f sum[PHASES] = { 0 };
        for (int m = 0; m < phases; m++)
            row[m] = src + m * at.phase_stride + t->first[p * phases + m] * at.step;
        for (int64_t i = 0; i < t->reach; i++, w += phases)
            for (int m = 0; m < phases; m++) sum[m] += w[m] * *(const v8f *)(row[m] + i * at.step);
        *(v8f *)(dst + p * at.width) = phases == 3 ? sum[0] + sum[1] + sum[2] : sum[0] + sum[1];
    }
}

void samples_to_pixels(const view *v, sample_layout at, const float *src, float *restrict dst)
{
    assert(at.width % VECTOR == 0);
    const struct taps *t = v->taps;
    if (t->oversampling == 1) {
        memcpy(dst, src + t->reach * at.width, (size_t)(t->n * at.width) * sizeof(float));
        return;
    }
    for (int64_t j = 0; j < at.width; j += VECTOR) {
        if (t->oversampling == 3) gather(t, 3, at, src + j, dst + j);
        else gather(t, 2, at, src + j, dst + j);
    }
}

/* One sample: the transpose of `gather`. */
static inline __attribute__((always_inline)) void scatter(int span, const float *w, int64_t width,
                                                          const float *src, float *restrict dst)
{
    for (int64_t j = 0; j < width; j += VECTOR) {
        v8f sum[2] = { 0 };
        for (int p = 0; p < span; p++) sum[p % 2] += w[p] * *(const v8f *)(src + p * width + j);
        *(v8f *)(dst + j) = sum[0] + sum[1];
    }
}

void pixels_to_samples(const view *v, sample_layout at, const float *src, float *restrict dst)
{
    assert(at.width % VECTOR == 0);
    const struct taps *t = v->taps;
    if (t->oversampling == 1) {
        memset(dst, 0, (size_t)(v->count * at.width) * sizeof(float));
        memcpy(dst + t->reach * at.width, src, (size_t)(t->n * at.width) * sizeof(float));
        return;
    }
    for (int m = 0; m < t->oversampling; m++)
        for (int64_t i = 0; i < v->count; i++) {
            int64_t s = m * v->count + i;
            const float *w = t->sample + s * SPREAD, *from = src + t->from[s] * at.width;
            float *to = dst + m * at.phase_stride + i * at.step;
            if (t->span == SPREAD) scatter(SPREAD, w, at.width, from, to);
            else scatter((int)t->span, w, at.width, from, to);
        }
}
