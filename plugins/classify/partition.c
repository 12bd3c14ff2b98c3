/* classify/partition.c - see partition.h
 *
 * Dynamic programming: best[c][j] = least cost of the first j numbers in c runs = min over i of
 * best[c-1][i] + cost(i, j). The best i does not fall as j grows, so each row is filled by halving:
 * O(k n log n). */
#include "partition.h"
#include <assert.h>
#include <math.h>

typedef struct line {
    /* of the first j numbers, less their overall mean: keeps the differences exact enough */
    const double *sum, *square;
    const double *before; /* best[c-1][.] */
    double *best;         /* best[c][.] */
    int32_t *cut;         /* [c][.] */
} line;

static double cost(const line *l, int64_t i, int64_t j)
{
    assert(i < j);
    double s = l->sum[j] - l->sum[i];
    return fmax(0, l->square[j] - l->square[i] - s * s / (double)(j - i));
}

/* Fills best[j] for j = low .. high, whose best cuts lie in from .. to. Depth is log2 of the
 * length. */
static void fill(const line *l, int64_t low, int64_t high, int64_t from, int64_t to)
{
    while (low <= high) {
        int64_t j = (low + high) / 2, last = to < j - 1 ? to : j - 1, at = from;
        double least = INFINITY;
        for (int64_t i = from; i <= last; i++) {
            double v = l->before[i] + cost(l, i, j);
            if (v < least) {
                least = v;
                at = i;
            }
        }
        l->best[j] = least;
        l->cut[j] = (int32_t)at;
        fill(l, low, j - 1, from, at);
        low = j + 1;
        from = at;
    }
}

bool partition_line(loom_call *call, const double *sorted, int64_t n, int64_t k, int64_t *first)
{
    assert(n > 0 && k > 0);
    const loom_host *h = call->host;
    size_t row = (size_t)n + 1;
    double *sum = h->scratch(call, sizeof *sum * row),
           *square = h->scratch(call, sizeof *square * row);
    double *best[2] = { h->scratch(call, sizeof *sum * row), h->scratch(call, sizeof *sum * row) };
    int32_t *cut = h->scratch(call, sizeof *cut * row * (size_t)k);
    if (!sum || !square || !best[0] || !best[1] || !cut) return false;
    double mean = 0;
    for (int64_t i = 0; i < n; i++) mean += sorted[i] / (double)n;
    sum[0] = square[0] = 0;
    for (int64_t i = 0; i < n; i++) {
        sum[i + 1] = sum[i] + (sorted[i] - mean);
        square[i + 1] = square[i] + (sorted[i] - mean) * (sorted[i] - mean);
    }
    line l = { .sum = sum, .square = square };
    for (int64_t j = 1; j <= n; j++) best[0][j] = cost(&l, 0, j);
    for (int64_t c = 2; c <= k; c++) {
        l.before = best[c & 1];
        l.best = best[(c + 1) & 1];
        l.cut = cut + (size_t)(c - 1) * row;
        fill(&l, c, n, c - 1, n - 1);
    }
    first[k] = n;
    for (int64_t c = k; c > 1; c--) first[c - 1] = cut[(size_t)(c - 1) * row + (size_t)first[c]];
    first[0] = 0;
    return true;
}
