/* classify/mixture_fit.c - see mixture.h */
#include "kit/linalg.h"
#include "mixture.h"
#include "partition.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEPS = 500 };
#define LEAST_SPREAD 1e-3 /* relative: of one element's heights */
#define FIRST_SPREAD 0.1
#define MOST_FACTOR 5.0 /* by place: beyond it the fit has gone astray */
#define SETTLED 1e-10   /* of the logarithm of the likelihood, relative */

static double variance_of(const mixture *m, int64_t i, int64_t c)
{
    assert(i >= 0 && i < m->n && c >= 0 && c < m->k);
    double s = m->error ? m->error[i] : 0, own = m->spread * m->mean[c] * m->factor[i];
    return own * own + s * s;
}

/* Probabilities of every atom; returns the logarithm of the likelihood. */
static double expect(mixture *m)
{
    double sum = 0;
    for (int64_t i = 0; i < m->n; i++) {
        double log_p[MAX_CLASSES], top = -INFINITY, all = 0, *p = m->p + m->k * i;
        for (int64_t c = 0; c < m->k; c++) {
            double v = variance_of(m, i, c), d = m->value[i] - m->mean[c] * m->factor[i];
            log_p[c] = log(fmax(m->share[c], 1e-300)) - 0.5 * log(v) - 0.5 * d * d / v;
            top = fmax(top, log_p[c]);
        }
        for (int64_t c = 0; c < m->k; c++) all += p[c] = exp(log_p[c] - top);
        for (int64_t c = 0; c < m->k; c++) p[c] /= all;
        sum += top + log(all);
    }
    return sum;
}

/* Shares, means and the common relative spread that suit the probabilities. */
static void maximise(mixture *m)
{
    double excess = 0, all = 0;
    for (int64_t c = 0; c < m->k; c++) {
        double p_sum = 0, weight = 0, with = 0;
        for (int64_t i = 0; i < m->n; i++) {
            double p = m->p[m->k * i + c], w = p / variance_of(m, i, c);
            p_sum += p;
            weight += w * m->factor[i] * m->factor[i];
            with += w * m->factor[i] * m->value[i];
        }
        m->share[c] = p_sum / (double)m->n;
        if (weight > 0) m->mean[c] = with / weight;
    }
    for (int64_t i = 0; i < m->n; i++) /* moments, weighted by how much each atom knows of it */
        for (int64_t c = 0; c < m->k; c++) {
            double own = m->mean[c] * m->factor[i], square = own * own, v = variance_of(m, i, c),
                   w = m->p[m->k * i + c] * square * square / (v * v), d = m->value[i] - own,
                   s = m->error ? m->error[i] : 0;
            excess += w * (d * d - s * s) / square;
            all += w;
        }
    m->spread = all > 0 ? sqrt(fmax(excess / all, LEAST_SPREAD * LEAST_SPREAD)) : FIRST_SPREAD;
}

/* The slopes of the factor that suit the probabilities, by weighted least squares, and the factors.
 */
static void correct(mixture *m)
{
    double a[PLACE_TERMS * PLACE_TERMS] = { 0 }, b[PLACE_TERMS] = { 0 };
    for (int64_t i = 0; i < m->n; i++) {
        const double *f = m->place + PLACE_TERMS * i;
        double weight = 0, with = 0;
        for (int64_t c = 0; c < m->k; c++) {
            double w = m->p[m->k * i + c] * m->mean[c] / variance_of(m, i, c);
            weight += w * m->mean[c];
            with += w * (m->value[i] - m->mean[c]);
        }
        for (int s = 0; s < PLACE_TERMS; s++) {
            b[s] += f[s] * with;
            for (int t = 0; t < PLACE_TERMS; t++) a[PLACE_TERMS * s + t] += f[s] * f[t] * weight;
        }
    }
    double trace = 0;
    for (int s = 0; s < PLACE_TERMS; s++) trace += a[(PLACE_TERMS + 1) * s];
    for (int s = 0; s < PLACE_TERMS; s++) a[(PLACE_TERMS + 1) * s] += 1e-6 * trace;
    if (!loom_solve_spd(PLACE_TERMS, a, b)) return;
    memcpy(m->slope, b, sizeof m->slope);
    for (int64_t i = 0; i < m->n; i++) {
        double factor = 1;
        for (int s = 0; s < PLACE_TERMS; s++) factor += b[s] * m->place[PLACE_TERMS * i + s];
        m->factor[i] = fmin(MOST_FACTOR, fmax(1 / MOST_FACTOR, factor));
    }
}

/* Expectation and maximisation by turns; returns the logarithm of the likelihood. */
static double settle(mixture *m)
{
    double before = -INFINITY, now = before;
    for (int i = 0; i < SWEEPS; i++) {
        now = expect(m);
        if (fabs(now - before) <= SETTLED * fabs(now)) break;
        before = now;
        maximise(m);
        if (m->place) correct(m);
    }
    return now;
}

/* Takes the place in where that raises the likelihood by more than its terms would by chance
 * (Schwarz 1978), else leaves everything as it was. */
static loom_status settle_with_place(mixture *m, double plain, const double *position,
                                     const double *depth)
{
    const loom_host *h = m->call->host;
    mixture kept = *m;
    double *p = h->scratch(m->call, (size_t)(m->n * m->k + 1) * sizeof *p), least = 1, most = 1;
    m->place = h->scratch(m->call, (size_t)(m->n * PLACE_TERMS + 1) * sizeof *m->place);
    if (!p || !m->place || !place_functions(m->call, m->n, position, depth, m->place))
        return LOOM_E_MEMORY;
    memcpy(p, m->p, (size_t)(m->n * m->k) * sizeof *p);
    double gain = settle(m) - plain, needed = 0.5 * PLACE_TERMS * log((double)m->n);
    if (gain > needed) {
        for (int64_t i = 0; i < m->n; i++) {
            least = fmin(least, m->factor[i]);
            most = fmax(most, m->factor[i]);
        }
        h->note(m->call,
                "heights depend on place, by factors of %.3f to %.3f: log likelihood +%.1f", least,
                most, gain);
        return LOOM_OK;
    }
    h->note(m->call, "heights do not depend on place: log likelihood +%.1f, %.1f is needed", gain,
            needed);
    *m = kept;
    memcpy(m->p, p, (size_t)(m->n * m->k) * sizeof *p);
    for (int64_t i = 0; i < m->n; i++) m->factor[i] = 1;
    return LOOM_OK;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Means of the exact k-means as a start. */
static loom_status start(mixture *m)
{
    const loom_host *h = m->call->host;
    int64_t first[MAX_CLASSES + 1], distinct = m->n > 0;
    double *sorted = h->scratch(m->call, (size_t)(m->n + 1) * sizeof(double));
    if (!sorted) return LOOM_E_MEMORY;
    memcpy(sorted, m->value, (size_t)m->n * sizeof(double));
    qsort(sorted, (size_t)m->n, sizeof *sorted, ascending);
    for (int64_t i = 1; i < m->n; i++) distinct += sorted[i] > sorted[i - 1];
    if (distinct < m->k || !(m->n > 0 && sorted[0] > 0))
        return h->fail(m->call, LOOM_E_DATA, "atoms",
                       "%lld atoms with %lld different heights, the lowest %g, cannot be %lld "
                       "elements; heights must be positive and at least as many as elements",
                       (long long)m->n, (long long)distinct, m->n ? sorted[0] : 0.0,
                       (long long)m->k);
    if (!partition_line(m->call, sorted, m->n, m->k, first)) return LOOM_E_MEMORY;
    for (int64_t c = 0; c < m->k; c++) {
        m->share[c] = (double)(first[c + 1] - first[c]) / (double)m->n;
        m->mean[c] = 0;
        for (int64_t i = first[c]; i < first[c + 1]; i++)
            m->mean[c] += sorted[i] / (double)(first[c + 1] - first[c]);
    }
    m->spread = FIRST_SPREAD;
    return LOOM_OK;
}

loom_status mixture_fit(mixture *m, const double *position, const double *depth)
{
    assert(m->k >= 1 && m->k <= MAX_CLASSES && m->value && m->p && m->factor && !m->place);
    loom_status status = start(m);
    if (status != LOOM_OK) return status;
    double plain = settle(m);
    return position ? settle_with_place(m, plain, position, depth) : LOOM_OK;
}
