/* io.tilt_series - images and angles joined into a tilt series. */
#include <atomloom/op.h>
#include "kit/check.h"

typedef struct params { double pixel_size, dose, background; bool counts, subtract; } params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, pixel_size, .unit = "angstrom", .min = 1e-6, .max = 1e6, .flags = LOOM_REQUIRED, .doc = "edge of a pixel"),
    LOOM_PARAM(params, dose, .unit = "e/angstrom^2", .min = 0, .max = 1e12, .doc = "total dose of the series; 0: not known"),
    LOOM_PARAM(params, counts, .doc = "the images are raw electron counts, with Poisson noise"),
    LOOM_PARAM(params, background, .min = -1e30, .max = 1e30,
               .doc = "level of every pixel where there is no specimen, in units of the images"),
    LOOM_PARAM(params, subtract, .doc = "take the background off the images; otherwise it is noted as an attribute for ops that model it"),
    { 0 }
};
static const loom_port inputs[] = {
    { "images", "array", "projections [tilt][y][x], x across the tilt axis, y along it; one image may be [y][x]", 0 },
    { "angles", "array", "degrees: theta of every tilt, or phi, theta, psi as [tilt][3]; [3][tilt], as a MATLAB matrix (tilt, 3) arrives, "
                         "is turned round", 0 },
    { 0 }
};
static const loom_port outputs[] = { { "tilts", "tilt_series", "the series", 0 }, { 0 } };

static double element(const loom_array *a, int64_t i)
{
    switch (a->dtype) {
    case LOOM_U8: return ((const uint8_t *)a->data)[i];
    case LOOM_I32: return ((const int32_t *)a->data)[i];
    case LOOM_I64: return (double)((const int64_t *)a->data)[i];
    case LOOM_F32: return (double)((const float *)a->data)[i];
    default: return ((const double *)a->data)[i];
    }
}

/* How the numbers of `angles` lie: the step from tilt to tilt and from angle to angle; angle step 0: theta alone. */
typedef struct layout { int64_t tilt, angle; } layout;

static bool angle_layout(const loom_array *a, int64_t nt, layout *out)
{
    if (a->rank <= 2 && loom_array_count(a) == nt) *out = (layout){ 1, 0 };
    else if (a->rank == 2 && a->dim[0] == nt && a->dim[1] == 3) *out = (layout){ 3, 1 };
    else if (a->rank == 2 && a->dim[0] == 3 && a->dim[1] == nt) *out = (layout){ 1, nt };
    else return false;
    return true;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, "images", "data"), *angles = loom_need(call, "angles", "data");
    if (!images || !angles) return LOOM_E_DATA;
    if (images->rank < 2 || images->rank > 3 || !loom_array_count(images))
        return h->fail(call, LOOM_E_DATA, "images", "images must be [tilt][y][x], found %d axes and %lld numbers", (int)images->rank,
                       (long long)loom_array_count(images));
    int64_t dim[3] = { 1, images->dim[images->rank - 2], images->dim[images->rank - 1] };
    if (images->rank == 3) dim[0] = images->dim[0];
    layout at;
    if (!angle_layout(angles, dim[0], &at))
        return h->fail(call, LOOM_E_DATA, "angles", "angles must be [%lld] or [%lld][3] for %lld image%s, found %lld numbers as "
                                                    "[%lld][%lld]", (long long)dim[0],
                       (long long)dim[0], (long long)dim[0], dim[0] == 1 ? "" : "s", (long long)loom_array_count(angles), (long long)angles->dim[0],
                           (long long)angles->dim[1]);
    if (!loom_need_finite(call, "images", images) || !loom_need_finite(call, "angles", angles)) return LOOM_E_DATA;
    loom_value *tilts = h->output(call, "tilts");
    float *dst = h->add_array(call, tilts, "images", LOOM_F32, 3, dim, images->unit);
    double *turn = h->add_array(call, tilts, "angles", LOOM_F64, 2, (int64_t[]){ dim[0], 3 }, "degree");
    if (!dst || !turn) return LOOM_E_MEMORY;
    double level = p->subtract ? p->background : 0;
    for (int64_t i = 0, n = loom_array_count(images); i < n; i++) dst[i] = (float)(element(images, i) - level);
    for (int64_t k = 0; k < dim[0]; k++)
        for (int64_t j = at.angle ? 0 : 1; j < (at.angle ? 3 : 2); j++) turn[3 * k + j] = element(angles, k * at.tilt + j * at.angle);
    h->set_number(call, tilts, "pixel_size", p->pixel_size, "angstrom");
    if (p->dose > 0) h->set_number(call, tilts, "dose", p->dose, "e/angstrom^2");
    if (p->counts && !p->subtract) h->set_number(call, tilts, "counts", 1, NULL);
    if (!p->subtract && (p->background < 0 || p->background > 0)) h->set_number(call, tilts, "background", p->background, NULL);
    return LOOM_OK;
}

static const loom_op io_tilt_series = {
    .size = sizeof(loom_op), .revision = 1, .id = "io.tilt_series",
    .summary = "Images and angles joined into a tilt series.",
    .method = "Checks that images and angles belong together, converts the images to single precision and writes every orientation as "
              "phi, theta, psi "
              "(R = Rz Ry Rx; a lone angle is theta, about the y axis). A series of three tilts with a 3 x 3 matrix of angles is read "
              "as [tilt][3].",
    .cites = "none",
    .limits = "One constant background for all pixels. Once it is subtracted the images are no longer counts and are not marked as such.",
    .inputs = inputs, .outputs = outputs, .params = param_table, .params_size = sizeof(params), .run = run,
};
LOOM_PLUGIN("io.tilt_series", "1.0", "BSD-3-Clause", &io_tilt_series);
