/* scene.c - what is decided before the first image, see scene.h. */
#include "scene.h"
#include "kit/geometry.h"
#include "kit/kirkland.h"
#include "kit/poisson.h"
#include <assert.h>

static loom_status choose_weights(loom_call *call, scene *s, int species, const int32_t *z)
{
    assert(species > 0 && species <= LOOM_SPECIES_MOST);
    const loom_host *h = call->host;
    const params *p = s->p;
    double volts = 1000 * p->voltage,
           wavelength_A = 12.2642596 / sqrt(volts * (1 + 0.978475598e-6 * volts)),
           gamma = 1 + p->voltage / 510.99895;
    double area = p->pixel_size * p->pixel_size;
    if (p->cross_section.n && p->cross_section.n != species)
        return h->fail(call, LOOM_E_PARAM, "cross_section",
                       "%lld values for %d species; give one for each, or none",
                       (long long)p->cross_section.n, species);
    if (p->sigma.n != 1 && p->sigma.n != species)
        return h->fail(call, LOOM_E_PARAM, "sigma",
                       "%lld values for %d species; give one for all or one for each",
                       (long long)p->sigma.n, species);
    if (!p->cross_section.n && !(p->outer > p->inner))
        return h->fail(call, LOOM_E_PARAM, "outer",
                       "the detector ends at %g mrad and begins at %g mrad", p->outer, p->inner);
    for (int k = 0; k < species; k++) {
        const double *kirkland = z[k] ? loom_kirkland(z[k]) : NULL;
        double sigma_px = p->sigma.v[p->sigma.n > 1 ? k : 0] / p->pixel_size;
        if (!p->cross_section.n && !kirkland)
            return h->fail(
                call, LOOM_E_DATA, "atoms",
                "species %d of the atoms is not an element with a known scattering factor; "
                "give `cross_section`",
                k);
        if (sigma_px < 0.2 || footprint_reach(sigma_px) > FOOTPRINT_MOST_REACH)
            return h->fail(
                call, LOOM_E_PARAM, "sigma",
                "a width of %.3g pixels; expected 0.2 to 21.6: change sigma or pixel_size",
                sigma_px);
        double section =
            p->cross_section.n
                ? p->cross_section.v[k]
                : loom_kirkland_cross_section(kirkland, wavelength_A, gamma, p->inner, p->outer);
        s->weight[k] = (float)(section / area);
        if (!footprint_make(call, sigma_px, &s->shape[k])) return LOOM_E_MEMORY;
        if (s->shape[k].width + 8 > s->margin) s->margin = s->shape[k].width + 8;
    }
    return LOOM_OK;
}

loom_status scene_read_atoms(loom_call *call, scene *s)
{
    const loom_host *h = call->host;
    const loom_array *position = loom_need(call, "atoms", "position"),
                     *species = loom_need(call, "atoms", "species");
    const char *symbols = h->text(h->input(call, "atoms", 0), "symbols");
    int32_t z[LOOM_SPECIES_MOST];
    if (!position || !species || !loom_need_finite(call, "atoms", position)) return LOOM_E_DATA;
    int known = loom_symbols_numbers(symbols ? symbols : "", z);
    s->n = species->dim[0];
    s->position = position->data;
    s->species = species->data;
    if (!s->n) return h->fail(call, LOOM_E_DATA, "atoms", "there are no atoms to image");
    if (known < 1)
        return h->fail(call, LOOM_E_DATA, "atoms",
                       "the attribute `symbols` names %d species; expected 1 to %d", known,
                       LOOM_SPECIES_MOST);
    for (int64_t n = 0; n < s->n; n++)
        if (s->species[n] < 0 || s->species[n] >= known)
            return h->fail(call, LOOM_E_DATA, "atoms",
                           "atom %lld is of species %d, but `symbols` names %d (from 0)",
                           (long long)n, (int)s->species[n], known);
    loom_status status = choose_weights(call, s, known, z);
    if (status != LOOM_OK) return status;
    for (int64_t n = 0; n < s->n; n++) s->total_weight += (double)s->weight[s->species[n]];
    return LOOM_OK;
}

static double element_of(const loom_array *a, int64_t i)
{
    assert(i >= 0 && i < loom_array_count(a));
    return a->dtype == LOOM_F32 ? (double)((const float *)a->data)[i]
                                : ((const double *)a->data)[i];
}

/* Nominal angles from the port, the list, or start, stop and tilts. */
loom_status scene_choose_angles(loom_call *call, scene *s)
{
    const loom_host *h = call->host;
    const params *p = s->p;
    const loom_value *given = h->input_count(call, "angles") ? h->input(call, "angles", 0) : NULL;
    const loom_array *a = given ? h->array(given, "angles") : NULL;
    if (given && !a) a = h->array(given, "data");
    if (given && p->angles.n)
        return h->fail(call, LOOM_E_PARAM, "angles",
                       "angles come in twice, as a parameter and through the port; leave out one");
    if (given
        && (!a || (a->dtype != LOOM_F32 && a->dtype != LOOM_F64) || a->dim[0] < 1
            || !(a->rank == 1 || (a->rank == 2 && (a->dim[1] == 3 || a->dim[1] == 1)))))
        return h->fail(call, LOOM_E_DATA, "angles",
                       "expected an array `angles` or `data` of real numbers, [tilt] or [tilt][3], "
                       "in degrees");
    if (given && !loom_need_finite(call, "angles", a)) return LOOM_E_DATA;
    s->nt = given ? a->dim[0] : p->angles.n ? p->angles.n : p->tilts;
    s->nominal = h->scratch(call, sizeof(double) * (size_t)(3 * s->nt));
    if (!s->nominal) return LOOM_E_MEMORY;
    bool all_three = given && a->rank == 2 && a->dim[1] == 3;
    for (int64_t it = 0; it < s->nt; it++) {
        double *angle = s->nominal + 3 * it;
        double even = s->nt > 1 ? p->start + (p->stop - p->start) * (double)it / (double)(s->nt - 1)
                                : p->start;
        angle[0] = all_three ? element_of(a, 3 * it) : 0;
        angle[1] = all_three     ? element_of(a, 3 * it + 1)
                   : given       ? element_of(a, it)
                   : p->angles.n ? p->angles.v[it]
                                 : even;
        angle[2] = all_three ? element_of(a, 3 * it + 2) : 0;
    }
    return LOOM_OK;
}

/* The errors of stage and scan, each from a stream of its own, so that changing one leaves the
 * others. */
void scene_draw_errors(scene *s)
{
    assert(s->nt > 0 && s->nf > 0 && s->ny > 0 && s->nominal && s->angles);
    const params *p = s->p;
    uint64_t seed = (uint64_t)p->counting.seed;
    double z[4];
    assert(p->angle_error.n == 3);
    for (int64_t it = 0; it < s->nt; it++) {
        loom_normal2(seed, simulate_stream(STREAM_ANGLE, it), 0, z);
        loom_normal2(seed, simulate_stream(STREAM_ANGLE, it), 1, z + 2);
        for (int a = 0; a < 3; a++)
            s->angles[3 * it + a] = s->nominal[3 * it + a] + p->angle_error.v[a] * z[a];
        loom_normal2(seed, simulate_stream(STREAM_SHIFT, it), 0, z);
        loom_normal2(seed, simulate_stream(STREAM_DRIFT, it), 0, z + 2);
        for (int a = 0; a < 2; a++) {
            s->shift[2 * it + a] = p->shift_error * z[a];
            s->drift[2 * it + a] = p->drift * z[2 + a];
        }
    }
    for (int64_t i = 0; s->line_shift && i < s->nt * s->nf * s->ny; i++) {
        loom_normal2(seed, simulate_stream(STREAM_LINE, i / s->ny), (uint64_t)(i % s->ny), z);
        s->line_shift[i] = p->jitter * z[0];
    }
}
