/* structure.pdf - how far atoms are from each other: the pair distribution function, the first
 * shell, the lattice parameter. */
#include <atomloom/op.h>
#include "kit/atoms.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/geometry.h"
#include "kit/mesh.h"
#include "kit/pdf.h"
#include <assert.h>
#include <omp.h>
#include <stdio.h>

typedef struct params {
    double r_max, step, sigma, r1_min, r1_max;
    int32_t normalisation, scale;
    int64_t directions;
    bool partial;
    const char *where;
} params;
static const char *const normalisations[] = { "fast", "finite", NULL };
enum { FAST, FINITE };
static const char *const scales[] = { "standard", "tail", "none", NULL };
enum { STANDARD, TAIL, NONE };
static const loom_param param_table[] = {
    LOOM_PARAM(params, normalisation, .choices = normalisations, .def = FAST,
               .doc = "fast: by the volume of full shells; finite: by the part of each shell "
                      "inside the mesh at 'surface'"),
    LOOM_PARAM(params, r_max, .unit = "angstrom", .def = 20, .min = 1, .max = 200,
               .doc = "largest distance"),
    LOOM_PARAM(params, step, .unit = "angstrom", .def = 0.02, .min = 1e-3, .max = 1,
               .doc = "width of a bin"),
    LOOM_PARAM(params, sigma, .unit = "bin", .def = 1.5, .min = 0, .max = 3,
               .doc = "Gaussian smoothing of g; 0 switches it off"),
    LOOM_PARAM(params, scale, .choices = scales, .def = STANDARD,
               .doc = "standard: last bin of fast, mean density of finite; tail: mean beyond 3/4 "
                      "of r_max is 1"),
    LOOM_PARAM(params, partial, .def = 0,
               .doc =
                   "add a column count_A_B for every pair of species: ordered pairs from A to B"),
    LOOM_PARAM(params, r1_min, .unit = "angstrom", .def = 1, .min = 0.1, .max = 100,
               .flags = LOOM_ADVANCED, .doc = "the first peak is not searched below"),
    LOOM_PARAM(params, r1_max, .unit = "angstrom", .def = 4, .min = 0.2, .max = 100,
               .flags = LOOM_ADVANCED, .doc = "the first peak is not searched above"),
    LOOM_PARAM(params, directions, .def = 162, .min = 12, .max = 1e5, .flags = LOOM_ADVANCED,
               .doc = "directions in which finite looks from every atom"),
    LOOM_PARAM_WHERE(params),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "the particle", 0 },
    { "surface", "mesh",
      "its surface (structure.surface, alpha about 4 angstrom), for normalisation finite",
      LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "table", "table", "r, g, g_raw, count (ordered pairs); attributes r1, r_valley, a", 0 }, { 0 }
};

/* Volume of the shell of every bin around all atoms together, as far as it lies inside the mesh:
 * along each direction the ray from an atom is inside where an odd number of crossings lies beyond.
 * Directions are a Fibonacci sphere, so all weigh the same. */
enum { BLOCK = 64 };

/* `hit` holds a number for each face of the mesh. */
static void rays_of_atom(const loom_mesh *mesh, const double x[3], const params *p, int64_t bins,
                         double *hit, int64_t *restrict inside)
{
    assert(bins > 0);
    /* no direction along an edge of a crystal */
    const double golden = LOOM_PI * (3 - sqrt(5.0)), start = 0.1729439;
    for (int64_t d = 0; d < p->directions; d++) {
        double z = 1 - (2 * (double)d + 1) / (double)p->directions, rho = sqrt(1 - z * z),
               phase = golden * (double)d + start;
        double u[3] = { rho * cos(phase), rho * sin(phase), z };
        int64_t n = loom_mesh_crossings(mesh, x, u, hit, mesh->faces), from = 0;
        assert(n <= mesh->faces);
        for (int64_t k = 0; k < n;
             k++) { /* ascending; between crossing k-1 and k the ray is inside where n - k is odd */
            double end = ceil(hit[k] / p->step - 0.5);
            int64_t to = end < (double)bins ? (int64_t)end : bins;
            if ((n - k) % 2)
                for (int64_t b = from; b < to; b++) inside[b]++;
            from = to > from ? to : from;
        }
    }
}

static bool shell_volumes(loom_call *call, const loom_atoms *atoms, const loom_mesh *mesh,
                          const params *p, int64_t bins, double *volume)
{
    const loom_host *h = call->host;
    int threads = h->threads(call);
    int64_t *inside = h->scratch(call, (size_t)bins * (size_t)threads * sizeof *inside),
            part = 16 * BLOCK;
    double *hit = h->scratch(call, (size_t)mesh->faces * (size_t)threads * sizeof *hit);
    if (!inside || !hit) return false;
    memset(inside, 0, (size_t)bins * (size_t)threads * sizeof *inside);
    for (int64_t from = 0; from < atoms->n; from += part) {
        int64_t to = from + part < atoms->n ? from + part : atoms->n;
        if (!h->progress(call, (double)from, (double)atoms->n)) return false;
#pragma omp parallel for num_threads(threads) schedule(dynamic, BLOCK)
        for (int64_t i = from; i < to; i++)
            rays_of_atom(mesh, atoms->position + 3 * i, p, bins,
                         hit + mesh->faces * omp_get_thread_num(),
                         inside + bins * omp_get_thread_num());
    }
    for (int64_t b = 0; b < bins; b++) {
        int64_t sum = 0; /* whole numbers: the same for any number of threads */
        for (int t = 0; t < threads; t++) sum += inside[t * bins + b];
        double low = (double)b * p->step, high = low + p->step;
        volume[b] = (double)sum / (double)p->directions * 4 * LOOM_PI / 3
                    * (high * high * high - low * low * low);
    }
    return true;
}

/* g = pairs / shell, times what makes its far end one. */
static void scale_g(const params *p, int64_t bins, double density, double *restrict g)
{
    assert(bins > 0);
    double by = 1;
    if (p->scale == TAIL) {
        int64_t from = bins * 3 / 4;
        double sum = 0;
        for (int64_t b = from; b < bins; b++) sum += g[b];
        by = sum / (double)(bins - from);
    } else if (p->scale == STANDARD) by = p->normalisation == FINITE ? density : g[bins - 1];
    for (int64_t b = 0; by > 0 && b < bins; b++) g[b] /= by;
}

/* A column of counts for every pair of species. */
static bool add_partial(loom_call *call, const loom_atoms *atoms, loom_value *table, int64_t bins,
                        const int64_t *count)
{
    for (int32_t i = 0; i < atoms->kinds; i++)
        for (int32_t j = i; j < atoms->kinds; j++) {
            char a[16], b[16], name[64];
            loom_symbols_word(atoms->symbols, i, a);
            loom_symbols_word(atoms->symbols, j, b);
            snprintf(name, sizeof name, "count_%s_%s", a, b);
            int64_t *one = call->host->add_array(call, table, name, LOOM_I64, 1, &bins, "");
            if (!one) return false;
            for (int64_t k = 0; k < bins; k++)
                one[k] = (i == j ? 2 : 1) * count[loom_pair_kind(i, j, atoms->kinds) * bins + k];
        }
    return true;
}

static bool add_columns(loom_call *call, const loom_atoms *atoms, const params *p, int64_t bins,
                        const int64_t *count, const double *shell, double volume)
{
    const loom_host *h = call->host;
    loom_value *table = h->output(call, "table");
    int32_t kinds = p->partial ? atoms->kinds : 1;
    double *r = h->add_array(call, table, "r", LOOM_F64, 1, &bins, "angstrom"),
           *g = h->add_array(call, table, "g", LOOM_F64, 1, &bins, "");
    double *raw = h->add_array(call, table, "g_raw", LOOM_F64, 1, &bins, "");
    int64_t *all = h->add_array(call, table, "count", LOOM_I64, 1, &bins, "");
    if (!r || !g || !raw || !all) return false;
    for (int64_t b = 0; b < bins; b++) {
        r[b] = ((double)b + 0.5) * p->step;
        for (int32_t kind = 0; kind < kinds * (kinds + 1) / 2; kind++)
            all[b] += 2 * count[kind * bins + b];
        raw[b] = shell[b] > 0 ? (double)all[b] / shell[b] : 0;
    }
    double density =
        volume > 0 ? (double)atoms->n / volume
                   : 1; /* shells hold the sum over atoms: pairs / shell is a density already */
    scale_g(p, bins, density, raw);
    loom_pdf_smooth(bins, raw, p->sigma, g);
    if (p->normalisation == FINITE) {
        double *v = h->add_array(call, table, "shell_volume", LOOM_F64, 1, &bins, "angstrom^3");
        if (!v) return false;
        memcpy(v, shell, (size_t)bins * sizeof *v);
    }
    return !p->partial || add_partial(call, atoms, table, bins, count);
}

static loom_status check_params(loom_call *call, const params *p)
{
    const loom_host *h = call->host;
    if (p->r1_min >= p->r1_max)
        return h->fail(call, LOOM_E_PARAM, "r1_max", "r1_max is %g, not above r1_min, %g angstrom",
                       p->r1_max, p->r1_min);
    if (p->step * 8 > p->r_max)
        return h->fail(call, LOOM_E_PARAM, "step",
                       "step is %g angstrom, more than an eighth of r_max, %g; make it smaller",
                       p->step, p->r_max);
    if (p->normalisation == FINITE && !h->input(call, "surface", 0))
        return h->fail(call, LOOM_E_PARAM, "normalisation",
                       "normalisation 'finite' needs the particle's surface; connect the output "
                       "'mesh' of structure.surface to 'surface'");
    return LOOM_OK;
}

/* Distance and end of the first shell, from the column g, as attributes of the table. */
static loom_status add_shell(loom_call *call, const params *p, int64_t bins, int64_t n)
{
    const loom_host *h = call->host;
    loom_value *table = h->output(call, "table");
    loom_shell first;
    if (!loom_pdf_shell(bins, p->step, h->array(table, "g")->data, p->r1_min, p->r1_max, &first))
        return h->fail(call, LOOM_E_DATA, "atoms",
                       "the distances between these %lld atoms show no first peak within %g .. %g "
                       "angstrom with a minimum behind it; "
                       "check that positions are in angstrom, raise 'sigma' for few atoms, or move "
                       "'r1_min' and 'r1_max'",
                       (long long)n, p->r1_min, p->r1_max);
    h->set_number(call, table, "r1", first.r1, "angstrom");
    h->set_number(call, table, "r_valley", first.r_valley, "angstrom");
    h->set_number(call, table, "a", sqrt(2) * first.r1, "angstrom");
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    loom_atoms atoms;
    loom_mesh mesh;
    loom_status status = loom_atoms_read_where(call, "atoms", 2, p->where, &atoms);
    if (status != LOOM_OK) return status;
    if ((status = check_params(call, p)) != LOOM_OK) return status;
    int64_t bins = (int64_t)floor(p->r_max / p->step * (1 + 1e-12)),
            rows = p->partial ? atoms.kinds * (atoms.kinds + 1) / 2 : 1;
    double area, volume = 0, *shell = h->scratch(call, (size_t)bins * sizeof *shell);
    int64_t *count = h->scratch(call, (size_t)(bins * rows) * sizeof *count);
    if (!shell || !count) return LOOM_E_MEMORY;
    for (int64_t b = 0; b < bins; b++)
        shell[b] =
            4 * LOOM_PI * p->step * p->step * p->step * ((double)b + 0.5) * ((double)b + 0.5);
    if (p->normalisation == FINITE) {
        if ((status = loom_mesh_read(call, "surface", &mesh)) != LOOM_OK) return status;
        loom_mesh_measure(mesh.vertex, mesh.face, mesh.faces, &area, &volume);
        if (!shell_volumes(call, &atoms, &mesh, p, bins, shell)) return loom_stop(call);
    }
    if (!loom_pair_counts(call, atoms.position, p->partial ? atoms.species : NULL,
                          p->partial ? atoms.kinds : 1, atoms.n, p->step, bins, count))
        return loom_stop(call);
    if (!add_columns(call, &atoms, p, bins, count, shell, volume)) return LOOM_E_MEMORY;
    return add_shell(call, p, bins, atoms.n);
}

static const loom_citation citations[] = { CITE_YANG_2021, CITE_LI_2023, { 0 } };

static const loom_op structure_pdf = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "structure.pdf",
    .summary = "Pair distribution function of a particle, its first peak r1, first minimum "
               "r_valley and fcc lattice parameter.",
    .method =
        "All pairs are counted in bins `floor(r / step)`. `normalisation` says what the "
        "counts are divided by.\n"
        "- **fast**: by `4 pi r^2 step`, then by the last bin. Peaks are at the right places; "
        "the baseline falls with distance, since the particle is finite.\n"
        "- **finite**: by the part of each shell that lies inside the surface mesh, which "
        "rays from every atom find: `g = (n / N) / (v / V)`.\n\n"
        "g is smoothed by a Gaussian of `sigma` bins, cut at 3 bins; `g_raw` is not smoothed.\n\n"
        "r1 is the highest maximum between `r1_min` and `r1_max`, refined by a Gaussian "
        "through its upper half. r_valley is the lowest minimum up to 1.5 r1. Where g is "
        "below 1 % of the peak, as in a crystal without disorder, r_valley is the middle of "
        "that stretch. a = sqrt(2) r1 holds for fcc only.",
    .citations = citations,
    .limits = "Beyond the radius of the particle g rests on few atoms and should not be used. "
              "`finite` needs a mesh without holes: alpha of about 4 angstrom for metals.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("structure.pdf", "1.0", "BSD-3-Clause", &structure_pdf);
