/* refine/heights.c - see heights.h */
#include "heights.h"
#include <math.h>
#include <stdlib.h>

enum { SWEEPS = 300 };
#define UNLIKE 0.01 /* share of atoms that are like no element */
#define FIRST_SPREAD 0.1

/* p[k]: the probability that the atom is of element k; the rest is that of none. */
static void expect(const heights *m, double height, double error, double *p)
{
    double sum = UNLIKE / (2 * m->mean[m->count - 1]); /* any height up to twice the highest */
    for (int64_t k = 0; k < m->count; k++) {
        double v = m->spread[k] * m->spread[k] + error * error, d = height - m->mean[k];
        p[k] = (1 - UNLIKE) * m->share[k] * exp(-0.5 * d * d / v) / sqrt(2 * M_PI * v);
        sum += p[k];
    }
    for (int64_t k = 0; k < m->count; k++) p[k] /= sum;
}

typedef struct moments {
    double number, mean, square, error;
} moments;

/* Adds what is expected of the atom's true height, of element k, to its moments. */
static void add(const heights *m, int64_t k, double height, double error, double p, moments *to)
{
    double s2 = m->spread[k] * m->spread[k], e2 = error * error, v = s2 * e2 / (s2 + e2),
           best = (m->mean[k] * e2 + height * s2) / (s2 + e2);
    to->number += p;
    to->mean += p * best;
    to->square += p * (best * best + v);
    to->error += p * e2;
}

static void sweep(int64_t n, const double *height, const double *error, heights *m)
{
    moments sum[HEIGHTS_MOST] = { { 0 } };
    double p[HEIGHTS_MOST], all = 0;
    for (int64_t j = 0; j < n; j++) {
        if (!(error[j] > 0)) continue;
        expect(m, height[j], error[j], p);
        for (int64_t k = 0; k < m->count; k++) add(m, k, height[j], error[j], p[k], &sum[k]);
    }
    for (int64_t k = 0; k < m->count; k++) all += sum[k].number;
    for (int64_t k = 0; k < m->count && all > 0; k++) {
        double number = fmax(sum[k].number, 1e-3), mean = sum[k].mean / number,
               known = sum[k].error / number * sqrt(2 / fmax(number, 2));
        m->share[k] = sum[k].number / all;
        if (!(sum[k].number > 1)) continue;
        m->mean[k] = mean;
        m->spread[k] = sqrt(fmax(sum[k].square / number - mean * mean, known));
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Means spread evenly over the heights, without their outermost twentieths; `sorted` is taken. */
static heights start(int64_t n, double *sorted, int64_t count)
{
    heights m = { .count = count };
    qsort(sorted, (size_t)n, sizeof *sorted, ascending);
    double low = sorted[n / 20], high = sorted[n - 1 - n / 20];
    for (int64_t k = 0; k < count; k++) {
        m.share[k] = 1 / (double)count;
        m.mean[k] = low + (high - low) * ((double)k + 0.5) / (double)count;
        m.spread[k] = FIRST_SPREAD * m.mean[k] + (high - low) / 4 / (double)count;
    }
    return m;
}

heights heights_fit(int64_t n, const double *height, const double *error, int64_t count,
                    double *work)
{
    for (int64_t j = 0; j < n; j++) work[j] = height[j];
    heights m = start(n, work, count);
    for (int i = 0; i < SWEEPS; i++) sweep(n, height, error, &m);
    return m;
}

void heights_suggest(const heights *m, double height, double error, double *mean, double *weight)
{
    double p[HEIGHTS_MOST], sum = 0;
    *weight = 0;
    expect(m, height, error, p);
    for (int64_t k = 0; k < m->count; k++) {
        double w = p[k] / (m->spread[k] * m->spread[k]);
        *weight += w;
        sum += w * m->mean[k];
    }
    *mean = *weight > 0 ? sum / *weight : height;
}
