/* tests/bench/pairs.h - ratios that hold on a machine where other work runs: what is measured and
 * what it is compared with take turns, A B A B ..., so that both meet the same machine, and the
 * figure is the median of the ratios of neighbours. The quartiles of the ratios say how far to
 * trust it.
 *
 *   pairs p = pairs_run(9, iteration, multiply_adds, NULL, &work);
 *   pairs_print("iteration", &p);
 *
 * prints a line `NAME ratio low high a_s b_s pairs`, which `pair` of common.sh reads. */
#ifndef ATOMLOOM_BENCH_PAIRS_H
#define ATOMLOOM_BENCH_PAIRS_H
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PAIRS_MIN = 7, PAIRS_MAX = 101 };

typedef struct pairs {
    int count;
    double ratio, low, high; /* of a over b: the median, the quartiles */
    double a_s, b_s;         /* median seconds of each */
} pairs;

static inline double pairs_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline int pairs_ascending(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

/* Of `n` numbers in order, the one that a share `at` of them lie below. */
static inline double pairs_quantile(const double *sorted, int n, double at)
{
    double place = at * (n - 1);
    int k = (int)place < n - 1 ? (int)place : n - 1, next = k + 1 < n ? k + 1 : k;
    return sorted[k] + (place - k) * (sorted[next] - sorted[k]);
}

/* The seconds of each turn, in the order in which they were measured; both are sorted here. */
static inline pairs pairs_of(double *a, double *b, int count)
{
    double ratio[PAIRS_MAX];
    pairs p = { .count = count };
    assert(count >= PAIRS_MIN && count <= PAIRS_MAX);
    for (int i = 0; i < count; i++) ratio[i] = a[i] / b[i];
    qsort(ratio, (size_t)count, sizeof *ratio, pairs_ascending);
    qsort(a, (size_t)count, sizeof *a, pairs_ascending);
    qsort(b, (size_t)count, sizeof *b, pairs_ascending);
    p.ratio = pairs_quantile(ratio, count, 0.5);
    p.low = pairs_quantile(ratio, count, 0.25);
    p.high = pairs_quantile(ratio, count, 0.75);
    p.a_s = pairs_quantile(a, count, 0.5);
    p.b_s = pairs_quantile(b, count, 0.5);
    return p;
}

/* Calls `a` and `b` in turn, after once each that does not count (caches, plans, page faults).
 * `after` (NULL: nothing) puts back after each pair what is not to be measured. */
static inline pairs pairs_run(int count, void (*a)(void *user), void (*b)(void *user),
                              void (*after)(void *user), void *user)
{
    double a_s[PAIRS_MAX], b_s[PAIRS_MAX];
    assert(count >= PAIRS_MIN && count <= PAIRS_MAX);
    a(user);
    b(user);
    if (after) after(user);
    for (int i = 0; i < count; i++) {
        double begin = pairs_now_s();
        a(user);
        double middle = pairs_now_s();
        b(user);
        a_s[i] = middle - begin;
        b_s[i] = pairs_now_s() - middle;
        if (after) after(user);
    }
    return pairs_of(a_s, b_s, count);
}

static inline void pairs_print(const char *name, const pairs *p)
{
    printf("%s %.4g %.4g %.4g %.6g %.6g %d\n", name, p->ratio, p->low, p->high, p->a_s, p->b_s,
           p->count);
}
#endif
