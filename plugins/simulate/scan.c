/* simulate/scan.c - see scan.h */
#include "scan.h"
#include "kit/check.h"
#include "kit/elements.h"
#include "kit/geometry.h"
#include "kit/kirkland.h"
#include "kit/rng.h"
#include <assert.h>
#include <math.h>
#include <string.h>

/* ---- inputs ---------------------------------------------------------------------------------- */

static loom_status read_atoms(loom_call *call, scan *s)
{
    const loom_host *h = call->host;
    const loom_value *atoms = h->input(call, "atoms", 0);
    const loom_array *position = loom_need(call, "atoms", "position"),
                     *species = loom_need(call, "atoms", "species");
    const char *symbols = h->text(atoms, "symbols");
    if (!position || !species || !symbols || !loom_need_finite(call, "atoms", position))
        return LOOM_E_DATA;
    s->atoms = position->dim[0];
    s->position = (const double(*)[3])position->data;
    s->species = species->data;
    if (!s->atoms)
        return h->fail(call, LOOM_E_DATA, "atoms",
                       "there are no atoms; a specimen needs at least one");
    s->species_count = loom_symbols_numbers(symbols, s->z);
    for (int32_t i = 0; i < s->species_count; i++)
        if (!loom_kirkland(s->z[i]))
            return h->fail(call, LOOM_E_DATA, "atoms",
                           "species %d of the symbols '%s' is not an element with known scattering "
                           "factors (H to Lr)",
                           (int)i, symbols);
    for (int64_t i = 0; i < s->atoms; i++)
        if (s->species[i] < 0 || s->species[i] >= s->species_count)
            return h->fail(call, LOOM_E_DATA, "atoms",
                           "atom %lld has species %d, but there are %d symbols: '%s'", (long long)i,
                           (int)s->species[i], (int)s->species_count, symbols);
    return LOOM_OK;
}

static loom_status read_angles(loom_call *call, scan *s)
{
    const loom_host *h = call->host;
    const loom_value *given = h->input(call, "angles", 0);
    if (given) {
        const loom_array *a = loom_need(call, "angles", "angles");
        if (!a || !loom_need_finite(call, "angles", a)) return LOOM_E_DATA;
        if (a->dtype != LOOM_F64 || a->rank != 2 || a->dim[1] != 3 || a->dim[0] < 1)
            return h->fail(call, LOOM_E_DATA, "angles",
                           "the array angles has %d axes and dtype %s; expected [tilts][3] of f64",
                           (int)a->rank, loom_dtype_text(a->dtype));
        s->tilts = a->dim[0];
        s->angles = (const double(*)[3])a->data;
        return LOOM_OK;
    }
    if (s->p->theta.n < 1)
        return h->fail(call, LOOM_E_PARAM, "theta", "theta is empty; give at least one tilt");
    double(*angles)[3] = h->scratch(call, sizeof *angles * (size_t)s->p->theta.n);
    if (!angles) return LOOM_E_MEMORY;
    s->tilts = s->p->theta.n;
    for (int64_t i = 0; i < s->tilts; i++)
        memcpy(angles[i], (double[3]){ 0, s->p->theta.v[i], 0 }, sizeof angles[i]);
    s->angles = (const double(*)[3])angles;
    return LOOM_OK;
}

/* Twice the largest distance from the centre along each axis, over all tilts. */
static void extent_over_tilts(const scan *s, double extent[3])
{
    extent[0] = extent[1] = extent[2] = 0;
    for (int64_t t = 0; t < s->tilts; t++) {
        double r[9], v[3];
        loom_euler(s->angles[t], r);
        for (int64_t i = 0; i < s->atoms; i++) {
            loom_to_detector(r, s->position[i], v);
            for (int a = 0; a < 3; a++) extent[a] = fmax(extent[a], 2 * fabs(v[a]));
        }
    }
}

static loom_status choose_scan(loom_call *call, scan *s)
{
    const loom_host *h = call->host;
    const scan_params *p = s->p;
    if (p->scan_size.n != 0 && p->scan_size.n != 2)
        return h->fail(call, LOOM_E_PARAM, "scan_size",
                       "scan_size has %lld numbers, expected 2 (x, y) or none",
                       (long long)p->scan_size.n);
    if (p->scan_centre.n != 2)
        return h->fail(call, LOOM_E_PARAM, "scan_centre",
                       "scan_centre has %lld numbers, expected 2 (x, y)",
                       (long long)p->scan_centre.n);
    s->nx = p->scan_size.n ? p->scan_size.v[0] : (int64_t)floor(s->o.cell[0] / p->scan_step + 1e-6);
    s->ny = p->scan_size.n ? p->scan_size.v[1] : (int64_t)floor(s->o.cell[1] / p->scan_step + 1e-6);
    if (s->nx < 1 || s->ny < 1)
        return h->fail(call, LOOM_E_PARAM, "scan_step",
                       "a step of %g angstrom leaves no probe in a box of %g x %g angstrom",
                       p->scan_step, s->o.cell[0], s->o.cell[1]);
    if (p->configurations > 1 && p->displacement <= 0)
        return h->fail(call, LOOM_E_PARAM, "displacement",
                       "%lld configurations without thermal displacement repeat identical work; "
                       "set displacement, or configurations: 1",
                       (long long)p->configurations);
    return LOOM_OK;
}

static loom_status prepare(loom_call *call, const scan_params *p, int64_t factor, scan *s)
{
    assert(factor > 0);
    double extent[3];
    *s = (scan){ .call = call, .p = p };
    loom_status status = read_atoms(call, s);
    if (!status) status = read_angles(call, s);
    if (status) return status;
    extent_over_tilts(s, extent);
    status = optics_choose(call, &p->optics, extent, factor, &s->o);
    if (!status) status = choose_scan(call, s);
    if (!status && extent[2] > s->o.cell[2] * (1 + 1e-9))
        return call->host->fail(call, LOOM_E_PARAM, "cell",
                                "atoms reach %g angstrom from the centre along the beam, but the "
                                "box is only %g angstrom thick",
                                extent[2] / 2, s->o.cell[2]);
    return status;
}

/* ---- memory ---------------------------------------------------------------------------------- */

uint64_t scan_bytes(const optics *o, int64_t species, bool layered, double cutoff)
{
    uint64_t plane = (uint64_t)(o->nx * o->ny);
    double patch = (2 * ceil(cutoff / o->px) + 1) * (2 * ceil(cutoff / o->py) + 1);
    double layers =
        layered ? 2 * ceil(cutoff / (o->dz / 16)) * sizeof(wave) : sizeof(float) + sizeof(wave);
    return plane * (uint64_t)o->slices * sizeof(wave)
           + plane * (2 * sizeof(wave) / 2 + sizeof(float) + 3)
           + (uint64_t)(patch * layers * (double)species);
}

loom_status scan_estimate(loom_call *call, const scan_params *p, int64_t factor, optics *o,
                          int64_t probes[2])
{
    scan s;
    loom_status status = prepare(call, p, factor, &s);
    *o = s.o;
    probes[0] = s.nx;
    probes[1] = s.ny;
    return status;
}

static loom_status make_outputs(loom_call *call, scan *s)
{
    const loom_host *h = call->host;
    loom_value *tilts = h->output(call, "tilts");
    s->images = h->add_array(call, tilts, "images", LOOM_F32, 3,
                             (int64_t[]){ s->tilts, s->ny, s->nx }, NULL);
    double *angles =
        h->add_array(call, tilts, "angles", LOOM_F64, 2, (int64_t[]){ s->tilts, 3 }, "degree");
    if (!s->images || !angles) return LOOM_E_MEMORY;
    memcpy(angles, s->angles, sizeof *s->angles * (size_t)s->tilts);
    h->set_number(call, tilts, "pixel_size", s->p->scan_step, "angstrom");
    if (!s->p->keep_bins) return LOOM_OK;
    loom_value *bins = h->output(call, "bins");
    s->bins = h->add_array(call, bins, "data", LOOM_F32, 4,
                           (int64_t[]){ s->tilts, s->ny, s->nx, s->o.bins }, NULL);
    h->set_number(call, bins, "bin_width", s->o.step, "mrad");
    h->set_number(call, bins, "pixel_size", s->p->scan_step, "angstrom");
    return s->bins ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status make_work(loom_call *call, scan *s)
{
    const loom_host *h = call->host;
    size_t plane = (size_t)(s->o.nx * s->o.ny);
    s->turned = h->scratch(call, sizeof *s->turned * (size_t)s->atoms);
    s->plane = h->scratch(call, plane * sizeof *s->plane);
    s->transmission = h->scratch(call, plane * sizeof(wave) * (size_t)s->o.slices);
    s->empty = h->scratch(call, (size_t)s->o.slices);
    if (!s->turned || !s->plane || !s->transmission || !s->empty
        || !detector_begin(call, &s->o, &s->detector))
        return LOOM_E_MEMORY;
    return LOOM_OK;
}

loom_status scan_begin(loom_call *call, const scan_params *p, int64_t factor, scan *s)
{
    loom_status status = prepare(call, p, factor, s);
    if (status) return status;
    const optics *o = &s->o;
    call->host->note(
        call,
        "grid %lld x %lld of %.4g x %.4g angstrom, angles to %.4g mrad; %lld slices of %.4g "
        "angstrom; %lld probes at %lld tilts, %lld configurations; "
        "about %.1f MiB of work space",
        (long long)o->nx, (long long)o->ny, o->px, o->py, o->theta_max, (long long)o->slices, o->dz,
        (long long)(s->nx * s->ny), (long long)s->tilts, (long long)p->configurations,
        (double)scan_bytes(o, s->species_count, p->optics.potential == POTENTIAL_PRISMATIC_3D,
                           p->optics.potential_cutoff)
            / 1048576.0);
    status = make_outputs(call, s);
    if (!status) status = make_work(call, s);
    if (status) return status;
    specimen sp = { s->atoms, s->position, s->species, s->z, s->species_count };
    if (!potential_table_begin(call, &p->optics, o, &sp, &s->table)) return LOOM_E_MEMORY;
    if (!propagator_begin(call, o, &s->propagator)) {
        potential_table_end(&s->table);
        return LOOM_E_MEMORY;
    }
    s->propagator.transmission = s->transmission;
    s->propagator.empty = s->empty;
    return LOOM_OK;
}

void scan_end(scan *s)
{
    potential_table_end(&s->table);
    propagator_end(&s->propagator);
}

/* ---- during the scan ------------------------------------------------------------------------- */

/* Displacements are a pure function of (seed, tilt, configuration, atom), in the frame of the
 * detector: the same in every tilt would move the atom as one.
 * Along the beam they act with layered potentials only: with whole atoms in slices a hop between
 * slices would spoil the average. */
void scan_specimen(scan *s, int64_t tilt, int64_t configuration)
{
    assert(tilt >= 0 && tilt < s->tilts && configuration >= 0
           && configuration < s->p->configurations);
    const scan_params *p = s->p;
    double r[9];
    uint64_t stream = 2 * (uint64_t)(tilt * p->configurations + configuration);
    loom_euler(s->angles[tilt], r);
    for (int64_t i = 0; i < s->atoms; i++) {
        loom_to_detector(r, s->position[i], s->turned[i]);
        if (p->displacement <= 0) continue;
        double a[2], b[2];
        loom_normal2((uint64_t)p->seed, stream, (uint64_t)i, a);
        loom_normal2((uint64_t)p->seed, stream + 1, (uint64_t)i, b);
        s->turned[i][0] += p->displacement * a[0];
        s->turned[i][1] += p->displacement * a[1];
        if (s->table.layered) s->turned[i][2] += p->displacement * b[0];
    }
    specimen sp = { s->atoms, (const double(*)[3])s->turned, s->species, s->z, s->species_count };
    potential_transmission(&s->table, &sp, s->plane, s->transmission, s->empty);
}

void scan_probe_at(const scan *s, int64_t ix, int64_t iy, double at[2])
{
    assert(ix >= 0 && ix < s->nx && iy >= 0 && iy < s->ny);
    at[0] = s->p->scan_centre.v[0] + (double)(ix - loom_centre(s->nx)) * s->p->scan_step;
    at[1] = s->p->scan_centre.v[1] + (double)(iy - loom_centre(s->ny)) * s->p->scan_step;
}

void scan_add(const scan *s, int64_t tilt, int64_t probe, double detected, const float *bins,
              double weight)
{
    assert(tilt >= 0 && tilt < s->tilts && probe >= 0 && probe < s->ny * s->nx && weight > 0);
    int64_t at = tilt * s->nx * s->ny + probe;
    s->images[at] += (float)(weight * detected);
    for (int64_t b = 0; s->bins && b < s->o.bins; b++)
        s->bins[at * s->o.bins + b] += (float)weight * bins[b];
}

/* Separable Gaussian, borders continued by their last pixel. */
static void blur_line(int64_t n, int64_t stride, int64_t reach, const float *weights, float *line,
                      float *copy)
{
    assert(n > 0 && stride > 0 && reach >= 0);
    for (int64_t i = 0; i < n; i++) copy[i] = line[i * stride];
    for (int64_t i = 0; i < n; i++) {
        float sum = 0;
        for (int64_t k = -reach; k <= reach; k++) {
            int64_t j = i + k < 0 ? 0 : i + k >= n ? n - 1 : i + k;
            sum += weights[k + reach] * copy[j];
        }
        line[i * stride] = sum;
    }
}

void scan_blur(scan *s)
{
    double sigma = s->p->source_size / 2.354820045 / s->p->scan_step, total = 0;
    int64_t reach = (int64_t)ceil(4 * sigma), longest = s->nx > s->ny ? s->nx : s->ny;
    if (sigma <= 0) return;
    float *weights = s->call->host->scratch(s->call, sizeof *weights * (size_t)(2 * reach + 1));
    float *copy = s->call->host->scratch(s->call, sizeof *copy * (size_t)longest);
    if (!weights || !copy) return;
    for (int64_t k = -reach; k <= reach; k++)
        total += weights[k + reach] = (float)exp(-0.5 * (double)(k * k) / (sigma * sigma));
    for (int64_t k = 0; k <= 2 * reach; k++) weights[k] /= (float)total;
    for (int64_t t = 0; t < s->tilts; t++) {
        float *image = s->images + t * s->nx * s->ny;
        for (int64_t y = 0; y < s->ny; y++)
            blur_line(s->nx, 1, reach, weights, image + y * s->nx, copy);
        for (int64_t x = 0; x < s->nx; x++)
            blur_line(s->ny, s->nx, reach, weights, image + x, copy);
    }
}
