/* classify/judge.c - see judge.h */
#include "judge.h"
#include "kit/elements.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>

enum { SAMPLE = 1000, ROUNDS = 200, FEWEST = 10, AREA_STEPS = 1000 };

/* ---- overlap --------------------------------------------------------------------------------- */

typedef struct normal {
    double weight, mean, deviation;
} normal;

static double density_at(const normal *c, double x)
{
    double z = (x - c->mean) / c->deviation;
    return exp(-0.5 * z * z) / (c->deviation * sqrt(2 * M_PI));
}

static normal normal_of(const double *v, int64_t n, int64_t all)
{
    assert(n >= 0 && all >= n);
    double mean = 0, squares = 0;
    for (int64_t i = 0; i < n; i++) mean += v[i] / (double)n;
    for (int64_t i = 0; i < n; i++) squares += (v[i] - mean) * (v[i] - mean);
    return (normal){ (double)n / (double)all, mean, sqrt(squares / (double)n) };
}

/* A curve much narrower than the widest has fallen on a few equal values, which says nothing. */
static void keep_wide(int64_t k, normal *curve)
{
    double widest = 0;
    for (int64_t c = 0; c < k; c++) widest = fmax(widest, curve[c].deviation);
    for (int64_t c = 0; c < k; c++) curve[c].deviation = fmax(curve[c].deviation, widest / 3);
}

static void improve(const double *v, int64_t n, int64_t k, normal *curve)
{
    assert(k <= JUDGE_MAX_CLASSES);
    double sum[JUDGE_MAX_CLASSES][3] = { { 0 } };
    for (int64_t i = 0; i < n; i++) {
        double p[JUDGE_MAX_CLASSES], total = 0;
        for (int64_t c = 0; c < k; c++)
            total += p[c] = curve[c].weight * density_at(&curve[c], v[i]);
        for (int64_t c = 0; c < k && total > 0; c++) {
            double share = p[c] / total;
            sum[c][0] += share;
            sum[c][1] += share * v[i];
            sum[c][2] += share * v[i] * v[i];
        }
    }
    for (int64_t c = 0; c < k; c++) {
        if (!(sum[c][0] > 0)) continue;
        double mean = sum[c][1] / sum[c][0], square = sum[c][2] / sum[c][0];
        curve[c] = (normal){ sum[c][0] / (double)n, mean, sqrt(fmax(0, square - mean * mean)) };
    }
    keep_wide(k, curve);
}

static double common_area(const normal *a, const normal *b)
{
    double low = fmin(a->mean - 5 * a->deviation, b->mean - 5 * b->deviation),
           high = fmax(a->mean + 5 * a->deviation, b->mean + 5 * b->deviation),
           step = (high - low) / AREA_STEPS, sum = 0;
    for (int i = 0; i < AREA_STEPS; i++) {
        double x = low + (i + 0.5) * step;
        sum += step * fmin(density_at(a, x), density_at(b, x));
    }
    return sum;
}

bool judge_overlap(loom_call *call, const judge_classes *c, double *overlap)
{
    assert(c->k <= JUDGE_MAX_CLASSES);
    const loom_host *h = call->host;
    int64_t all = c->first[c->k], n = all < SAMPLE ? all : SAMPLE;
    normal curve[JUDGE_MAX_CLASSES];
    if (c->k < 2) return true;
    double *v = h->scratch(call, sizeof *v * (size_t)n);
    if (!v) return false;
    assert(c->k <= JUDGE_MAX_CLASSES);
    for (int64_t i = 0; i < c->k; i++)
        curve[i] = normal_of(c->sorted + c->first[i], c->first[i + 1] - c->first[i], all);
    keep_wide(c->k, curve);
    /* relative to the middle, in units of the range: squares of large numbers lose digits */
    double middle = c->sorted[all / 2], range = c->sorted[all - 1] - c->sorted[0];
    for (int64_t i = 0; i < n; i++)
        v[i] = (c->sorted[(2 * i + 1) * all / (2 * n)] - middle) / range;
    for (int64_t i = 0; i < c->k; i++) {
        curve[i].mean = (curve[i].mean - middle) / range;
        curve[i].deviation /= range;
    }
    for (int round = 0; round < ROUNDS && curve[0].deviation > 0; round++)
        improve(v, n, c->k, curve);
    for (int64_t i = 0; i + 1 < c->k; i++) {
        bool few =
            c->first[i + 1] - c->first[i] < FEWEST || c->first[i + 2] - c->first[i + 1] < FEWEST;
        overlap[i] = few || !(curve[0].deviation > 0) ? -1 : common_area(&curve[i], &curve[i + 1]);
    }
    h->release(call, v);
    return true;
}

/* ---- warnings -------------------------------------------------------------------------------- */

/* "class 1 (Pd)", "class 0 (dropped)" */
static const char *name_of(const judge_classes *c, int64_t k, char out[48])
{
    char word[16] = "";
    if (k < c->discard) snprintf(out, 48, "class %lld (dropped)", (long long)k);
    else {
        loom_symbols_word(c->symbols, (int)(k - c->discard), word);
        snprintf(out, 48, "class %lld (%s)", (long long)k, word);
    }
    return out;
}

static double mean_of(const judge_classes *c, int64_t k)
{
    assert(k >= 0 && k < c->k);
    return normal_of(c->sorted + c->first[k], c->first[k + 1] - c->first[k], c->first[c->k]).mean;
}

static void warn_of_sizes(loom_call *call, const judge_classes *c)
{
    char name[48];
    int64_t all = c->first[c->k];
    for (int64_t k = c->discard; k < c->k && all >= 100; k++) {
        int64_t n = c->first[k + 1] - c->first[k];
        if (n < 3)
            call->host->warn(call, "classes",
                             "%s holds %lld of %lld atoms: an outlier rather than an element? Try "
                             "fewer 'classes'",
                             name_of(c, k, name), (long long)n, (long long)all);
    }
}

static void warn_of_overlap(loom_call *call, const judge_classes *c, const double *overlap)
{
    char a[48], b[48];
    for (int64_t k = 0; k + 1 < c->k; k++)
        if (overlap[k] > 0.2)
            call->host->warn(call, "classes",
                             "the intensities of %s and %s overlap by %.0f %% (common area of "
                             "normal curves fitted to them; above 20 %% one atom in ten or more is "
                             "in the wrong class): %s",
                             name_of(c, k, a), name_of(c, k + 1, b), 100 * overlap[k],
                             k < c->discard
                                 ? "noise cannot be told from atoms by intensity alone; smooth the "
                                   "images, or give more dose"
                                 : "are there so many elements? Try fewer 'classes', another "
                                   "'radius', or 'discard' for peaks that are not atoms");
}

/* Intensity goes with the atomic number to the power of 1.5 to 2 (annular dark field); twice beyond
 * is left for thickness, blur and the missing wedge. Names that are no elements: ten times. */
static double dimmest_ratio(const char *dim, const char *bright)
{
    double a = loom_element_number(dim), b = loom_element_number(bright);
    return a > 0 && b > 0 ? 0.5 * pow(fmin(1, a / b), 2) : 0.1;
}

static void warn_of_pair(loom_call *call, const judge_classes *c, int64_t k)
{
    char dim[16] = "", bright[16] = "", name[48];
    loom_symbols_word(c->symbols, (int)(k - c->discard), dim);
    loom_symbols_word(c->symbols, (int)(k + 1 - c->discard), bright);
    double ratio = mean_of(c, k) / mean_of(c, k + 1);
    if (c->named && loom_element_number(dim) > loom_element_number(bright)
        && loom_element_number(bright))
        call->host->warn(call, "symbols",
                         "'symbols' go from the dimmest class to the brightest, but %s scatters "
                         "more than %s: are they in the wrong order?",
                         dim, bright);
    else if (ratio < (c->named ? dimmest_ratio(dim, bright) : 0.1))
        call->host->warn(call, "discard",
                         "%s has %lld atoms %.3g times as bright as those of %s, too dim for "
                         "atoms: they are likely peaks of noise; drop them with 'discard: %lld'%s",
                         name_of(c, k, name), (long long)(c->first[k + 1] - c->first[k]), ratio,
                         bright, (long long)(k + 1),
                         c->k == k + 2 ? " and give one class more for every element" : "");
}

bool judge_warn(loom_call *call, const judge_classes *c)
{
    double overlap[JUDGE_MAX_CLASSES];
    if (!judge_overlap(call, c, overlap)) return false;
    warn_of_sizes(call, c);
    warn_of_overlap(call, c, overlap);
    for (int64_t k = c->discard; k + 1 < c->k; k++) warn_of_pair(call, c, k);
    return true;
}
