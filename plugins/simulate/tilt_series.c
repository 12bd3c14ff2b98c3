/* simulate.tilt_series - a tilt series of known atoms: linear imaging, an imperfect stage and scan,
 * and a counting detector. */
#include "kit/citations.h"
#include "scene.h"
#include <omp.h>

static const loom_param param_table[] = {
    LOOM_PARAM(params, size, .unit = "pixel", .text = "256", .min = 8, .max = 8192,
               .flags = LOOM_LENGTH(1) | LOOM_LENGTH(2),
               .doc = "edge of the images, or height and width"),
    LOOM_PARAM(params, pixel_size, .unit = "angstrom", .def = 0.352, .min = 0.02, .max = 10,
               .doc = "edge of a pixel"),
    LOOM_PARAM(params, start, .unit = "degree", .def = -73, .min = -180, .max = 180,
               .doc = "first tilt angle theta"),
    LOOM_PARAM(params, stop, .unit = "degree", .def = 72.5, .min = -180, .max = 180,
               .doc = "last tilt angle theta"),
    LOOM_PARAM(params, tilts, .def = 50, .min = 1, .max = 2000,
               .doc = "number of tilts, evenly spaced from start to stop"),
    LOOM_PARAM(params, angles, .unit = "degree", .min = -360, .max = 360,
               .doc = "tilt angles theta one by one, instead of start, stop and tilts"),
    LOOM_PARAM(params, cross_section, .unit = "angstrom^2", .min = 0, .max = 100,
               .doc = "area per atom that scatters onto the detector, one per species; empty: from "
                      "Kirkland's scattering factors"),
    LOOM_PARAM(params, sigma, .unit = "angstrom", .text = "0.65", .min = 0.01, .max = 20,
               .doc = "width of an atom's image (probe, vibration, pixel-free), one for all or one "
                      "per species"),
    LOOM_PARAM(params, voltage, .unit = "kV", .def = 300, .min = 10, .max = 2000,
               .flags = LOOM_ADVANCED, .doc = "for the cross sections"),
    LOOM_PARAM(params, inner, .unit = "mrad", .def = 40.6, .min = 0, .max = 1000,
               .flags = LOOM_ADVANCED,
               .doc = "inner angle of the detector, for the cross sections"),
    LOOM_PARAM(params, outer, .unit = "mrad", .def = 200, .min = 0, .max = 1000,
               .flags = LOOM_ADVANCED,
               .doc = "outer angle of the detector, for the cross sections"),
    LOOM_PARAM(params, nonlinear, .doc = "scattered fraction 1 - exp(-I) instead of I"),
    LOOM_PARAM(params, angle_error, .unit = "degree", .text = "0, 0, 0", .min = 0, .max = 30,
               .flags = LOOM_LENGTH(3),
               .doc = "standard deviations of phi, theta, psi about the nominal angles"),
    LOOM_PARAM(params, shift_error, .unit = "pixel", .def = 0, .min = 0, .max = 1000,
               .doc = "standard deviation per axis of each tilt's displacement"),
    LOOM_PARAM(params, drift, .unit = "pixel", .def = 0, .min = 0, .max = 100,
               .doc = "standard deviation per axis of the drift from one frame to the next, steady "
                      "within a tilt"),
    LOOM_PARAM(params, jitter, .unit = "pixel", .def = 0, .min = 0, .max = 20,
               .doc = "standard deviation of each scan line's displacement along x"),
    COUNTING_PARAMS(params, counting),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "positions from the rotation centre, species and symbols", 0 },
    { "angles", "any",
      "nominal angles: a tilt series or frames with angles, or an array of theta or of rows phi, "
      "theta, psi, in degrees",
      LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "tilts", "tilt_series",
      "what the microscope records: frames summed without alignment, nominal angles", 0 },
    { "frames", "frames", "the single scans", 0 },
    { "truth", "table",
      "one row per frame: true and nominal angles, displacement, drift, expected electrons, part "
      "of the atoms' flux inside the image",
      0 },
    { "truth_tilts", "tilt_series",
      "expected electrons without displacement, drift, jitter, background and noise, at the true "
      "angles",
      0 },
    { "expected", "tilt_series",
      "expected electrons as recorded: everything but noise and detector, at the true angles", 0 },
    { "background", "tilt_series", "the part of `expected` that is background", 0 },
    { "lines", "table", "displacement of every scan line, where there is jitter", LOOM_OPTIONAL },
    { 0 }
};

static size_t image_bytes(const scene *s)
{
    return sizeof(float) * (size_t)((s->ny + 2 * s->margin) * (s->nx + 2 * s->margin));
}

static bool start_memory(loom_call *call, scene *s, int threads, workspace *w)
{
    const loom_host *h = call->host;
    size_t tilts = (size_t)s->nt, rows = tilts * (size_t)s->nf, pixels = (size_t)(s->ny * s->nx);
    double *angles = h->scratch(call, sizeof(double) * (7 * tilts + 3 * rows));
    if (s->p->jitter > 0
        && !(s->line_shift = h->scratch(call, sizeof(double) * rows * (size_t)s->ny)))
        return false;
    if (!angles) return false;
    s->angles = angles;
    s->shift = angles + 3 * tilts;
    s->drift = s->shift + 2 * tilts;
    s->signal = s->drift + 2 * tilts;
    s->captured = s->signal + rows;
    s->background_sum = s->captured + rows;
    for (int t = 0; t < threads; t++) {
        w[t].x = h->scratch(call, 2 * sizeof(double) * (size_t)s->n);
        w[t].image = h->scratch(call, image_bytes(s));
        w[t].scattered =
            h->scratch(call, sizeof(float) * (2 * pixels + counting_wave_floats(s->ny, s->nx)));
        if (!w[t].x || !w[t].image || !w[t].scattered) return false;
        w[t].y = w[t].x + s->n;
        w[t].field = w[t].scattered + pixels;
        w[t].wave = w[t].field + pixels;
    }
    return true;
}

static loom_status check(loom_call *call, const params *p)
{
    const loom_host *h = call->host;
    if (p->size.n != 1 && p->size.n != 2)
        return h->fail(call, LOOM_E_PARAM, "size",
                       "%lld numbers; give the edge, or height and width", (long long)p->size.n);
    if (p->angle_error.n != 3)
        return h->fail(call, LOOM_E_PARAM, "angle_error",
                       "%lld numbers; give the standard deviations of phi, theta, psi",
                       (long long)p->angle_error.n);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    loom_status status = check(call, p);
    if (status != LOOM_OK) return status;
    int threads = h->threads(call);
    scene s = {
        .p = p, .nf = p->counting.frames, .ny = p->size.v[0], .nx = p->size.v[p->size.n - 1]
    };
    if ((status = scene_read_atoms(call, &s)) != LOOM_OK
        || (status = scene_choose_angles(call, &s)) != LOOM_OK)
        return status;
    s.counting = counting_begin(&p->counting, s.nt, s.ny, s.nx, p->pixel_size);
    workspace *w = h->scratch(call, sizeof *w * (size_t)threads);
    if (!w || !start_memory(call, &s, threads, w)) return LOOM_E_MEMORY;
    scene_draw_errors(&s);
    if (!scene_start_outputs(call, &s)) return LOOM_E_MEMORY;
    int64_t batch = 4 * threads; /* tilts between two reports of progress */
    for (int64_t first = 0; first < s.nt; first += batch) {
        int64_t end = first + batch < s.nt ? first + batch : s.nt;
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
        for (int64_t it = first; it < end; it++) scene_acquire(&s, it, &w[omp_get_thread_num()]);
        if (!h->progress(call, (double)end, (double)s.nt)) return LOOM_E_CANCELLED;
    }
    status = scene_write_truth(call, &s);
    return status == LOOM_OK ? scene_write_lines(call, &s) : status;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    const params *p = param_struct;
    if (p->size.n < 1) return LOOM_E_PARAM;
    double edge_y = (double)p->size.v[0] + 2 * FOOTPRINT_MOST_REACH,
           edge_x = (double)p->size.v[p->size.n - 1] + 2 * FOOTPRINT_MOST_REACH;
    out->uses_threads = true;
    out->bytes =
        (uint64_t)(3 * sizeof(float) * edge_y * edge_x) * (uint64_t)call->host->threads(call);
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_HOERMANN_1993, { 0 } };

static const loom_op simulate_tilt_series = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "simulate.tilt_series",
    .summary = "A tilt series of known atoms: linear ADF images, stage and scan errors, "
               "background, Poisson counts and a detector.",
    .method = "**Image.** An electron hits a pixel of area A; an atom scatters it onto the "
              "detector with a probability of cross section / A, spread as a Gaussian of width "
              "`sigma` that is integrated over each pixel (so the flux is exact). Cross sections "
              "are those of Kirkland's scattering factors between `inner` and "
              "`outer` in the first Born approximation (Pd 0.0085, Ir 0.022 angstrom^2 at 300 kV, "
              "40.6 to 200 mrad). `nonlinear` turns the scattered fraction I into 1 - exp(-I).\n\n"
              "**Stage and scan.** True angles are the nominal ones plus normal errors; each tilt "
              "has a random displacement, each of its frames drifts on by the same step, "
              "each scan line (along x, perpendicular to the tilt axis) is displaced on its own. "
              "Displacements say how far the content of an image moved towards +x, +y.\n\n"
              "**Counts.** Expected electrons per pixel and frame: dose / (tilts * frames) * A * "
              "(scattered fraction + background). The background is a constant times 1 + "
              "`background_variation` * (sum of three random plane waves)/3, of at most one "
              "period, different for each tilt and still within it. The detector gives "
              "gain * Poisson + offset + read noise. The attribute `counts` is 1 only where the "
              "images are plain electron counts.\n\n"
              "Every random number depends on the seed and on what it is for, so switching one "
              "error on leaves all others as they were, and all that is injected is an output.",
    .citations = citations,
    .limits = "No channelling and no depth of focus: use simulate.multislice where they matter. "
              "Atoms nearer to the image's edge than 5.5 sigma lose flux there; the "
              "column `captured` of the truth tells how much. Series of one seed share errors and "
              "noise bits: give the series of different particles or stages "
              "different seeds (`seed: ${minutes}`). Drift moves whole frames, not lines within "
              "one. `tilts` sums the frames without registering them.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("simulate.tilt_series", "1.0", "BSD-3-Clause", &simulate_tilt_series);
