/* compare.volumes - a volume against a reference: correlation and relative difference. */
#include <atomloom/op.h>
#include "kit/check.h"
#include "kit/table.h"
#include <assert.h>

typedef struct params {
    int32_t fit;
    int64_t border;
} params;
static const char *const fits[] = { "none", "scale", "linear", NULL };
enum { FIT_NONE, FIT_SCALE, FIT_LINEAR };
static const loom_param param_table[] = {
    LOOM_PARAM(params, fit, .choices = fits, .def = FIT_SCALE,
               .doc = "before the difference is taken the volume is multiplied (scale), or "
                      "multiplied and shifted (linear), by "
                      "least squares"),
    LOOM_PARAM(params, border, .unit = "voxel", .min = 0, .max = 100000,
               .doc = "voxels along the faces that do not count"),
    { 0 }
};
static const loom_port inputs[] = { { "volume", "volume", "density to judge", 0 },
                                    { "reference", "volume", "density to judge by; the same grid",
                                      0 },
                                    { "mask", "mask", "only voxels inside count", LOOM_OPTIONAL },
                                    { 0 } };
static const loom_port outputs[] = {
    { "table", "table", "one row: correlation, relative_rms, scale, offset, voxels", 0 }, { 0 }
};

/* Sums of one slice; added up in order of slices, so that threads do not matter. */
typedef struct sums {
    double n, a, b, aa, bb, ab;
} sums;

static sums sum_slice(const loom_array *a, const loom_array *b, const uint8_t *mask, int64_t iz,
                      int64_t border)
{
    assert(border >= 0 && iz >= 0 && iz < a->dim[0]);
    sums s = { 0 };
    int64_t ny = a->dim[1], nx = a->dim[2];
    if (iz < border || iz >= a->dim[0] - border) return s;
    for (int64_t iy = border; iy < ny - border; iy++) {
        int64_t row = (iz * ny + iy) * nx;
        const float *x = (const float *)a->data + row, *y = (const float *)b->data + row;
        for (int64_t ix = border; ix < nx - border; ix++) {
            double w = mask && !mask[row + ix] ? 0 : 1, u = (double)x[ix], v = (double)y[ix];
            s.n += w;
            s.a += w * u;
            s.b += w * v;
            s.aa += w * u * u;
            s.bb += w * v * v;
            s.ab += w * u * v;
        }
    }
    return s;
}

static loom_status write_table(loom_call *call, const params *p, sums s)
{
    assert(s.n >= 2);
    const loom_host *h = call->host;
    double caa = s.aa - s.a * s.a / s.n, cbb = s.bb - s.b * s.b / s.n, cab = s.ab - s.a * s.b / s.n,
           scale = 1, offset = 0;
    if (!(caa > 0))
        return h->fail(call, LOOM_E_DATA, "volume",
                       "the volume is constant where it is compared: a correlation has no meaning");
    if (!(cbb > 0))
        return h->fail(
            call, LOOM_E_DATA, "reference",
            "the reference is constant where it is compared: a correlation has no meaning");
    if (p->fit == FIT_SCALE) scale = s.ab / s.aa;
    if (p->fit == FIT_LINEAR) {
        scale = cab / caa;
        offset = (s.b - scale * s.a) / s.n;
    }
    /* sum (scale a + offset - b)^2 */
    double left = scale * scale * s.aa + s.bb + offset * offset * s.n
                  + 2 * (scale * offset * s.a - scale * s.ab - offset * s.b);
    const loom_figure row[] = {
        { .name = "correlation", .value = cab / sqrt(caa * cbb) },
        { .name = "relative_rms", .value = sqrt(fmax(0, left) / s.bb) },
        { .name = "scale", .value = scale },
        { .name = "offset", .value = offset },
        { .name = "voxels", .value = s.n },
    };
    return loom_table_row(call, h->output(call, "table"), row, sizeof row / sizeof *row)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    const loom_array *a = loom_need(call, "volume", "density"),
                     *b = loom_need(call, "reference", "density"), *m = NULL;
    if (!a || !b || !loom_need_same_grid(call, "reference", b, "the volume", a->dim))
        return LOOM_E_DATA;
    if (h->input_count(call, "mask")
        && (!(m = loom_need(call, "mask", "mask"))
            || !loom_need_same_grid(call, "mask", m, "the volume", a->dim)))
        return LOOM_E_DATA;
    if (!loom_need_finite(call, "volume", a) || !loom_need_finite(call, "reference", b))
        return LOOM_E_DATA;
    int64_t nz = a->dim[0];
    sums *slice = h->scratch(call, sizeof *slice * (size_t)(nz + 1)), s = { 0 };
    if (!slice) return LOOM_E_MEMORY;
    int threads = h->threads(call);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int64_t iz = 0; iz < nz; iz++)
        slice[iz] = sum_slice(a, b, m ? m->data : NULL, iz, p->border);
    for (int64_t iz = 0; iz < nz; iz++) {
        s.n += slice[iz].n;
        s.a += slice[iz].a;
        s.b += slice[iz].b;
        s.aa += slice[iz].aa;
        s.bb += slice[iz].bb;
        s.ab += slice[iz].ab;
    }
    if (s.n < 2)
        return h->fail(call, LOOM_E_DATA, m ? "mask" : "volume",
                       "fewer than two voxels are left to compare");
    return write_table(call, p, s);
}

static const loom_op compare_volumes = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "compare.volumes",
    .summary = "A volume against a reference: correlation and relative difference.",
    .method = "`correlation` is Pearson's, over all voxels that count; it ignores scale and "
              "offset. `relative_rms` is |s a + o - b| / |b| "
              "with the scale s and the offset o that `fit` allows.",
    .cites = "none",
    .limits = "Voxel by voxel: the volumes must lie on one grid and in one orientation. Empty "
              "surroundings raise the correlation; "
              "use a mask.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("compare.volumes", "1.0", "BSD-3-Clause", &compare_volumes);
