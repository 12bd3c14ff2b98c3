/* reconstruct.project - the projections a volume gives. */
#include "kit/check.h"
#include "kit/projector.h"

typedef struct params {
    loom_reals angles;
    int64_t oversampling, width;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(
        params, angles, .unit = "degree", .min = -360, .max = 360,
        .doc =
            "theta of every tilt, about the y axis; used where no series is connected to `tilts`"),
    LOOM_PARAM(params, width, .unit = "pixel", .min = 0, .max = 65536,
               .doc = "columns of the images; 0: those of the series, or of the volume"),
    LOOM_PARAM(params, oversampling, .def = 3, .min = 1, .max = 3, .flags = LOOM_ADVANCED,
               .doc = "projector's samples per pixel, as in the reconstructors"),
    { 0 }
};
static const loom_port inputs[] = {
    { "volume", "volume", "density", 0 },
    { "tilts", "tilt_series",
      "a series whose angles and image size are taken; its images are not used", LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "tilts", "tilt_series", "sums of voxels along the rays", LOOM_FRESH }, { 0 }
};

/* Angles of all views, and the size of the detector, from the series or the parameters. */
static loom_status views(loom_call *call, const params *p, const loom_array *density,
                         int64_t dim[3], const double **angles_deg)
{
    const loom_host *h = call->host;
    dim[1] = density->dim[1];
    dim[2] = density->dim[2];
    if (h->input(call, "tilts", 0)) {
        const loom_array *angles = loom_need(call, "tilts", "angles"),
                         *images = loom_need(call, "tilts", "images");
        if (!angles || !images || !loom_need_finite(call, "tilts", angles)) return LOOM_E_DATA;
        memcpy(dim, images->dim, 3 * sizeof *dim);
        *angles_deg = angles->data;
    } else {
        dim[0] = p->angles.n;
        double *made = h->scratch(call, (size_t)(3 * dim[0] + 1) * sizeof(double));
        if (!made) return LOOM_E_MEMORY;
        for (int64_t k = 0; k < dim[0]; k++) {
            made[3 * k] = made[3 * k + 2] = 0;
            made[3 * k + 1] = p->angles.v[k];
        }
        *angles_deg = made;
    }
    if (p->width > 0) dim[2] = p->width;
    if (dim[0] < 1)
        return h->fail(call, LOOM_E_PARAM, "angles",
                       "no views: give `angles` or connect a series to `tilts`");
    if (dim[1] < 1 || dim[2] < 1 || loom_array_count(density) < 1)
        return h->fail(call, LOOM_E_DATA, "volume",
                       "cannot project a volume [%lld][%lld][%lld] onto %lld x %lld pixels",
                       (long long)density->dim[0], (long long)density->dim[1],
                       (long long)density->dim[2], (long long)dim[1], (long long)dim[2]);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    const loom_array *density = loom_need(call, "volume", "density");
    double voxel, other;
    if (!density || !loom_need_number(call, "volume", "voxel_size", &voxel)
        || !loom_need_finite(call, "volume", density))
        return LOOM_E_DATA;
    int64_t dim[3];
    const double *angles_deg;
    loom_status status = views(call, p, density, dim, &angles_deg);
    if (status != LOOM_OK) return status;
    if (h->input(call, "tilts", 0) && h->number(h->input(call, "tilts", 0), "pixel_size", &other)
        && fabs(other - voxel) > 1e-6 * voxel)
        return h->fail(call, LOOM_E_DATA, "tilts",
                       "pixels of %g angstrom, voxels of %g; they must be equal: `volume.resample` "
                       "changes the voxels",
                       other, voxel);
    loom_projector *a =
        loom_projector_make(call, &(loom_projector_spec){ .nt = dim[0],
                                                          .ny = dim[1],
                                                          .nx = dim[2],
                                                          .vz = density->dim[0],
                                                          .vy = density->dim[1],
                                                          .vx = density->dim[2],
                                                          .angles_deg = angles_deg,
                                                          .oversampling = (int)p->oversampling,
                                                          .threads = h->threads(call),
                                                          .port = "volume" });
    float *u = a ? h->scratch(call, (size_t)a->volume_floats * sizeof(float)) : NULL,
          *w = u ? h->scratch(call, (size_t)a->image_floats * sizeof(float)) : NULL;
    loom_value *tilts = h->output(call, "tilts");
    float *images = w ? h->add_array(call, tilts, "images", LOOM_F32, 3, dim, NULL) : NULL;
    double *angles = images ? h->add_array(call, tilts, "angles", LOOM_F64, 2,
                                           (int64_t[]){ dim[0], 3 }, "degree")
                            : NULL;
    if (!angles) return LOOM_E_MEMORY;
    memcpy(angles, angles_deg, (size_t)(3 * dim[0]) * sizeof(double));
    h->set_number(call, tilts, "pixel_size", voxel, "angstrom");
    loom_projector_load_volume(a, density->data, u);
    for (int64_t k = 0, step = 8; k < dim[0]; k += step) {
        loom_project(a, k, k + step < dim[0] ? k + step : dim[0], u, w);
        if (!h->progress(call, (double)k, (double)dim[0])) return LOOM_E_CANCELLED;
    }
    loom_projector_store_images(a, w, images);
    return LOOM_OK;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    const params *p = param_struct;
    const loom_array *density = loom_need(call, "volume", "density");
    int64_t dim[3];
    const double *angles_deg;
    if (!density) return LOOM_E_DATA;
    loom_status status = views(call, p, density, dim, &angles_deg);
    if (status != LOOM_OK) return status;
    out->bytes =
        (uint64_t)loom_volume_floats(density->dim[0], density->dim[1], density->dim[2])
            * sizeof(float)
        + (uint64_t)loom_images_floats(dim[0], dim[1], dim[2]) * sizeof(float) + (1u << 20)
        + loom_projector_bytes(&(loom_projector_spec){ .nt = dim[0],
                                                       .ny = dim[1],
                                                       .nx = dim[2],
                                                       .vz = density->dim[0],
                                                       .vy = density->dim[1],
                                                       .vx = density->dim[2],
                                                       .angles_deg = angles_deg,
                                                       .oversampling = (int)p->oversampling,
                                                       .threads = call->host->threads(call) });
    out->uses_threads = true;
    return LOOM_OK;
}

static const loom_op reconstruct_project = {
    .size = sizeof(loom_op),
    .revision = 3,
    .id = "reconstruct.project",
    .summary = "Projections of a volume at given angles.",
    .method = "The forward half of the pair that the reconstructors iterate with "
              "(kit/projector.h): every voxel is shared between the "
              "samples around the point where R^T puts it. A pixel is the sum of densities along "
              "its ray, in voxels.",
    .cites = "none",
    .limits =
        "Pixels and voxels must have the same edge. What leaves the images at their sides is lost.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("reconstruct.project", "1.0", "BSD-3-Clause", &reconstruct_project);
