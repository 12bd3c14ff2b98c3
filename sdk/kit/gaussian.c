/* kit/gaussian.c - see gaussian.h */
#include "kit/gaussian.h"
#include <assert.h>
#include <math.h>

/* samples of a row at a time: 4 KiB of output and its input in the first-level cache */
enum { CHUNK = 1024 };

void loom_gaussian_make(double sigma, loom_gaussian *out)
{
    double sum = 1;
    out->reach = sigma > 0 ? (int64_t)ceil(4 * sigma) : 0;
    assert(out->reach <= LOOM_GAUSSIAN_REACH);
    for (int64_t i = 1; i <= out->reach; i++)
        sum += 2 * exp(-0.5 * (double)(i * i) / (sigma * sigma));
    out->weight[0] = (float)(1 / sum);
    for (int64_t i = 1; i <= out->reach; i++)
        out->weight[i] = (float)(exp(-0.5 * (double)(i * i) / (sigma * sigma)) / sum);
}

/* The sample that stands at index i, which may lie outside 0 .. n-1 by any distance; -1: a zero. */
static int64_t inside(loom_border border, int64_t i, int64_t n)
{
    assert(n > 0);
    if (border == LOOM_BORDER_ZERO) return i < 0 || i >= n ? -1 : i;
    if (border == LOOM_BORDER_NEAREST) return i < 0 ? 0 : i < n ? i : n - 1;
    i = ((i % (2 * n)) + 2 * n) % (2 * n);
    return i < n ? i : 2 * n - 1 - i;
}

/* dst[k] = sum over j of weight * row[k + j], k = 0 .. m-1; `row` holds `reach` samples on either
 * side. */
static void filter_row(const loom_gaussian *g, const float *row, int64_t m, float *restrict dst)
{
    assert(row != dst && m <= CHUNK);
    for (int64_t k = 0; k < m; k++) dst[k] = g->weight[0] * row[k];
    for (int64_t j = 1; j <= g->reach; j++) {
        const float *before = row - j, *after = row + j;
        float w = g->weight[j];
        for (int64_t k = 0; k < m; k++) dst[k] += w * (before[k] + after[k]);
    }
}

static void filter_fastest(const loom_gaussian *g, loom_border border, const float *src,
                           int64_t outer, int64_t n, float *restrict dst, int threads)
{
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t o = 0; o < outer; o++) {
        float row[CHUNK + 2 * LOOM_GAUSSIAN_REACH];
        for (int64_t from = 0; from < n; from += CHUNK) {
            int64_t m = n - from < CHUNK ? n - from : CHUNK;
            for (int64_t k = -g->reach; k < m + g->reach; k++) {
                int64_t at = inside(border, from + k, n);
                row[k + g->reach] = at < 0 ? 0 : src[o * n + at];
            }
            filter_row(g, row + g->reach, m, dst + o * n + from);
        }
    }
}

void loom_gaussian_axis(const loom_gaussian *g, loom_border border, const float *src, int64_t outer,
                        int64_t n, int64_t inner, float *restrict dst, int threads)
{
    assert(outer >= 0 && n >= 0 && inner >= 0 && threads > 0);
    assert(src != dst && g->reach >= 0 && g->reach <= LOOM_GAUSSIAN_REACH);
    if (inner == 1) {
        filter_fastest(g, border, src, outer, n, dst, threads);
        return;
    }
#pragma omp parallel for num_threads(threads) schedule(static) collapse(2)
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < n; i++) {
            const float *plane = src + o * n * inner;
            float *to = dst + (o * n + i) * inner;
            for (int64_t k = 0; k < inner; k++) to[k] = g->weight[0] * plane[i * inner + k];
            for (int64_t j = 1; j <= g->reach; j++) {
                int64_t low = inside(border, i - j, n), high = inside(border, i + j, n);
                const float *before = plane + (low < 0 ? 0 : low) * inner,
                            *after = plane + (high < 0 ? 0 : high) * inner;
                float w = g->weight[j];
                if (low < 0 || high < 0) { /* one side, or none, is there */
                    const float *there = low < 0 ? after : before;
                    for (int64_t k = 0; (low >= 0 || high >= 0) && k < inner; k++)
                        to[k] += w * there[k];
                    continue;
                }
                for (int64_t k = 0; k < inner; k++) to[k] += w * (before[k] + after[k]);
            }
        }
}

void loom_gaussian_images(const loom_gaussian *g, loom_border border, const float *src,
                          int64_t images, int64_t ny, int64_t nx, float *work, float *dst,
                          int threads)
{
    assert(work != src && work != dst);
    loom_gaussian_axis(g, border, src, images * ny, nx, 1, work, threads);
    loom_gaussian_axis(g, border, work, images, ny, nx, dst, threads);
}

void loom_gaussian_volume(const loom_gaussian *g, const float *src, const int64_t n[3], float *work,
                          float *dst, int threads)
{
    assert(work != src && work != dst && src != dst);
    loom_gaussian_axis(g, LOOM_BORDER_REFLECT, src, n[2] * n[1], n[0], 1, dst, threads);
    loom_gaussian_axis(g, LOOM_BORDER_REFLECT, dst, n[2], n[1], n[0], work, threads);
    loom_gaussian_axis(g, LOOM_BORDER_REFLECT, work, 1, n[2], n[1] * n[0], dst, threads);
}
