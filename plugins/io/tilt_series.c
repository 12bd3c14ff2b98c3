/* io.tilt_series - images and angles joined into a tilt series. */
#include <atomloom/op.h>
#include "io/convert.h"
#include "io/series_check.h"
#include "kit/check.h"
#include "kit/column.h"
#include "kit/unit.h"

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
      "projections [tilt][y][x], x across the tilt axis, y along it; one image may be [y][x]; "
      "several arrays, one after the other (for files of a series: io.read_series)",
      LOOM_LIST },
    { "angles", "any",
      "an array or a table, degrees. Array: theta of every tilt, or phi, theta, psi as [tilt][3]; "
      "[3][tilt], as a MATLAB matrix (tilt, 3) arrives, is transposed. Table: column theta, and "
      "phi and psi where it has them; or its only column",
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
    double factor = *unit ? loom_unit_factor(unit, "degree") : 1;
    if (!(factor > 0))
        call->host->fail(call, LOOM_E_DATA, "angles",
                         "the angles have the unit '%s'; expected degrees", unit);
    return factor;
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

/* The numbers of an array. */
static bool array_angles(loom_call *call, int64_t nt, double *angles_deg)
{
    const loom_array *a = loom_need(call, "angles", "data");
    layout at;
    if (!a || !loom_need_finite(call, "angles", a)) return false;
    if (!angle_layout(a, nt, &at)) {
        call->host->fail(call, LOOM_E_DATA, "angles",
                         "angles must be [%lld] or [%lld][3] for %lld image%s, found %lld numbers "
                         "as [%lld][%lld]",
                         (long long)nt, (long long)nt, (long long)nt, nt == 1 ? "" : "s",
                         (long long)loom_array_count(a), (long long)a->dim[0],
                         (long long)a->dim[1]);
        return false;
    }
    double scale = degrees_of(call, a->unit);
    if (scale > 0) fill_angles(a, at, scale, nt, angles_deg);
    return scale > 0;
}

/* One column of a table into every third of angles_deg. */
static bool column_angles(loom_call *call, const loom_value *table, const loom_array *a, int64_t nt,
                          double *angles_deg)
{
    const double *v = loom_column_in(call, "angles", table, a, "degree", nt, "images");
    for (int64_t k = 0; v && k < nt; k++) angles_deg[3 * k] = v[k];
    return v != NULL;
}

static bool table_angles(loom_call *call, const loom_value *table, int64_t nt, double *angles_deg)
{
    static const char *const names[3] = { "phi", "theta", "psi" };
    const loom_host *h = call->host;
    const loom_array *only = h->array_at(table, 1) ? NULL : h->array_at(table, 0);
    if (!h->array(table, "theta")) {
        if (only) return column_angles(call, table, only, nt, angles_deg + 1);
        h->fail(call, LOOM_E_DATA, "angles",
                "the table has several columns and none of them is 'theta'; name that of the tilt "
                "angles so (io.read_csv: columns)");
        return false;
    }
    for (int i = 0; i < 3; i++) {
        const loom_array *a = h->array(table, names[i]);
        if (a && !column_angles(call, table, a, nt, angles_deg + i)) return false;
    }
    return true;
}

static bool find_angles(loom_call *call, int64_t nt, double *angles_deg)
{
    const loom_value *v = call->host->input(call, "angles", 0);
    const char *type = call->host->type(v);
    if (!strcmp(type, "array")) return array_angles(call, nt, angles_deg);
    if (!strcmp(type, "table")) return table_angles(call, v, nt, angles_deg);
    call->host->fail(call, LOOM_E_DATA, "angles", "expected an array or a table, found %s", type);
    return false;
}

/* ---- images ---------------------------------------------------------------------------------- */

static const loom_array *image_array(loom_call *call, int64_t i)
{
    const loom_host *h = call->host;
    const loom_value *v = h->input(call, "images", i);
    return v ? h->array(v, "data") : NULL;
}

static int64_t tilts_of(const loom_array *a) { return a->rank == 3 ? a->dim[0] : 1; }

/* The shape [tilt][y][x] of all images together; false after failing. */
static bool find_shape(loom_call *call, int64_t dim[3])
{
    const loom_host *h = call->host;
    int64_t count = h->input_count(call, "images");
    dim[0] = 0;
    for (int64_t i = 0; i < count; i++) {
        const loom_array *a = image_array(call, i);
        if (!a || a->rank < 2 || a->rank > 3 || !loom_array_count(a)) {
            h->fail(call, LOOM_E_DATA, "images",
                    "images must be [tilt][y][x], found %d axes and %lld numbers",
                    a ? (int)a->rank : 0, a ? (long long)loom_array_count(a) : 0LL);
            return false;
        }
        const int64_t *size = a->dim + a->rank - 2;
        if (i == 0) {
            dim[1] = size[0];
            dim[2] = size[1];
        }
        if (size[0] != dim[1] || size[1] != dim[2]) {
            h->fail(call, LOOM_E_DATA, "images",
                    "array %lld has images of %lld x %lld pixels, the first one of %lld x %lld",
                    (long long)i + 1, (long long)size[0], (long long)size[1], (long long)dim[1],
                    (long long)dim[2]);
            return false;
        }
        dim[0] += tilts_of(a);
        if (!loom_need_finite(call, "images", a)) return false;
    }
    return true;
}

/* All files of the images have pixels of one size, as far as they say; false after failing. */
static bool same_pixels(loom_call *call)
{
    const loom_host *h = call->host;
    double first = 0, other = 0;
    if (!h->number(h->input(call, "images", 0), "pixel_size", &first)) return true;
    for (int64_t i = 1; i < h->input_count(call, "images"); i++)
        if (h->number(h->input(call, "images", i), "pixel_size", &other)
            && fabs(other - first) > 0.01 * fabs(first)) {
            h->fail(call, LOOM_E_DATA, "images",
                    "array %lld has a pixel size of %g, the first one of %g; expected one size",
                    (long long)i + 1, other, first);
            return false;
        }
    return true;
}

static bool join_images(loom_call *call, const int64_t dim[3], double level, float *dst)
{
    int64_t count = call->host->input_count(call, "images");
    for (int64_t i = 0; i < count; i++) {
        const loom_array *a = image_array(call, i);
        if (!io_single(call, "images", a, level, dst)) return false;
        dst += tilts_of(a) * dim[1] * dim[2];
    }
    return true;
}

/* ---- run ------------------------------------------------------------------------------------- */

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    int64_t dim[3];
    if (!find_shape(call, dim) || !same_pixels(call)) return LOOM_E_DATA;
    double of_file = io_length(call, "images", "pixel_size");
    if (!(of_file > 0)) of_file = io_length(call, "images", "voxel_size");
    double pixel_A = io_size(call, "pixel_size", p->pixel_size, of_file);
    if (!(pixel_A > 0)) return LOOM_E_PARAM;
    loom_value *tilts = h->output(call, "tilts");
    float *dst = h->add_array(call, tilts, "images", LOOM_F32, 3, dim, image_array(call, 0)->unit);
    double *angles_deg =
        h->add_array(call, tilts, "angles", LOOM_F64, 2, (int64_t[]){ dim[0], 3 }, "degree");
    if (!dst || !angles_deg) return LOOM_E_MEMORY;
    if (!join_images(call, dim, p->subtract ? p->background : 0, dst)
        || !find_angles(call, dim[0], angles_deg))
        return LOOM_E_DATA;
    series_check_angles(call, angles_deg, dim[0]);
    if (p->counts && !p->subtract) series_check_counts(call, dst, dim[0] * dim[1] * dim[2]);
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
    .revision = 3,
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
