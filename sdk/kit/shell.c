/* kit/shell.c - see shell.h */
#include "kit/shell.h"
#include "kit/cells.h"
#include <assert.h>
#include <math.h>
#include <string.h>

enum { BINS = 256 };
/* Pairs are counted with a normal density this wide, over their distance: wide enough for a few
 * hundred points, narrower than the shells of any dense matter. */
#define SMEAR 0.04
#define LEAST_HEIGHT 0.5 /* of the highest peak in reach: lower ones before it are chance */
#define LEAST_RISE 1.3   /* of the peak over the mean density of pairs beyond it */
/* Mean number of points up to 1.25 of the peak's distance: less, and it is of pairs here and there,
 * such as points that share an atom. */
#define LEAST_NEIGHBOURS 1.0
#define SHELL 1.25

/* 2.2 times the spacing of a simple cubic lattice in a ball as wide as the points: beyond the first
 * shell of any dense packing, even where half of the points are missing. */
static double reach_of(int64_t n, const double *position)
{
    assert(n > 0);
    double mean[3] = { 0 }, sum = 0;
    for (int64_t i = 0; i < 3 * n; i++) mean[i % 3] += position[i] / (double)n;
    for (int64_t i = 0; i < 3 * n; i++)
        sum += (position[i] - mean[i % 3]) * (position[i] - mean[i % 3]) / (double)n;
    return fmax(2.2 * sqrt(5.0 / 3 * sum) * cbrt(4 / 3.0 * M_PI / (double)n), 1e-3);
}

/* Pairs, and pairs per volume, smeared, at the middles of BINS bins up to `reach`. */
static void distribution(int64_t n, const double *position, const loom_neighbours *near,
                         double reach, double *restrict count, double *restrict g)
{
    assert(reach > 0);
    memset(count, 0, BINS * sizeof *count);
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = near->first[i]; k < near->first[i + 1]; k++) {
            const double *a = position + 3 * i, *b = position + 3 * near->list[k];
            double d = hypot(hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2]);
            int64_t bin = (int64_t)(d / reach * BINS);
            if (bin >= 0 && bin < BINS) count[bin]++;
        }
    memset(g, 0, BINS * sizeof *g);
    for (int to = 0; to < BINS; to++)
        for (int from = 0; from < BINS; from++) {
            double r = ((double)to + 0.5), x = (double)(from - to) / (SMEAR * r);
            if (fabs(x) < 4) g[to] += count[from] * exp(-0.5 * x * x) / (r * r * r);
        }
}

/* The first bin from which on there are neighbours enough. */
static int crowded_from(int64_t n, const double *count)
{
    assert(n > 0);
    double sum = 0;
    int i = 0;
    while (i < BINS && sum < LEAST_NEIGHBOURS * (double)n) sum += count[i++];
    return (int)((double)i / SHELL);
}

/* The first bin that is a peak worth the name, or -1. */
static int first_peak(int64_t n, const double *count, const double *g)
{
    double top = 0, after = 0;
    int from = crowded_from(n, count);
    if (from < 1) from = 1;
    for (int i = from; i < BINS; i++) top = fmax(top, g[i]);
    for (int i = from; i < BINS - 1; i++) {
        if (g[i] < LEAST_HEIGHT * top || g[i] <= g[i - 1] || g[i] < g[i + 1]) continue;
        for (int k = i; k < BINS; k++) after += g[k] / (double)(BINS - i);
        return g[i] > LEAST_RISE * after ? i : -1;
    }
    return -1;
}

bool loom_shell_distance(loom_call *call, int64_t n, const double *point, int64_t stride,
                         double *found)
{
    assert(stride >= 3 && found);
    const loom_host *h = call->host;
    loom_cells cells;
    loom_neighbours near;
    double g[BINS], count[BINS];
    *found = 0;
    if (n < 4) return true;
    double *position = h->scratch(call, (size_t)(3 * n) * sizeof(double));
    if (!position) return false;
    for (int64_t i = 0; i < 3 * n; i++) position[i] = point[stride * (i / 3) + i % 3];
    double reach = reach_of(n, position);
    if (!loom_cells_build(call, position, n, reach, &cells)
        || !loom_neighbours_build(call, &cells, reach, &near))
        return false;
    distribution(n, position, &near, reach, count, g);
    int peak = first_peak(n, count, g);
    if (peak >= 0) *found = ((double)peak + 0.5) / BINS * reach;
    void *all[] = { position, cells.start, cells.index, near.first, near.list };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) h->release(call, all[i]);
    return true;
}
