/* diffusion/interval.c - see interval.h */
#include "interval.h"
#include "forecast.h"
#include "kit/check.h"
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LEVELS = 5, BATCH = 32 };

/* Trials of an estimator go from exp(low) to exp(high) in equal ratios. */
typedef struct range {
    double low, high;
} range;
/* ln D; wide: the range reaches so far beyond both ends that few histories have their smallest v
 * outside of it, or to the end of the search. */
typedef struct roots {
    double low, middle, high;
    bool wide;
} roots;
#define FAR_V 2.5

static double grid_at(const range *r, int k)
{
    return r->low + (r->high - r->low) * k / (GRID - 1);
}

/* ---- histories ----------------------------------------------------------------------------------
 */

typedef struct choice {
    double D;
    int estimator, k;
} choice;
static int by_D(const void *a, const void *b)
{
    const choice *x = a, *y = b;
    return x->D != y->D ? (x->D < y->D ? -1 : 1) : x->estimator - y->estimator;
}

static trials list_trials(const range ranges[ESTIMATORS], const bool defined[ESTIMATORS])
{
    choice all[MAX_TRIALS];
    trials t = { 0 };
    for (int e = 0; e < ESTIMATORS; e++)
        for (int k = 0; defined[e] && k < GRID; k++)
            all[t.n++] = (choice){ exp(grid_at(&ranges[e], k)), e, k };
    assert(t.n <= MAX_TRIALS);
    qsort(all, (size_t)t.n, sizeof *all, by_D);
    for (int32_t k = 0; k < t.n; k++) {
        t.D[k] = all[k].D;
        t.estimator[k] = all[k].estimator;
        t.number[all[k].estimator][all[k].k] = k;
    }
    return t;
}

/* score[trial][round][GRID] of histories numbered from `first`. */
static loom_status simulate(const exchange *x, const forecast *f, int64_t first, int64_t rounds,
                            double (*score)[GRID])
{
    loom_call *call = x->m->call;
    const loom_host *h = call->host;
    int threads = h->threads(call) < BATCH ? h->threads(call) : BATCH;
    sight *sights = h->scratch(call, sizeof *sights * (size_t)threads);
    history *histories = h->scratch(call, sizeof *histories * (size_t)threads);
    schedule looks;
    if (!sights || !histories) return LOOM_E_MEMORY;
    for (int t = 0; t < threads; t++)
        if (!sight_make(f, &sights[t]) || !history_make(x, &histories[t])) return LOOM_E_MEMORY;
    loom_status status = schedule_make(x, f->t->n, f->t->D, &looks);
    if (status) return status;
    for (int64_t from = 0; from < rounds; from += BATCH) {
        int64_t to = from + BATCH < rounds ? from + BATCH : rounds;
        if (!h->progress(call, (double)(first + from), 0)) return LOOM_E_CANCELLED;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
        for (int worker = 0; worker < threads; worker++)
            for (int64_t r = from + worker; r < to; r += threads) {
                history_run(x, &looks, f->t->n, (uint64_t)(first + r), &histories[worker],
                            sight_see, &sights[worker]);
                for (int32_t t = 0; t < f->t->n; t++)
                    sight_scores(&sights[worker], t, score[t * rounds + r]);
            }
    }
    return LOOM_OK;
}

/* ---- where the data lie -------------------------------------------------------------------------
 */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Below which one more of the same would fall with that chance: place chance * (n + 1) in the
 * order, between places in proportion. */
static double quantile(const double *sorted, int64_t n, double chance)
{
    double place = fmin((double)n, fmax(1, chance * (double)(n + 1)));
    int64_t below = (int64_t)place;
    double part = place - (double)below;
    return part > 0 ? sorted[below - 1] * (1 - part) + sorted[below] * part : sorted[below - 1];
}

/* What histories of each D of the grid show: the median, and how far below and above it one unit of
 * v is. */
typedef struct yardstick {
    double median[GRID], below[GRID], above[GRID];
} yardstick;

static void measure(double (*score)[GRID], int k, int64_t rounds, double *sorted, yardstick *y)
{
    for (int64_t r = 0; r < rounds; r++) sorted[r] = score[r][k];
    qsort(sorted, (size_t)rounds, sizeof *sorted, ascending);
    double low = quantile(sorted, rounds, 0.5 - INTERVAL_CHANCE / 2),
           high = quantile(sorted, rounds, 0.5 + INTERVAL_CHANCE / 2);
    y->median[k] = quantile(sorted, rounds, 0.5);
    /* where D is so small that mostly nothing happens there is no width; and sums in single
     * precision and in another order differ by 1e-6 */
    double floor_of = fmax(1e-3 * (high - low), fmax(1e-6 * fabs(y->median[k]), 1e-300));
    y->below[k] = fmax(y->median[k] - low, floor_of);
    y->above[k] = fmax(high - y->median[k], floor_of);
}

/* Signed v of one set of scores at each D of the grid. */
static void place(const yardstick *y, const double score[GRID], double v[GRID])
{
    for (int k = 0; k < GRID; k++) {
        double d = score[k] - y->median[k];
        v[k] = d / (d < 0 ? y->below[k] : y->above[k]);
    }
}

/* The smallest |v|; 0 where v changes its sign between two trials. */
static double smallest(const double v[GRID])
{
    double least = fabs(v[0]);
    for (int k = 1; k < GRID; k++) least = v[k - 1] * v[k] <= 0 ? 0 : fmin(least, fabs(v[k]));
    return least;
}

/* margin[k]: how much farther from the median the data could be at trial k for that D to stay;
 * below 0: it does not. v[k]: where the data are. */
typedef struct standing {
    double margin[GRID], v[GRID];
} standing;

static loom_status compare(const exchange *x, const trials *t, int estimator, int64_t rounds,
                           double (*score)[GRID], standing *out)
{
    const problem *m = x->m;
    double *sorted = m->call->host->scratch(m->call, sizeof *sorted * (size_t)rounds), data[GRID],
           v[GRID];
    yardstick y;
    if (!sorted) return LOOM_E_MEMORY;
    for (int k = 0; k < GRID; k++) {
        measure(score + t->number[estimator][k] * rounds, k, rounds, sorted, &y);
        data[k] = estimator_score(m, estimator, t->D[t->number[estimator][k]]);
    }
    place(&y, data, out->v);
    double least = smallest(out->v);
    for (int k = 0; k < GRID; k++) {
        for (int64_t r = 0; r < rounds; r++) {
            place(&y, score[t->number[estimator][k] * rounds + r], v);
            sorted[r] = fabs(v[k]) - smallest(v);
        }
        qsort(sorted, (size_t)rounds, sizeof *sorted, ascending);
        out->margin[k] =
            fmax(quantile(sorted, rounds, INTERVAL_CHANCE), 1e-3) - (fabs(out->v[k]) - least);
    }
    m->call->host->release(m->call, sorted);
    return LOOM_OK;
}

/* ---- estimate and interval ------------------------------------------------------------------- */

/* Between trials k-1 and k, in proportion, where `value` passes 0. */
static double between(const range *r, const double *value, int k)
{
    double a = value[k - 1], b = value[k], part = a == b ? 1 : fmin(1, fmax(0, a / (a - b)));
    return grid_at(r, k - 1) + part * (grid_at(r, k) - grid_at(r, k - 1));
}

/* Where the data pass the median on their way up, or else are nearest to it; `trial` is the number
 * of a neighbouring trial. */
static double find_middle(const range *r, const standing *s, int *trial)
{
    for (int k = 1; k < GRID; k++)
        if (s->v[k - 1] < 0 && s->v[k] >= 0) {
            *trial = s->margin[k] > s->margin[k - 1] ? k : k - 1;
            return between(r, s->v, k);
        }
    *trial = 0;
    for (int k = 1; k < GRID; k++)
        if (fabs(s->v[k]) < fabs(s->v[*trial])) *trial = k;
    return grid_at(r, *trial);
}

/* The values that stay, without a break from the estimate on. */
static roots find_roots(const problem *m, const range *r, const standing *s)
{
    int from, to;
    roots out = { .middle = find_middle(r, s, &from) };
    to = from;
    while (from > 0 && s->margin[from - 1] >= 0) from--;
    while (to < GRID - 1 && s->margin[to + 1] >= 0) to++;
    out.low = s->margin[from] < 0 ? out.middle : from > 0 ? between(r, s->margin, from) : r->low;
    out.high = s->margin[to] < 0 ? out.middle
               : to < GRID - 1   ? between(r, s->margin, to + 1)
                                 : r->high;
    out.low = fmin(out.low, out.middle);
    out.high = fmax(out.high, out.middle);
    bool at_low = r->low <= log(m->lowest) + 1e-9, at_high = r->high >= log(m->highest) - 1e-9;
    out.wide = (at_low || (out.low > r->low && s->v[0] < -FAR_V))
               && (at_high || (out.high < r->high && s->v[GRID - 1] > FAR_V));
    return out;
}

/* ---- levels -------------------------------------------------------------------------------------
 */

static loom_status one_level(const exchange *x, int64_t first, int64_t rounds,
                             const bool defined[ESTIMATORS], const range ranges[ESTIMATORS],
                             roots out[ESTIMATORS])
{
    loom_call *call = x->m->call;
    trials t = list_trials(ranges, defined);
    forecast f;
    double(*score)[GRID] = call->host->scratch(call, sizeof *score * (size_t)t.n * (size_t)rounds);
    loom_status status = score ? forecast_make(x, &t, &f) : LOOM_E_MEMORY;
    if (!status) status = simulate(x, &f, first, rounds, score);
    for (int e = 0; e < ESTIMATORS && !status; e++) {
        standing s;
        if (!defined[e] || (status = compare(x, &t, e, rounds, score, &s))) continue;
        out[e] = find_roots(x->m, &ranges[e], &s);
    }
    if (status) return status;
    forecast_free(&f);
    call->host->release(call, score);
    return LOOM_OK;
}

/* The roots with twice as much again on both sides, within the search. */
static range around(const problem *m, const roots *found, double margin)
{
    double more = fmax(margin, 2 * (found->high - found->low));
    return (range){ fmax(log(m->lowest), found->low - more),
                    fmin(log(m->highest), found->high + more) };
}

loom_status intervals_by_simulation(const exchange *x, int64_t rounds,
                                    const bool defined[ESTIMATORS], interval out[ESTIMATORS])
{
    const problem *m = x->m;
    range ranges[ESTIMATORS];
    roots found[ESTIMATORS];
    double margin = (log(m->highest) - log(m->lowest)) / (GRID - 1) / 2;
    int64_t first = 0, coarse = rounds / 4 > MIN_ROUNDS ? rounds / 4 : MIN_ROUNDS;
    for (int e = 0; e < ESTIMATORS; e++) ranges[e] = (range){ log(m->lowest), log(m->highest) };
    /* A coarse look at the whole search, then a fine one about each interval, and again where that
     * was not wide enough. */
    for (int level = 0; level < MAX_LEVELS; level++) {
        int64_t now = level ? rounds : coarse;
        loom_status status = one_level(x, first, now, defined, ranges, found);
        if (status) return status;
        bool all = true;
        for (int e = 0; e < ESTIMATORS; e++) all = all && (!defined[e] || found[e].wide);
        if (level && all) break;
        for (int e = 0; e < ESTIMATORS; e++)
            if (defined[e])
                ranges[e] = around(m, &found[e], level ? ranges[e].high - ranges[e].low : margin);
        first += now;
    }
    for (int e = 0; e < ESTIMATORS; e++) {
        if (!defined[e]) continue;
        out[e] = (interval){ exp(found[e].middle), exp(found[e].low), exp(found[e].high),
                             .no_low = found[e].low <= log(m->lowest) + 1e-9,
                             .no_high = found[e].high >= log(m->highest) - 1e-9 };
    }
    return LOOM_OK;
}
