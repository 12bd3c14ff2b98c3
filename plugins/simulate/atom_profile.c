/* simulate.atom_profile - the annular dark-field image of one atom as a radial profile. */
#include "kit/citations.h"
#include "kit/elements.h"
#include "kit/geometry.h"
#include "kit/kirkland.h"
#include "potential.h"
#include "probe.h"
#include <math.h>
#include <string.h>
#include <assert.h>

typedef struct params {
    optics_params optics;
    const char *element;
    double radius, step, displacement, source_size;
} params;
static const loom_param param_table[] = {
    OPTICS_PARAMS(params, optics),
    LOOM_PARAM(params, element, .text = "Pd", .doc = "chemical symbol"),
    LOOM_PARAM(params, radius, .unit = "angstrom", .def = 4, .min = 0.5, .max = 50,
               .doc = "where the profile ends"),
    LOOM_PARAM(params, step, .unit = "angstrom", .def = 0.05, .min = 0.005, .max = 1,
               .doc = "distance between points of the profile"),
    LOOM_PARAM(params, displacement, .unit = "angstrom", .def = 0, .min = 0, .max = 1,
               .doc = "thermal displacement, rms per axis: blurs the profile"),
    LOOM_PARAM(params, source_size, .unit = "angstrom", .def = 0, .min = 0, .max = 10,
               .doc = "effective source: FWHM of the Gaussian that blurs the profile"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = {
    { "profile", "table",
      "columns radius (angstrom) and intensity (fraction of the beam); attributes cross_section "
      "(angstrom^2), sigma (angstrom) and z",
      0 },
    { 0 }
};

/* exp(-x) I0(x), Abramowitz & Stegun 9.8.1 and 9.8.2 */
static double scaled_i0(double x)
{
    assert(x >= 0);
    if (x < 3.75) {
        double t = x / 3.75 * (x / 3.75);
        return exp(-x)
               * (1
                  + t
                        * (3.5156229
                           + t
                                 * (3.0899424
                                    + t
                                          * (1.2067492
                                             + t
                                                   * (0.2659732
                                                      + t * (0.0360768 + t * 0.0045813))))));
    }
    double t = 3.75 / x;
    return (0.39894228
            + t
                  * (0.01328592
                     + t
                           * (0.00225319
                              + t
                                    * (-0.00157565
                                       + t
                                             * (0.00916281
                                                + t
                                                      * (-0.02057706
                                                         + t
                                                               * (0.02635537
                                                                  + t
                                                                        * (-0.01647633
                                                                           + t * 0.00392377))))))))
           / sqrt(x);
}

/* dst = src, a radial profile of n points `step` apart, blurred by a two-dimensional Gaussian. The
 * kernel between two radii is the angular integral of the Gaussian; it is normalised row by row, so
 * that a constant stays constant up to the end of the profile. */
static void blur(int64_t n, double step, double sigma, const double *src, double *restrict dst)
{
    assert(n > 0 && step > 0 && sigma > 0 && src != dst);
    for (int64_t i = 0; i < n; i++) {
        double sum = 0, total = 0, r = (double)i * step;
        for (int64_t k = 0; k < n; k++) {
            double s = (double)k * step,
                   ring =
                       k ? s : step / 8; /* the disk of half a step about 0, spread over one step */
            double weight = ring * exp(-(r - s) * (r - s) / (2 * sigma * sigma))
                            * scaled_i0(r * s / (sigma * sigma));
            sum += weight * src[k];
            total += weight;
        }
        dst[i] = sum / total;
    }
}

/* Intensity on the detector with the probe at every radius, along x. */
static loom_status scan_radius(loom_call *call, const optics *o, const propagator *p,
                               const detector *d, double step, int64_t n, double *intensity)
{
    assert(n > 0 && p->transmission && p->empty);
    const loom_host *h = call->host;
    size_t kept = sizeof(wave) * kept_samples(o);
    wave *probe = h->scratch(call, kept), *psi = h->scratch(call, kept),
         *column = h->scratch(call, propagate_scratch(o)),
         *phase = h->scratch(call, sizeof(wave) * (size_t)o->nx);
    if (!probe || !psi || !column || !phase) return LOOM_E_MEMORY;
    probe_make(o, probe);
    for (int64_t i = 0; i < n; i++) {
        probe_place(o, probe, (double[2]){ (double)i * step, 0 }, phase, psi);
        propagate(p, psi, column);
        intensity[i] = detector_read(d, psi, NULL);
        if (!h->progress(call, (double)i + 1, (double)n)) return LOOM_E_CANCELLED;
    }
    return LOOM_OK;
}

/* Send the probe through one atom at the centre of the box. */
static loom_status image_atom(loom_call *call, const params *p, int32_t z, const optics *o,
                              int64_t n, double *intensity)
{
    assert(n > 0 && loom_kirkland(z));
    const loom_host *h = call->host;
    static const double centre[1][3] = { { 0, 0, 0 } };
    static const int32_t species[1] = { 0 };
    specimen sp = { 1, centre, species, &z, 1 };
    size_t plane = (size_t)(o->nx * o->ny);
    potential_table table;
    propagator waves;
    detector d;
    float *potential = h->scratch(call, plane * sizeof *potential);
    wave *transmission = h->scratch(call, plane * (size_t)o->slices * sizeof *transmission);
    uint8_t *empty = h->scratch(call, (size_t)o->slices);
    if (!potential || !transmission || !empty || !detector_begin(call, o, &d)
        || !potential_table_begin(call, &p->optics, o, &sp, &table))
        return LOOM_E_MEMORY;
    potential_transmission(&table, &sp, potential, transmission, empty);
    potential_table_end(&table);
    if (!propagator_begin(call, o, &waves)) return LOOM_E_MEMORY;
    waves.transmission = transmission;
    waves.empty = empty;
    loom_status status = scan_radius(call, o, &waves, &d, p->step, n, intensity);
    propagator_end(&waves);
    return status;
}

static loom_status choose(loom_call *call, const params *p, int32_t *z, optics *o)
{
    const loom_host *h = call->host;
    char element[16];
    bool known = loom_symbol_read(p->element, element) == LOOM_SYMBOL_ELEMENT;
    *z = known ? loom_element_number(element) : 0;
    if (!loom_kirkland(*z))
        return h->fail(call, LOOM_E_PARAM, "element",
                       "'%s' is not an element with known scattering factors (H to Lr)",
                       p->element);
    double thick =
        p->optics.potential == POTENTIAL_PRISMATIC_3D ? 2 * p->optics.potential_cutoff : 0;
    loom_status status =
        optics_choose(call, &p->optics, (double[3]){ 2 * p->radius, 2 * p->radius, thick }, 16, o);
    if (!status && p->radius > fmin(o->cell[0], o->cell[1]) / 2)
        return h->fail(call, LOOM_E_PARAM, "radius",
                       "a profile of %g angstrom does not fit into a box of %g x %g angstrom",
                       p->radius, o->cell[0], o->cell[1]);
    return status;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    optics o;
    int32_t z;
    loom_status status = choose(call, p, &z, &o);
    if (status) return status;
    int64_t n = (int64_t)floor(p->radius / p->step + 1e-9) + 1;
    loom_value *profile = h->output(call, "profile");
    double *radius = h->add_array(call, profile, "radius", LOOM_F64, 1, &n, "angstrom");
    double *intensity = h->add_array(call, profile, "intensity", LOOM_F64, 1, &n, NULL),
           *raw = h->scratch(call, sizeof *raw * (size_t)n);
    if (!radius || !intensity || !raw) return LOOM_E_MEMORY;
    status = image_atom(call, p, z, &o, n, raw);
    if (status) return status;
    double sigma = hypot(p->displacement, p->source_size / 2.354820045), cross_section = 0,
           second = 0;
    if (sigma > 0) blur(n, p->step, sigma, raw, intensity);
    else memcpy(intensity, raw, sizeof *raw * (size_t)n);
    for (int64_t i = 0; i < n; i++) {
        double r = radius[i] = (double)i * p->step,
               ring = 2 * LOOM_PI * (i ? r : p->step / 8) * p->step * intensity[i];
        cross_section += ring;
        second += ring * r * r;
    }
    h->set_number(call, profile, "cross_section", cross_section, "angstrom^2");
    h->set_number(call, profile, "sigma", sqrt(second / cross_section / 2), "angstrom");
    h->set_number(call, profile, "z", z, "");
    h->set_text(call, profile, "element", p->element);
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_KIRKLAND_2010, { 0 } };

static const loom_op simulate_atom_profile = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "simulate.atom_profile",
    .summary = "The annular dark-field image of one atom of an element, as a radial profile.",
    .method = "Multislice probes along a line from the atom outwards; thermal motion and the size "
              "of the source blur the profile by a Gaussian, which for one atom "
              "is exact. `cross_section` is the integral over the plane (what a linear image model "
              "calls the atom's amplitude), `sigma` the rms width per axis.",
    .citations = citations,
    .limits = "One atom in vacuum: no channelling, no neighbours. The profile ends at `radius`, "
              "and with it the cross section.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("simulate.atom_profile", "1.0", "BSD-3-Clause", &simulate_atom_profile);
