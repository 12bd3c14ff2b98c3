/* simulate.volume - the density of known atoms on a grid: a phantom, or what a perfect
 * reconstruction would give. */
#include "footprint.h"
#include "kit/check.h"
#include "kit/elements.h"
#include "kit/geometry.h"
#include "kit/assert_hot.h"
#include <assert.h>

typedef struct params {
    loom_ints size;
    double voxel_size;
    loom_reals sigma, weight;
} params;

static const loom_param param_table[] = {
    LOOM_PARAM(params, size, .unit = "voxel", .text = "256", .min = 4, .max = 4096,
               .flags = LOOM_LENGTH(1) | LOOM_LENGTH(3),
               .doc = "edge of the volume, or nz, ny, nx"),
    LOOM_PARAM(params, voxel_size, .unit = "angstrom", .def = 0.352, .min = 0.02, .max = 10,
               .doc = "edge of a voxel"),
    LOOM_PARAM(params, sigma, .unit = "angstrom", .text = "0.65", .min = 0.01, .max = 20,
               .doc = "width of an atom, one for all or one per species"),
    LOOM_PARAM(params, weight, .min = 0, .max = 1e9,
               .doc = "sum over an atom's voxels, one per species; empty: the atomic number"),
    { 0 }
};
static const loom_port inputs[] = { { "atoms", "atoms", "positions from the rotation centre", 0 },
                                    { 0 } };
static const loom_port outputs[] = {
    { "volume", "volume", "Gaussian atoms integrated over voxels", 0 }, { 0 }
};

enum { SLAB = 8 }; /* planes that one thread fills at a time, in the order of the atoms */

typedef struct scene {
    int64_t n, nz, ny, nx;
    double voxel_size;
    const double *position;
    const int32_t *species;
    float weight[LOOM_SPECIES_MOST];
    footprint shape[LOOM_SPECIES_MOST];
} scene;

/* ---- kernels --------------------------------------------------------------------------------- */
static int64_t at_least(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t at_most(int64_t a, int64_t b) { return a < b ? a : b; }

/* The planes from..to of the volume. */
static void fill_slab(const scene *s, int64_t from, int64_t to, float *restrict density)
{
    assert(from >= 0 && from < to && to <= s->nz);
    float along[3][FOOTPRINT_MOST_WIDTH];
    int64_t first[3], n[3] = { s->nx, s->ny, s->nz };
    for (int64_t i = 0; i < s->n; i++) {
        const footprint *f = &s->shape[s->species[i]];
        LOOM_ASSERT_HOT(f->width > 0 && f->width <= FOOTPRINT_MOST_WIDTH);
        double at[3];
        bool outside = false;
        for (int a = 0; a < 3; a++) {
            at[a] = (double)loom_centre(n[a]) + s->position[3 * i + a] / s->voxel_size;
            outside = outside || at[a] < -(double)f->reach - 1 || at[a] > (double)(n[a] + f->reach);
        }
        if (outside || at[2] < (double)(from - f->reach - 1) || at[2] > (double)(to + f->reach))
            continue;
        for (int a = 0; a < 3; a++)
            footprint_row(f, at[a], a == 2 ? s->weight[s->species[i]] : 1, &first[a], along[a]);
        int64_t x0 = at_least(0, -first[0]), x1 = at_most(f->width, s->nx - first[0]);
        for (int64_t iz = at_least(from, first[2]); iz < at_most(to, first[2] + f->width); iz++)
            for (int64_t iy = at_least(0, first[1]); iy < at_most(s->ny, first[1] + f->width);
                 iy++) {
                float w = along[2][iz - first[2]] * along[1][iy - first[1]], *restrict dst =
                                                                                 density
                                                                                 + (iz * s->ny + iy)
                                                                                       * s->nx
                                                                                 + first[0];
                for (int64_t k = x0; k < x1; k++) dst[k] += w * along[0][k];
            }
    }
}

/* Atoms whose centres lie outside leave the volume without a trace. */
static void warn_of_outside(loom_call *call, const scene *s)
{
    int64_t outside = 0, first = -1, n[3] = { s->nx, s->ny, s->nz };
    for (int64_t i = 0; i < s->n; i++) {
        bool out = false;
        for (int a = 0; a < 3; a++) {
            double at = (double)loom_centre(n[a]) + s->position[3 * i + a] / s->voxel_size;
            out = out || at < -0.5 || at > (double)n[a] - 0.5;
        }
        if (out && !outside++) first = i;
    }
    if (outside)
        call->host->warn(call, "size",
                         "%lld of %lld atoms lie outside the volume, atom %lld the first of them. "
                         "Are the atoms centred on 0, 0, 0? Else take a larger 'size' or "
                         "'voxel_size'",
                         (long long)outside, (long long)s->n, (long long)first + 1);
}

/* ---- run ------------------------------------------------------------------------------------- */
static loom_status choose_atoms(loom_call *call, const params *p, scene *s)
{
    const loom_host *h = call->host;
    const loom_array *position = loom_need(call, "atoms", "position"),
                     *species = loom_need(call, "atoms", "species");
    const char *symbols = h->text(h->input(call, "atoms", 0), "symbols");
    int32_t z[LOOM_SPECIES_MOST];
    if (!position || !species || !loom_need_finite(call, "atoms", position)) return LOOM_E_DATA;
    int known = loom_symbols_numbers(symbols ? symbols : "", z);
    if (known < 1)
        return h->fail(call, LOOM_E_DATA, "atoms",
                       "the attribute `symbols` names %d species; expected 1 to %d", known,
                       LOOM_SPECIES_MOST);
    if (p->sigma.n != 1 && p->sigma.n != known)
        return h->fail(call, LOOM_E_PARAM, "sigma",
                       "%lld values for %d species; give one for all or one for each",
                       (long long)p->sigma.n, known);
    if (p->weight.n && p->weight.n != known)
        return h->fail(call, LOOM_E_PARAM, "weight",
                       "%lld values for %d species; give one for each, or none",
                       (long long)p->weight.n, known);
    for (int k = 0; k < known; k++) {
        double sigma_px = p->sigma.v[p->sigma.n > 1 ? k : 0] / p->voxel_size;
        if (sigma_px < 0.2 || footprint_reach(sigma_px) > FOOTPRINT_MOST_REACH)
            return h->fail(
                call, LOOM_E_PARAM, "sigma",
                "a width of %.3g voxels; expected 0.2 to 21.6: change sigma or voxel_size",
                sigma_px);
        if (!p->weight.n && !z[k])
            return h->fail(call, LOOM_E_DATA, "atoms",
                           "species %d of the atoms is not an element; give `weight`", k);
        s->weight[k] = (float)(p->weight.n ? p->weight.v[k] : z[k]);
        if (!footprint_make(call, sigma_px, &s->shape[k])) return LOOM_E_MEMORY;
    }
    s->n = species->dim[0];
    s->position = position->data;
    s->species = species->data;
    for (int64_t n = 0; n < s->n; n++)
        if (s->species[n] < 0 || s->species[n] >= known)
            return h->fail(call, LOOM_E_DATA, "atoms",
                           "atom %lld is of species %d, but `symbols` names %d (from 0)",
                           (long long)n, (int)s->species[n], known);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    if (p->size.n != 1 && p->size.n != 3)
        return h->fail(call, LOOM_E_PARAM, "size", "%lld numbers; give the edge, or nz, ny, nx",
                       (long long)p->size.n);
    scene s = { .nz = p->size.v[0],
                .ny = p->size.v[p->size.n > 1 ? 1 : 0],
                .nx = p->size.v[p->size.n - 1],
                .voxel_size = p->voxel_size };
    loom_status status = choose_atoms(call, p, &s);
    if (status != LOOM_OK) return status;
    warn_of_outside(call, &s);
    loom_value *volume = h->output(call, "volume");
    float *density =
        h->add_array(call, volume, "density", LOOM_F32, 3, (int64_t[]){ s.nz, s.ny, s.nx }, NULL);
    if (!density) return LOOM_E_MEMORY;
    h->set_number(call, volume, "voxel_size", p->voxel_size, "angstrom");
    int threads = h->threads(call);
    int64_t slabs = (s.nz + SLAB - 1) / SLAB, batch = 4 * threads;
    for (int64_t first = 0; first < slabs; first += batch) {
        int64_t end = at_most(first + batch, slabs);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
        for (int64_t k = first; k < end; k++)
            fill_slab(&s, k * SLAB, at_most((k + 1) * SLAB, s.nz), density);
        if (!h->progress(call, (double)end, (double)slabs)) return LOOM_E_CANCELLED;
    }
    return LOOM_OK;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    (void)call;
    (void)param_struct;
    out->uses_threads = true;
    out->bytes = 16 << 20; /* tables; the volume itself is an output */
    return LOOM_OK;
}

static const loom_op simulate_volume = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "simulate.volume",
    .summary = "The density of known atoms on a grid: a phantom, or what a perfect reconstruction "
               "would give.",
    .method = "Each atom is a Gaussian of width `sigma` integrated over every voxel, its voxels "
              "adding up to `weight`: sum of the volume = sum of the atoms' weights. "
              "Voxel centres sit on integers, the rotation centre of n voxels is n/2. Its "
              "projections are those of simulate.tilt_series without noise, up to the scale "
              "of the weights and the blur of a voxel.",
    .cites = "none",
    .limits = "Atoms nearer to the border than 5.5 sigma lose what lies outside.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .estimate = estimate,
    .run = run,
};
LOOM_PLUGIN("simulate.volume", "1.0", "BSD-3-Clause", &simulate_volume);
