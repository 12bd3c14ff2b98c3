/* volume.resample - a volume on a grid of other voxels. */
#include "volume/grid.h"
#include "kit/gaussian.h"
#include "kit/sample.h"
#include <assert.h>
#include "kit/assert_hot.h"

typedef struct params {
    double voxel_size, factor;
    int32_t interpolation;
    bool antialias;
} params;
static const char *const interpolations[] = { "linear", "cubic", NULL };
enum { LINEAR, CUBIC };
static const loom_param param_table[] = {
    LOOM_PARAM(params, voxel_size, .unit = "angstrom", .min = 0, .max = 1e6,
               .doc = "edge of the new voxels; 0: taken from `factor`"),
    LOOM_PARAM(params, factor, .def = 2, .min = 0.01, .max = 16,
               .doc = "new samples per old one, where `voxel_size` is 0"),
    LOOM_PARAM(params, interpolation, .choices = interpolations, .def = CUBIC,
               .doc = "between the samples: linear, or a cubic spline through them"),
    LOOM_PARAM(
        params, antialias, .def = true,
        .doc =
            "smooth before taking fewer samples, so that fine detail is lost rather than folded"),
    { 0 }
};
static const loom_port inputs[] = {
    { "volume", "volume", "any density, at least 4 voxels along each axis", 0 }, { 0 }
};
static const loom_port outputs[] = {
    { "volume", "volume", "the density at the new samples; the centre stays on sample n/2", 0 },
    { 0 }
};

/* Taps of every new sample of one axis. */
typedef struct axis {
    int64_t n;
    int64_t *first;
    double (*weight)[4];
} axis;

static bool make_axis(loom_call *call, const loom_sampled *s, int i, int64_t m, double step,
                      axis *out)
{
    assert(i >= 0 && i < 3 && m >= 0 && step > 0);
    *out = (axis){ m, call->host->scratch(call, (size_t)m * sizeof(int64_t)),
                   call->host->scratch(call, (size_t)m * sizeof(double[4])) };
    if (!out->first || !out->weight) return false;
    for (int64_t j = 0; j < m; j++) {
        double c = (double)loom_centre(s->n[i]) + (double)(j - loom_centre(m)) * step;
        c = fmin(fmax(c, 0), (double)(s->n[i] - 1));
        loom_sampled_weights(s->taps, s->n[i], c, &out->first[j], out->weight[j]);
    }
    return true;
}

static void resample_plane(const loom_sampled *s, const axis a[3], int64_t z, float *restrict dst)
{
    assert(z >= 0 && z < a[2].n);
    for (int64_t y = 0; y < a[1].n; y++)
        for (int64_t x = 0; x < a[0].n; x++) {
            double sum = 0;
            LOOM_ASSERT_HOT(a[0].first[x] >= 0 && a[0].first[x] + s->taps <= s->stored[0]);
            for (int64_t k = 0; k < s->taps; k++)
                for (int64_t j = 0; j < s->taps; j++) {
                    const float *row =
                        s->data
                        + ((a[2].first[z] + k) * s->stored[1] + a[1].first[y] + j) * s->stored[0]
                        + a[0].first[x];
                    double line = 0;
                    for (int64_t i = 0; i < s->taps; i++) line += a[0].weight[x][i] * row[i];
                    sum += a[2].weight[z][k] * a[1].weight[y][j] * line;
                }
            dst[y * a[0].n + x] = (float)sum;
        }
}

/* src smoothed so that a grid `step` times coarser can hold it; NULL when out of memory. */
static const float *smooth(loom_call *call, const grid *g, double step)
{
    assert(step > 1);
    int64_t n = g->n[0] * g->n[1] * g->n[2];
    float *a = call->host->scratch(call, (size_t)n * sizeof(float)),
          *b = call->host->scratch(call, (size_t)n * sizeof(float));
    if (!a || !b) return NULL;
    loom_gaussian kernel;
    /* half a sample of the coarse grid, where the fine one counts for the same */
    double sigma = 0.5 * sqrt(step * step - 1);
    loom_gaussian_make(fmin(sigma, LOOM_GAUSSIAN_MAX_SIGMA), &kernel);
    loom_gaussian_volume(&kernel, g->density->data, g->n, b, a, call->host->threads(call));
    call->host->release(call, b);
    return a;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    grid g;
    if (!grid_open(call, &g)) return LOOM_E_DATA;
    double step = p->voxel_size > 0 ? p->voxel_size / g.voxel : 1 / p->factor;
    int64_t m[3];
    for (int i = 0; i < 3; i++) {
        m[i] = (int64_t)floor((double)g.n[i] / step + 1e-9);
        if (g.n[i] < 4 || m[i] < 1 || m[i] > 65536)
            return h->fail(call, LOOM_E_PARAM, p->voxel_size > 0 ? "voxel_size" : "factor",
                           "%lld voxels of %g angstrom along %c would become %lld of %g; at least "
                           "4 are needed, and 1 to 65536 made",
                           (long long)g.n[i], g.voxel, "xyz"[i], (long long)m[i], g.voxel * step);
    }
    const float *src = step > 1 && p->antialias ? smooth(call, &g, step) : g.density->data;
    loom_sampled s;
    axis a[3];
    if (!src || !loom_sampled_make(call, src, g.n, p->interpolation == CUBIC, &s))
        return LOOM_E_MEMORY;
    for (int i = 0; i < 3; i++)
        if (!make_axis(call, &s, i, m[i], step, &a[i])) return LOOM_E_MEMORY;
    float *dst = grid_make(call, m, g.voxel * step, g.origin);
    if (!dst) return LOOM_E_MEMORY;
#pragma omp parallel for num_threads(h->threads(call)) schedule(dynamic, 1)
    for (int64_t z = 0; z < m[2]; z++) resample_plane(&s, a, z, dst + z * m[1] * m[0]);
    return LOOM_OK;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    (void)param_struct;
    const loom_array *density = loom_need(call, "volume", "density");
    if (!density) return LOOM_E_DATA;
    out->bytes =
        (uint64_t)((density->dim[0] + 4) * (density->dim[1] + 4) * (density->dim[2] + 4)) * 16
        + (1u << 22);
    out->uses_threads = true;
    return LOOM_OK;
}

static const loom_op volume_resample = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "volume.resample",
    .summary = "A volume on a grid of larger or smaller voxels.",
    .method = "The centre sample n/2 stays where it is; sample j of the result lies at centre + (j "
              "- m/2) of its voxels. Values are "
              "interpolated linearly or by the cubic spline through all samples; towards a coarser "
              "grid the volume is first smoothed by "
              "a Gaussian of sigma = 0.5 sqrt(step^2 - 1) old voxels. Densities stay densities: "
              "sums along rays change with the voxel.",
    .cites = "none",
    .limits = "The same factor along all axes. Samples beyond the outermost old ones repeat these.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("volume.resample", "1.0", "BSD-3-Clause", &volume_resample);
