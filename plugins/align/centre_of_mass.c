/* align.centre_of_mass - every image moved so that its centre of mass lies on the rotation centre.
 */
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/geometry.h"
#include "kit/level.h"
#include "kit/table.h"
#include "spectrum.h"

typedef struct params {
    double background;
    bool clip;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(
        params, background, .min = -1e30, .max = 1e30,
        .doc =
            "level of a pixel without specimen; adds to the attribute `background` of the series"),
    LOOM_PARAM(
        params, clip, .def = 0,
        .doc = "pixels below the background count as empty; biased where the background is noisy"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series", "the whole specimen in every image, on a known background", 0 }, { 0 }
};
static const loom_port outputs[] = { { "tilts", "tilt_series",
                                       "the images moved; everything else as it was", 0 },
                                     { "shifts", "table",
                                       "displacement of every image's centre of mass from the "
                                       "rotation centre; total above background",
                                       0 },
                                     { 0 } };

/* Centre of mass from the rotation centre in pixels; returns the total. */
static double centre_of(const float *image, int64_t ny, int64_t nx, double level, bool clip,
                        double out[2])
{
    double sum = 0, x = 0, y = 0;
    for (int64_t iy = 0; iy < ny; iy++) {
        double row = 0;
        for (int64_t ix = 0; ix < nx; ix++) {
            double v = (double)image[iy * nx + ix] - level;
            if (clip && v < 0) v = 0;
            row += v;
            x += v * (double)(ix - loom_centre(nx));
        }
        sum += row;
        y += row * (double)(iy - loom_centre(ny));
    }
    out[0] = x / sum;
    out[1] = y / sum;
    return sum;
}

/* Centres of mass into the table, and what moves them to the rotation centre into back[nt][2]. */
static loom_status find_centres(loom_call *call, const params *p, const loom_array *images,
                                double level, double *back)
{
    const loom_host *h = call->host;
    int64_t nt = images->dim[0], ny = images->dim[1], nx = images->dim[2];
    loom_value *table = h->output(call, "shifts");
    double *x = table ? loom_table_column(call, table, "shift_x", nt, "pixel") : NULL,
           *y = table ? loom_table_column(call, table, "shift_y", nt, "pixel") : NULL,
           *total = table ? loom_table_column(call, table, "total", nt, NULL) : NULL;
    if (!x || !y || !total) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < nt; k++) {
        double centre[2];
        total[k] =
            centre_of((const float *)images->data + k * ny * nx, ny, nx, level, p->clip, centre);
        if (!(total[k] > 0) || !(fabs(centre[0]) < (double)nx) || !(fabs(centre[1]) < (double)ny))
            return h->fail(call, LOOM_E_DATA, "tilts",
                           "image %lld sums to %g above the background %g and has no centre of "
                           "mass; check `background`",
                           (long long)k, total[k], level);
        x[k] = centre[0];
        y[k] = centre[1];
        for (int a = 0; a < 2; a++) back[2 * k + a] = -centre[a];
    }
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    const loom_array *images = loom_need(call, "tilts", "images"),
                     *angles = loom_need(call, "tilts", "angles");
    if (!images || !angles || !loom_need_finite(call, "tilts", images)) return LOOM_E_DATA;
    if (loom_array_count(images) < 1)
        return h->fail(call, LOOM_E_DATA, "tilts", "the tilt series is empty");
    double level = loom_background(call, "tilts", p->background),
           *back = h->scratch(call, (size_t)(2 * images->dim[0]) * sizeof(double));
    float *dst = moved_begin(call, images, angles);
    if (!dst || !back) return LOOM_E_MEMORY;
    loom_status status = find_centres(call, p, images, level, back);
    return status == LOOM_OK ? moved_finish(call, images, level, back, dst) : status;
}

static const loom_citation citations[] = { CITE_SCOTT_2012, { 0 } };

static const loom_op align_centre_of_mass = {
    .size = sizeof(loom_op),
    .revision = 3,
    .id = "align.centre_of_mass",
    .summary = "Every image moved so that its centre of mass lies on the rotation centre.",
    .method =
        "The centre of mass of a projection is the projection of the specimen's centre of mass, so "
        "with all of them on the rotation centre the images share one origin. Moments of image "
        "minus background; Fourier shift by the exact fraction of a pixel.",
    .citations = citations,
    .limits =
        "The whole specimen must be inside every image and the background subtracted: a remainder "
        "of 1 % of the specimen's total, spread evenly, pulls the centre by 1 % of its distance.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("align.centre_of_mass", "1.0", "BSD-3-Clause", &align_centre_of_mass);
