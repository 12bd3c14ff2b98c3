/* io.tilt_series - images and angles joined into a tilt series. */
#include <atomloom/op.h>
#include "io/convert.h"
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

/* ---- what is implausible --------------------------------------------------------------------- */

static bool same_orientation(const double *a, const double *b)
{
    return fabs(a[0] - b[0]) < 1e-6 && fabs(a[1] - b[1]) < 1e-6 && fabs(a[2] - b[2]) < 1e-6;
}

/* How many orientations are there already, earlier in the list. */
static int64_t count_repeated(const double *angles_deg, int64_t nt)
{
    int64_t repeated = 0;
    for (int64_t k = 1; k < nt; k++)
        for (int64_t i = 0; i < k; i++)
            if (same_orientation(angles_deg + 3 * k, angles_deg + 3 * i)) {
                repeated++;
                break;
            }
    return repeated;
}

/* Angles of another unit, or of another list. One orientation may well occur twice (the first image
 * repeated at the end), and tilts come in any order (dose-symmetric schemes): neither is a reason
 * to warn. */
static void warn_of_angles(loom_call *call, const double *angles_deg, int64_t nt)
{
    enum { FEW = 10 };
    const loom_host *h = call->host;
    double low = INFINITY, high = -INFINITY;
    int64_t repeated = nt <= 5000 ? count_repeated(angles_deg, nt) : 0;
    for (int64_t i = 0; i < 3 * nt; i++) {
        low = fmin(low, angles_deg[i]);
        high = fmax(high, angles_deg[i]);
    }
    if (low < -360 || high > 360)
        h->warn(call, "angles",
                "the angles reach from %g to %g, beyond a full turn; they are taken "
                "as degrees: are they in another unit?",
                low, high);
    else if (nt > FEW && repeated == nt - 1)
        h->warn(call, "angles", "all %lld orientations are the same", (long long)nt);
    else if (nt > FEW && low >= -3.2 && high <= 3.2)
        h->warn(call, "angles",
                "the angles of all %lld tilts lie between %.4g and %.4g degrees: are "
                "they in radians? multiply them by 180/pi",
                (long long)nt, low, high);
    else if (nt > FEW && low >= 0 && high <= 6.3)
        h->warn(call, "angles",
                "the angles of all %lld tilts lie between %.4g and %.4g degrees: are "
                "they in radians, over a full turn? multiply them by 180/pi",
                (long long)nt, low, high);
    else if (nt > FEW && 4 * repeated > nt)
        h->warn(call, "angles",
                "%lld of %lld orientations occur earlier in the list: does it belong "
                "to these images?",
                (long long)repeated, (long long)nt);
}

/* Counts are whole and not negative. */
static void warn_of_counts(loom_call *call, const float *images, int64_t n)
{
    int64_t odd = 0;
    for (int64_t i = 0; i < n; i++) odd += images[i] < 0 || images[i] != floorf(images[i]);
    if (odd)
        call->host->warn(call, "counts",
                         "%lld of %lld pixels are negative or no whole numbers: the "
                         "images are not raw electron counts",
                         (long long)odd, (long long)n);
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
    warn_of_angles(call, angles_deg, dim[0]);
    if (p->counts && !p->subtract) warn_of_counts(call, dst, loom_array_count(images));
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
        "between 0 and 6.3), reach beyond a full turn or mostly repeat; where `pixel_size` and "
        "the file of the images differ by more than 1 %; and where `counts` are not whole "
        "numbers.",
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
