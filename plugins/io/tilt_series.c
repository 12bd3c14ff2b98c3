/* io.tilt_series - images and angles joined into a tilt series. */
#include <atomloom/op.h>
#include "io/convert.h"
#include "io/series_check.h"
#include "kit/check.h"

typedef struct params {
    double pixel_size, dose, background;
    bool counts, subtract;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, pixel_size, .unit = "angstrom", .min = 0, .max = 1e6,
               .doc =
                   "edge of a pixel; 0: as the file has it that the images were read from (MRC)"),
    LOOM_PARAM(params, dose, .unit = "e/angstrom^2", .min = 0, .max = 1e12,
               .doc = "total dose of the series; 0: not known"),
    LOOM_PARAM(params, counts, .doc = "the images are raw electron counts, with Poisson noise"),
    LOOM_PARAM(params, background, .min = -1e30, .max = 1e30,
               .doc = "level of every pixel where there is no specimen, in units of the images"),
    LOOM_PARAM(params, subtract,
               .doc = "take the background off the images; otherwise it is noted as an attribute "
                      "for ops that model it"),
    { 0 }
};
static const loom_port inputs[] = {
    { "images", "array",
      "projections [tilt][y][x], x across the tilt axis, y along it; one image may be [y][x]", 0 },
    { "angles", "array",
      "degrees: theta of every tilt, or phi, theta, psi as [tilt][3]; [3][tilt], as a MATLAB "
      "matrix (tilt, 3) arrives, is transposed",
      0 },
    { 0 }
};
static const loom_port outputs[] = { { "tilts", "tilt_series", "the series", 0 }, { 0 } };

/* How the numbers of `angles` lie: the step from tilt to tilt and from angle to angle; angle step
 * 0: theta alone. */
typedef struct layout {
    int64_t tilt, angle;
} layout;

static bool angle_layout(const loom_array *a, int64_t nt, layout *out)
{
    if (a->rank <= 2 && loom_array_count(a) == nt) *out = (layout){ 1, 0 };
    else if (a->rank == 2 && a->dim[0] == nt && a->dim[1] == 3) *out = (layout){ 3, 1 };
    else if (a->rank == 2 && a->dim[0] == 3 && a->dim[1] == nt) *out = (layout){ 1, nt };
    else return false;
    return true;
}

/* Degrees of one unit of the angles' numbers; 0 after failing. */
static double degrees_of(loom_call *call, const char *unit)
{
    if (!*unit || !strcmp(unit, "degree")) return 1;
    if (!strcmp(unit, "radian") || !strcmp(unit, "rad")) return 180 / 3.14159265358979323846;
    call->host->fail(call, LOOM_E_DATA, "angles", "the angles have the unit '%s'; expected degrees",
                     unit);
    return 0;
}

static void fill_angles(const loom_array *a, layout at, double scale, int64_t nt,
                        double *restrict angles_deg)
{
    for (int64_t k = 0; k < nt; k++) {
        if (!at.angle) angles_deg[3 * k + 1] = scale * io_element(a, k);
        for (int64_t j = 0; at.angle && j < 3; j++)
            angles_deg[3 * k + j] = scale * io_element(a, k * at.tilt + j * at.angle);
    }
}

/* ---- run ---------------------------------------------------------------------------------------
 */

/* The shape [tilt][y][x] of the images and the layout of the angles; false after failing. */
static bool check_shapes(loom_call *call, const loom_array *images, const loom_array *angles,
                         int64_t dim[3], layout *at)
{
    const loom_host *h = call->host;
    if (images->rank < 2 || images->rank > 3 || !loom_array_count(images)) {
        h->fail(call, LOOM_E_DATA, "images",
                "images must be [tilt][y][x], found %d axes and %lld "
                "numbers",
                (int)images->rank, (long long)loom_array_count(images));
        return false;
    }
    dim[0] = images->rank == 3 ? images->dim[0] : 1;
    dim[1] = images->dim[images->rank - 2];
    dim[2] = images->dim[images->rank - 1];
    if (!angle_layout(angles, dim[0], at)) {
        h->fail(call, LOOM_E_DATA, "angles",
                "angles must be [%lld] or [%lld][3] for %lld image%s, "
                "found %lld numbers as [%lld][%lld]",
                (long long)dim[0], (long long)dim[0], (long long)dim[0], dim[0] == 1 ? "" : "s",
                (long long)loom_array_count(angles), (long long)angles->dim[0],
                (long long)angles->dim[1]);
        return false;
    }
    return loom_need_finite(call, "images", images) && loom_need_finite(call, "angles", angles);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, "images", "data");
    const loom_array *angles = loom_need(call, "angles", "data");
    int64_t dim[3];
    layout at;
    if (!images || !angles || !check_shapes(call, images, angles, dim, &at)) return LOOM_E_DATA;
    double scale = degrees_of(call, angles->unit);
    if (!(scale > 0)) return LOOM_E_DATA;
    double of_file = io_length(call, "images", "pixel_size");
    if (!(of_file > 0)) of_file = io_length(call, "images", "voxel_size");
    double pixel_A = io_size(call, "pixel_size", p->pixel_size, of_file);
    if (!(pixel_A > 0)) return LOOM_E_PARAM;
    loom_value *tilts = h->output(call, "tilts");
    float *dst = h->add_array(call, tilts, "images", LOOM_F32, 3, dim, images->unit);
    double *angles_deg =
        h->add_array(call, tilts, "angles", LOOM_F64, 2, (int64_t[]){ dim[0], 3 }, "degree");
    if (!dst || !angles_deg) return LOOM_E_MEMORY;
    if (!io_single(call, "images", images, p->subtract ? p->background : 0, dst))
        return LOOM_E_DATA;
    fill_angles(angles, at, scale, dim[0], angles_deg);
    series_check_angles(call, angles_deg, dim[0]);
    if (p->counts && !p->subtract) series_check_counts(call, dst, loom_array_count(images));
    if (p->subtract) series_check_subtracted(call, dst, dim[0], dim[1], dim[2]);
    if (!series_check_axis(call, "images", dst, angles_deg, dim[0], dim[1], dim[2]))
        return LOOM_E_MEMORY;
    h->set_number(call, tilts, "pixel_size", pixel_A, "angstrom");
    if (p->dose > 0) h->set_number(call, tilts, "dose", p->dose, "e/angstrom^2");
    if (p->counts && !p->subtract) h->set_number(call, tilts, "counts", 1, NULL);
    if (!p->subtract && (p->background < 0 || p->background > 0))
        h->set_number(call, tilts, "background", p->background, NULL);
    return LOOM_OK;
}

static const loom_op io_tilt_series = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.tilt_series",
    .summary = "Images and angles joined into a tilt series.",
    .method =
        "Checks that images and angles belong together, converts the images to single "
        "precision and writes every orientation as phi, theta, psi (R = Rz Ry Rx; a lone angle "
        "is theta, about the y axis). "
        "A series of three tilts with a 3 x 3 matrix of angles is read as [tilt][3]. "
        "Warns where the angles look like radians (more than ten tilts within 3.2 of zero, or "
        "between 0 and 6.3), reach beyond a full turn, repeat (three or more, and more than a "
        "tenth "
        "of them) or stand in the column of phi; where `pixel_size` and the file of the images "
        "differ by more than 1 %; where `counts` are not whole numbers; where most pixels are "
        "negative once the background is subtracted; and where x is likelier the tilt axis than y "
        "(the images' sums along x differ more from tilt to tilt than those along y).",
    .cites = "none",
    .limits =
        "One constant background for all pixels. Once it is subtracted the images are no longer "
        "counts and are not marked as such.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("io.tilt_series", "1.0", "BSD-3-Clause", &io_tilt_series);
