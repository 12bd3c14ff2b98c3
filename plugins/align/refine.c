/* align.refine - displacements and Euler angles of every tilt, refined against re-projections of
 * the volume they make together. */
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/geometry.h"
#include "kit/level.h"
#include "refinement.h"
#include "spectrum.h"
#include <string.h>

static const loom_param param_table[] = {
    LOOM_PARAM(params, shifts, .def = 1, .doc = "refine the displacement of every image"),
    LOOM_PARAM(params, phi, .def = 1, .doc = "refine phi of every tilt"),
    LOOM_PARAM(params, theta, .def = 1, .doc = "refine theta of every tilt"),
    LOOM_PARAM(params, psi, .def = 1, .doc = "refine psi of every tilt"),
    LOOM_PARAM(params, binning, .text = "4, 1.5", .min = 1, .max = 64,
               .doc = "pixels to one, stage after stage, coarse to fine; multiples of 0.5"),
    LOOM_PARAM(params, iterations, .def = 300, .min = 4, .max = 10000,
               .doc = "of volume and poses together, in each stage, at most"),
    LOOM_PARAM(params, tolerance, .unit = "pixel", .def = 0.012, .min = 0, .max = 100,
               .doc = "a stage ends when 20 iterations move the content of the images by less, "
                      "root mean square at the specimen's edge"),
    LOOM_PARAM(params, range_shift, .unit = "pixel", .def = 20, .min = 0, .max = 10000,
               .doc = "largest displacement searched, per axis"),
    LOOM_PARAM(params, range_angle, .unit = "degree", .def = 3, .min = 0, .max = 45,
               .doc = "largest change of an angle"),
    LOOM_PARAM(params, thickness, .unit = "pixel", .min = 0, .max = 65536,
               .doc = "depth of the volume along z; 0: as the images are wide"),
    LOOM_PARAM(params, background, .min = -1e30, .max = 1e30,
               .doc = "level of a pixel without specimen, in units of the images; adds to the "
                      "attribute `background` of the series"),
    LOOM_PARAM(params, positivity, .def = 1, .flags = LOOM_ADVANCED,
               .doc = "negative densities become zero"),
    LOOM_PARAM(params, hull, .def = 1, .flags = LOOM_ADVANCED,
               .doc = "where no mask is connected, voxels that two or more images see outside the "
                      "specimen stay empty"),
    LOOM_PARAM(params, atoms, .def = 1,
               .doc = "a last stage with atoms in place of voxels, where the images show atoms; it "
                      "refines theta best"),
    LOOM_PARAM(params, bond_spread, .def = 0.05, .min = 0.001, .max = 10, .flags = LOOM_ADVANCED,
               .doc = "standard deviation of the distance of neighbouring atoms over its mean, as "
                      "the last stage takes it to be before it sees the images"),
    LOOM_PARAM(params, damping, .def = 1e-3, .min = 0, .max = 1e6, .flags = LOOM_ADVANCED,
               .doc = "of a step, relative to the curvature"),
    { 0 }
};
static const loom_port inputs[] = {
    { "tilts", "tilt_series", "projections, displaced by some pixels at most", 0 },
    { "mask", "mask", "support of the specimen, on the grid of the volume at binning 1",
      LOOM_OPTIONAL },
    { "initial", "volume",
      "where each reconstruction starts from, on the grid of the volume at binning 1. Not "
      "connected: empty",
      LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "tilts", "tilt_series", "images moved back by the displacements found, refined angles", 0 },
    { "parameters", "table",
      "a row per tilt: displacement of its content, angles, their changes, standard errors, "
      "R-factor",
      0 },
    { "convergence", "table",
      "a row per 20 iterations, or per step with atoms (binning 1): binning, R-factor, and how far "
      "displacements (`move`) and angles (`turn`) went in them, root mean square",
      0 },
    { "volume", "volume", "last reconstruction, at the last binning", 0 },
    { "atoms", "atoms",
      "those of the last stage under the refined angles, with heights; none where its poses were "
      "not taken",
      0 },
    { 0 }
};

/* ---- decide ---------------------------------------------------------------------------------- */
static bool on_grid(const refinement *q, const char *port, const char *name)
{
    const loom_array *a = loom_need(q->call, port, name);
    if (!a) return false;
    return loom_need_same_grid(q->call, port, a,
                               "the volume at binning 1 (`thickness` is its depth)",
                               (int64_t[]){ q->nz, q->ny, q->nx });
}

static loom_status decide(loom_call *call, const params *p, refinement *q, bool look)
{
    const loom_host *h = call->host;
    const loom_array *images = loom_need(call, "tilts", "images"),
                     *angles = loom_need(call, "tilts", "angles");
    *q = (refinement){ .call = call, .p = p, .threads = h->threads(call) };
    if (!images || !angles || !loom_need_number(call, "tilts", "pixel_size", &q->pixel_size))
        return LOOM_E_DATA;
    q->nt = images->dim[0];
    q->ny = images->dim[1];
    q->nx = images->dim[2];
    q->nz = p->thickness > 0 ? p->thickness : q->nx;
    q->images = images->data;
    q->angles_deg = angles->data;
    if (!(p->shifts || p->phi || p->theta || p->psi))
        return h->fail(call, LOOM_E_PARAM, "shifts",
                       "nothing to refine; switch on `shifts`, `phi`, `theta` or `psi`");
    for (int64_t i = 0; i < p->binning.n; i++)
        if (2 * p->binning.v[i] != floor(2 * p->binning.v[i]))
            return h->fail(call, LOOM_E_PARAM, "binning", "binning %g is not a multiple of 0.5",
                           p->binning.v[i]);
    if (p->binning.n < 1)
        return h->fail(call, LOOM_E_PARAM, "binning", "no stages; give at least one binning");
    if (q->nt < 2)
        return h->fail(call, LOOM_E_DATA, "tilts", "%lld images; refinement needs at least two",
                       (long long)q->nt);
    for (int64_t i = 0; i < p->binning.n; i++)
        if (spectrum_binned(q->nx, p->binning.v[i]) < 8
            || spectrum_binned(q->ny, p->binning.v[i]) < 8)
            return h->fail(call, LOOM_E_PARAM, "binning",
                           "images of %lld x %lld pixels are less than 8 wide at binning %g; give "
                           "a smaller one",
                           (long long)q->ny, (long long)q->nx, p->binning.v[i]);
    if (look
        && (!loom_need_finite(call, "tilts", images) || !loom_need_finite(call, "tilts", angles)))
        return LOOM_E_DATA;
    if (h->input(call, "mask", 0) && !on_grid(q, "mask", "mask")) return LOOM_E_DATA;
    if (h->input(call, "initial", 0)
        && (!on_grid(q, "initial", "density")
            || (look
                && !loom_need_finite(call, "initial",
                                     h->array(h->input(call, "initial", 0), "density")))))
        return LOOM_E_DATA;
    q->level = loom_background(call, "tilts", p->background);
    q->radius_px = (double)(q->nx < q->ny ? q->nx : q->ny) / 3;
    const bool on[POSE_COUNT] = { p->shifts, p->shifts, p->phi, p->theta, p->psi };
    for (int i = 0; i < POSE_COUNT; i++) {
        q->rules.refine[i] = on[i];
        q->rules.range[i] = i < POSE_PHI ? p->range_shift : p->range_angle;
    }
    return LOOM_OK;
}

static bool start(refinement *q)
{
    const loom_host *h = q->call->host;
    size_t nt = (size_t)q->nt;
    q->start = h->scratch(q->call, 6 * nt * sizeof(pose));
    q->report = h->scratch(q->call, nt * sizeof *q->report);
    q->row_room = q->p->binning.n * (q->p->iterations / STRETCH) + ATOM_STEPS;
    q->rows = h->scratch(q->call, (size_t)(q->row_room * ROW) * sizeof(double));
    if (!q->start || !q->report || !q->rows) return false;
    q->now = q->start + nt;
    q->change = q->now + nt;
    q->before = q->change + nt;
    q->ahead = q->before + nt;
    q->marked = q->ahead + nt;
    for (size_t k = 0; k < nt; k++) {
        q->start[k] = (pose){ { 0 } };
        memcpy(q->start[k].v + POSE_PHI, q->angles_deg + 3 * k, 3 * sizeof(double));
        q->now[k] = q->start[k];
    }
    return true;
}

static loom_status find_noise(refinement *q)
{
    loom_noise *noise = q->call->host->scratch(q->call, (size_t)q->nt * sizeof *noise);
    if (!noise) return LOOM_E_MEMORY;
    int known = loom_noise_read(q->call, "tilts", q->nt, noise);
    q->noise = known > 0 ? noise : NULL;
    return known < 0 ? LOOM_E_DATA : LOOM_OK;
}

/* ---- outputs --------------------------------------------------------------------------------- */
static bool write_tilts(refinement *q)
{
    const loom_host *h = q->call->host;
    loom_value *v = h->output(q->call, "tilts");
    float *images = v ? h->add_array(q->call, v, "images", LOOM_F32, 3,
                                     (int64_t[]){ q->nt, q->ny, q->nx }, NULL)
                      : NULL;
    double *angles =
        v ? h->add_array(q->call, v, "angles", LOOM_F64, 2, (int64_t[]){ q->nt, 3 }, "degree")
          : NULL;
    double *back = h->scratch(q->call, (size_t)(2 * q->nt) * sizeof(double));
    if (!images || !angles || !back) return false;
    if (q->p->shifts) h->set_number(q->call, v, "counts", 0, "");
    loom_rest how = { .moved = q->p->shifts ? "yx" : NULL };
    if (!loom_pass_rest_as(q->call, h->input(q->call, "tilts", 0), v, how)) return false;
    for (int64_t k = 0; k < q->nt; k++) {
        memcpy(angles + 3 * k, q->now[k].v + POSE_PHI, 3 * sizeof(double));
        for (int i = 0; i < 2; i++) back[2 * k + i] = -q->now[k].v[i];
    }
    return spectrum_move(q->call, &(spectrum_job){ .nt = q->nt,
                                                   .ny = q->ny,
                                                   .nx = q->nx,
                                                   .src = q->images,
                                                   .level = (float)q->level,
                                                   .shift_px = back,
                                                   .binning = 1,
                                                   .dst = images,
                                                   .threads = q->threads });
}

static bool write_parameters(refinement *q)
{
    static const char *const names[3 * POSE_COUNT] = { "shift_x",    "shift_y",     "phi",
                                                       "theta",      "psi",         "change_x",
                                                       "change_y",   "change_phi",  "change_theta",
                                                       "change_psi", "error_x",     "error_y",
                                                       "error_phi",  "error_theta", "error_psi" };
    const loom_host *h = q->call->host;
    loom_value *v = h->output(q->call, "parameters");
    int32_t *tilt = v ? h->add_array(q->call, v, "tilt", LOOM_I32, 1, &q->nt, NULL) : NULL;
    if (!tilt) return false;
    for (int c = 0; c < 3 * POSE_COUNT; c++) {
        int i = c % POSE_COUNT;
        double *column = h->add_array(q->call, v, names[c], LOOM_F64, 1, &q->nt,
                                      i < POSE_PHI ? "pixel" : "degree");
        if (!column) return false;
        for (int64_t k = 0; k < q->nt; k++)
            column[k] = c < POSE_COUNT       ? q->now[k].v[i]
                        : c < 2 * POSE_COUNT ? q->now[k].v[i] - q->start[k].v[i]
                                             : q->report[k].sigma[i];
    }
    double *r = h->add_array(q->call, v, "r_factor", LOOM_F64, 1, &q->nt, NULL);
    if (!r) return false;
    for (int64_t k = 0; k < q->nt; k++) {
        tilt[k] = (int32_t)k;
        r[k] = q->report[k].r_factor;
    }
    return true;
}

static bool write_convergence(refinement *q)
{
    static const struct {
        const char *name, *unit;
    } columns[ROW] = { { "binning", NULL },
                       { "iteration", NULL },
                       { "r_factor", NULL },
                       { "move", "pixel" },
                       { "turn", "degree" } };
    const loom_host *h = q->call->host;
    loom_value *v = h->output(q->call, "convergence");
    for (int c = 0; c < ROW; c++) {
        double *column =
            v ? h->add_array(q->call, v, columns[c].name, LOOM_F64, 1, &q->done, columns[c].unit)
              : NULL;
        if (!column) return false;
        for (int64_t i = 0; i < q->done; i++) column[i] = q->rows[ROW * i + c];
    }
    return true;
}

static bool write_volume(refinement *q)
{
    const loom_host *h = q->call->host;
    const tomogram *t = &q->t;
    loom_value *v = h->output(q->call, "volume");
    float *density = v ? h->add_array(q->call, v, "density", LOOM_F32, 3,
                                      (int64_t[]){ t->nz, t->ny, t->nx }, NULL)
                       : NULL;
    if (!density) return false;
    memcpy(density, t->volume, (size_t)(t->nz * t->ny * t->nx) * sizeof(float));
    h->set_number(q->call, v, "voxel_size", q->pixel_size * t->binning, "angstrom");
    return true;
}

static bool write_atoms(refinement *q)
{
    const loom_host *h = q->call->host;
    loom_value *v = h->output(q->call, "atoms");
    double *position =
        v ? h->add_array(q->call, v, "position", LOOM_F64, 2, (int64_t[]){ q->n, 3 }, "angstrom")
          : NULL;
    double *height = v ? h->add_array(q->call, v, "height", LOOM_F64, 1, &q->n, NULL) : NULL;
    int32_t *species = v ? h->add_array(q->call, v, "species", LOOM_I32, 1, &q->n, NULL) : NULL;
    if (!position || !height || !species) return false;
    for (int64_t j = 0; j < q->n; j++) {
        for (int i = 0; i < 3; i++)
            position[3 * j + i] = q->point[LOOM_POINT * j + i] * q->pixel_size;
        height[j] = q->point[LOOM_POINT * j + 3];
        species[j] = 0;
    }
    h->set_text(q->call, v, "symbols", "X");
    if (q->n) h->set_number(q->call, v, "image_width", q->sigma_px * q->pixel_size, "angstrom");
    return true;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    refinement q;
    loom_status status = decide(call, p, &q, true);
    if (status != LOOM_OK) return status;
    if (!start(&q)) return LOOM_E_MEMORY;
    if ((status = find_noise(&q)) != LOOM_OK) return status;
    for (int64_t stage = 0; stage < p->binning.n; stage++) {
        /* theta alone waits for the last */
        if (stage + 1 < p->binning.n && !p->shifts && !p->phi && !p->psi) continue;
        if (!stage_open(&q, p->binning.v[stage])) return LOOM_E_MEMORY;
        if ((status = stage_run(&q, stage)) != LOOM_OK) return status;
        if (stage + 1 < p->binning.n) stage_close(&q);
    }
    if (p->atoms && (status = atoms_run(&q)) != LOOM_OK) return status;
    return write_tilts(&q) && write_parameters(&q) && write_convergence(&q) && write_volume(&q)
                   && write_atoms(&q)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    const params *p = param_struct;
    refinement q;
    loom_status status = decide(call, p, &q, false);
    if (status != LOOM_OK) return status;
    double finest = p->binning.v[0];
    for (int64_t i = 1; i < p->binning.n; i++) finest = fmin(finest, p->binning.v[i]);
    int64_t ny = spectrum_binned(q.ny, finest), nx = spectrum_binned(q.nx, finest),
            nz = spectrum_binned(q.nz, finest);
    loom_projector_spec spec = { .nt = q.nt,
                                 .ny = ny,
                                 .nx = nx,
                                 .vz = nz,
                                 .vy = ny,
                                 .vx = nx,
                                 .angles_deg = q.angles_deg,
                                 .threads = q.threads };
    out->bytes = 6 * sizeof(float) * (uint64_t)loom_images_floats(q.nt, ny, nx)
                 + 6 * sizeof(float) * (uint64_t)loom_volume_floats(nz, ny, nx)
                 + 3 * loom_projector_bytes(&spec) / 2 + (1u << 22);
    if (p->atoms)
        out->bytes += (uint64_t)(q.nt * q.ny * q.nx) * 4 * 5
                      + (uint64_t)atoms_room(&q) * (uint64_t)(12 * q.nt + 800)
                      + (uint64_t)(q.ny * q.nx * q.threads) * 20;
    out->uses_threads = true;
    return LOOM_OK;
}

static const loom_citation citations[] = {
    CITE_PHAM_2023, CITE_ODONOGHUE_2015, CITE_TRIGGS_2000, { 0 }
};

static const loom_op align_refine = {
    .size = sizeof(loom_op),
    .revision = 7,
    .id = "align.refine",
    .summary = "Displacement and Euler angles of every tilt, refined against re-projections of the "
               "reconstruction.",
    .method =
        "Minimises the squared residual between the images and the projections of one volume "
        "over the volume **and** the poses at once. An iteration is a gradient step of the "
        "volume (as in `reconstruct.resire`, with positivity and support) and a Gauss-Newton "
        "step of every tilt's displacement and Euler angles, both carried on by Nesterov's "
        "momentum. Refining against a volume that has been fitted to the wrong poses "
        "converges slowly, since the volume explains most of what is wrong; descending "
        "together does not wait for it.\n\n"
        "**Derivatives** come without turned volumes: rotating the specimen about an axis in "
        "the detector's plane moves content by depth times angle, so the derivative "
        "is a gradient of the projection of the volume times its depth, one more projection "
        "for all tilts.\n\n"
        "**Stages.** Images are brought to larger pixels by a Gaussian and Fourier cropping; "
        "each stage starts from an empty volume (or `initial`) and the poses of the one "
        "before. In each, the "
        "volume goes ahead alone, then displacements, phi and psi join, at last theta, in "
        "the last stage only.\n\n"
        "**Atoms.** The last stage puts atoms in place of voxels: maxima of the volume "
        "become points of one Gaussian width and an amplitude each, and Gauss-Newton steps "
        "(conjugate gradients) "
        "refine positions, amplitudes, width and all poses together on the images at full "
        "resolution, every pixel weighed by its noise. What is left of a background in each image "
        "is fitted out as a polynomial of degree 4. Springs between neighbours "
        "(`bond_spread`) keep "
        "positions from following noise, which would draw tilts near a zone axis towards "
        "it; strains of the whole specimen, which the poses can nearly follow, are solved "
        "for apart. Between steps, faint "
        "points go, those nearer than 0.7 of a bond become one, and points are added where "
        "the residual, filtered with the image of a point and back-projected, shows that one "
        "is missing. Its "
        "poses are taken where they settle within a pixel of those of the voxels, distances "
        "of neighbours scatter by less than 8 %, an atom is narrower "
        "than 0.4 of them, and the residual is nearly white; otherwise the poses of the "
        "voxels are kept and a note says why.\n\n"
        "**Gauge.** A rotation and a translation of the specimen change no projection: the "
        "mean rotation and the translation that explain most of the changes are removed, "
        "so the poses stay "
        "nearest to the input. A stretch of all theta as tan(theta) looks much like a "
        "specimen longer along the beam, and noise prefers the stretch: with voxels that one "
        "combination is left as in the "
        "input, with atoms it is refined. A displacement says how far content moved towards "
        "+x, +y; the output images are moved back by it (Fourier shift, flux kept). `volume` "
        "is that of the voxel stages.",
    .citations = citations,
    .limits = "The whole specimen must be inside every image, on a background that is subtracted "
              "(`background`). Start within a few pixels: align.centre_of_mass first. Where atoms "
              "are not resolved or not "
              "found, theta is the least certain: a volume free in every voxel can follow much of "
              "a wrong theta, so expect 0.1 to 0.15 degree where displacements reach 0.03 pixels. "
              "The stage with atoms "
              "takes one width for all atoms and one mean distance for all neighbours, and finds "
              "them best at 1.5 pixels per width or more. The voxel stages weigh all pixels the "
              "same. The standard errors take "
              "the volume, or the atoms, as known and so are too small.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("align.refine", "1.0", "BSD-3-Clause", &align_refine);
