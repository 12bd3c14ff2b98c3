/* trace/fine_grid.c - see fine_grid.h */
#include "kit/assert_hot.h"
#include "fine_grid.h"
#include <assert.h>
#include <string.h>

static bool make_axis(loom_call *call, const fine_grid *g, int64_t n, fine_axis *out)
{
    assert(g->upsampling > 0 && g->pad >= 0 && n > 0);
    int64_t u = g->upsampling, inner = u * (n - 2) + 2, first;
    out->n = inner + 2 * g->pad;
    out->first = call->host->scratch(call, sizeof *out->first * (size_t)out->n);
    out->weight = call->host->scratch(call, sizeof *out->weight * (size_t)out->n);
    if (!out->first || !out->weight) return false;
    for (int64_t i = 0; i < out->n; i++) {
        int64_t f = i - g->pad;
        bool within = f >= 0 && f < inner
                      && loom_sampled_weights(g->volume.taps, n, (double)(f + u - 1) / (double)u,
                                              &first, out->weight[i]);
        out->first[i] = within ? (int32_t)first : -1;
    }
    return true;
}

bool fine_grid_make(loom_call *call, const float *density, const int64_t n[3], int64_t upsampling,
                    bool cubic, int64_t pad, fine_grid *out)
{
    assert(upsampling > 0 && pad >= 0);
    *out = (fine_grid){ .upsampling = upsampling, .pad = pad };
    if (!loom_sampled_make(call, density, n, cubic, &out->volume)) return false;
    for (int k = 0; k < 3; k++)
        if (!make_axis(call, out, n[k], &out->axis[k])) return false;
    return true;
}

/* sum[k] = the stored samples at x = from + k, combined along y and z. */
static void combine(const fine_grid *g, int64_t y, int64_t z, int64_t from, int64_t count,
                    double *restrict sum)
{
    assert(from >= 0 && count >= 0 && from + count <= g->volume.stored[0]);
    const fine_axis *ay = &g->axis[1], *az = &g->axis[2];
    memset(sum, 0, sizeof *sum * (size_t)count);
    if (ay->first[y] < 0 || az->first[z] < 0) return;
    for (int64_t c = 0; c < g->volume.taps; c++)
        for (int64_t b = 0; b < g->volume.taps; b++) {
            double w = az->weight[z][c] * ay->weight[y][b];
            const float *row = g->volume.data
                               + ((az->first[z] + c) * g->volume.stored[1] + ay->first[y] + b)
                                     * g->volume.stored[0]
                               + from;
            for (int64_t k = 0; k < count; k++) sum[k] += w * (double)row[k];
        }
}

static double along_x(const fine_grid *g, const double *sum, int64_t from, int64_t x)
{
    LOOM_ASSERT_HOT(x >= 0 && x < g->axis[0].n);
    const fine_axis *ax = &g->axis[0];
    double v = 0;
    if (ax->first[x] < 0) return 0;
    for (int64_t a = 0; a < g->volume.taps; a++)
        v += ax->weight[x][a] * sum[ax->first[x] - from + a];
    return v;
}

void fine_grid_row(const fine_grid *g, int64_t y, int64_t z, double *scratch, double *restrict dst)
{
    combine(g, y, z, 0, g->volume.stored[0], scratch);
    for (int64_t x = 0; x < g->axis[0].n; x++) dst[x] = along_x(g, scratch, 0, x);
}

void fine_grid_window(const fine_grid *g, const int64_t at[3], int64_t radius, double *restrict dst)
{
    assert(radius >= 0);
    enum { MOST = 32 }; /* a window reaches over at most 2 * 8 + 1 + 4 stored samples */
    double sum[MOST];
    const fine_axis *ax = &g->axis[0];
    int64_t from = INT64_MAX, to = 0;
    for (int64_t x = at[0] - radius; x <= at[0] + radius; x++)
        if (ax->first[x] >= 0) {
            if (ax->first[x] < from) from = ax->first[x];
            if (ax->first[x] + g->volume.taps > to) to = ax->first[x] + g->volume.taps;
        }
    bool empty = to <= from;
    assert(empty || to - from <= MOST);
    for (int64_t z = at[2] - radius; z <= at[2] + radius; z++)
        for (int64_t y = at[1] - radius; y <= at[1] + radius; y++) {
            if (!empty) combine(g, y, z, from, to - from, sum);
            for (int64_t x = at[0] - radius; x <= at[0] + radius; x++)
                *dst++ = empty ? 0 : along_x(g, sum, from, x);
        }
}
