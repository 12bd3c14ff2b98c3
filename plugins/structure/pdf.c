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
               .doc = "add for every pair of species the columns g_A_B, the pair distribution of "
                      "these alone, and count_A_B, ordered pairs from A to B; with finite also "
                      "shell_volume_A"),
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
    { "table", "table",
      "r, g, g_raw, count (ordered pairs), with partial g_A_B and count_A_B; attributes r1, "
      "r_valley, a",
      0 },
    { 0 }
};

/* The shells of every bin around all atoms together, and around those of each species where
 * partial curves are wanted (kinds > 0). */
typedef struct shells {
    int64_t bins;
    int32_t kinds;
    double *all, *of_kind; /* [bins], [kinds][bins] */
    double volume;         /* inside the mesh; 0 without one */
} shells;

/* Shells as far as they lie inside the mesh: along each direction the ray from an atom is inside
 * where an odd number of crossings lies beyond. Directions are a Fibonacci sphere, so all weigh the
 * same. */
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

/* Volumes from how many rays are inside, summed over `sets` (whole numbers: the same for any number
 * of threads); each set holds `stride` numbers. */
static void volumes_of_rays(const params *p, const int64_t *inside, int sets, int64_t stride,
                            int64_t bins, double *restrict volume)
{
    assert(sets > 0 && stride >= bins);
    for (int64_t b = 0; b < bins; b++) {
        int64_t sum = 0;
        for (int t = 0; t < sets; t++) sum += inside[t * stride + b];
        double low = (double)b * p->step, high = low + p->step;
        volume[b] = (double)sum / (double)p->directions * 4 * LOOM_PI / 3
                    * (high * high * high - low * low * low);
    }
}

static bool inside_shells(loom_call *call, const loom_atoms *atoms, const loom_mesh *mesh,
                          const params *p, shells *s)
{
    const loom_host *h = call->host;
    int threads = h->threads(call), kinds = s->kinds > 0 ? s->kinds : 1;
    int64_t bins = s->bins, stride = bins * kinds, part = 16 * BLOCK;
    int64_t *inside = h->scratch(call, (size_t)(stride * threads) * sizeof *inside);
    double *hit = h->scratch(call, (size_t)mesh->faces * (size_t)threads * sizeof *hit);
    if (!inside || !hit) return false;
    memset(inside, 0, (size_t)(stride * threads) * sizeof *inside);
    for (int64_t from = 0; from < atoms->n; from += part) {
        int64_t to = from + part < atoms->n ? from + part : atoms->n;
        if (!h->progress(call, (double)from, (double)atoms->n)) return false;
#pragma omp parallel for num_threads(threads) schedule(dynamic, BLOCK)
        for (int64_t i = from; i < to; i++)
            rays_of_atom(mesh, atoms->position + 3 * i, p, bins,
                         hit + mesh->faces * omp_get_thread_num(),
                         inside + stride * omp_get_thread_num()
                             + bins * (s->kinds > 0 ? atoms->species[i] : 0));
    }
    volumes_of_rays(p, inside, threads * kinds, bins, bins, s->all);
    for (int32_t k = 0; k < s->kinds; k++)
        volumes_of_rays(p, inside + bins * k, threads, stride, bins, s->of_kind + bins * k);
    return true;
}

/* Full shells: of one atom, and the share of each species in it. */
static void full_shells(const loom_atoms *atoms, const params *p, shells *s)
{
    assert(s->bins > 0 && atoms->n > 0);
    for (int64_t b = 0; b < s->bins; b++)
        s->all[b] =
            4 * LOOM_PI * p->step * p->step * p->step * ((double)b + 0.5) * ((double)b + 0.5);
    for (int64_t i = 0; s->kinds > 0 && i < atoms->n; i++)
        s->of_kind[s->bins * atoms->species[i]]++;
    for (int32_t k = 0; k < s->kinds; k++) {
        double *of = s->of_kind + s->bins * k, share = of[0] / (double)atoms->n;
        for (int64_t b = 0; b < s->bins; b++) of[b] = share * s->all[b];
    }
}

static loom_status make_shells(loom_call *call, const loom_atoms *atoms, const params *p, shells *s)
{
    const loom_host *h = call->host;
    loom_mesh mesh;
    double area;
    s->kinds = p->partial ? atoms->kinds : 0;
    size_t kinds = p->partial ? (size_t)s->kinds : 1; /* scratch is never empty */
    s->all = h->scratch(call, (size_t)s->bins * sizeof *s->all);
    s->of_kind = h->scratch(call, (size_t)s->bins * kinds * sizeof *s->of_kind);
    if (!s->all || !s->of_kind) return LOOM_E_MEMORY;
    memset(s->of_kind, 0, (size_t)s->bins * kinds * sizeof *s->of_kind);
    full_shells(atoms, p, s);
    if (p->normalisation != FINITE) return LOOM_OK;
    loom_status status = loom_mesh_read(call, "surface", &mesh);
    if (status != LOOM_OK) return status;
    loom_mesh_measure(mesh.vertex, mesh.face, mesh.faces, &area, &s->volume);
    return inside_shells(call, atoms, &mesh, p, s) ? LOOM_OK : loom_stop(call);
}

/* What pairs / shell is divided by so that its far end is one. */
static double scale_of(const params *p, int64_t bins, double density, const double *g)
{
    assert(bins > 0);
    double by = 1;
    if (p->scale == TAIL) {
        int64_t from = bins * 3 / 4;
        double sum = 0;
        for (int64_t b = from; b < bins; b++) sum += g[b];
        by = sum / (double)(bins - from);
    } else if (p->scale == STANDARD) by = p->normalisation == FINITE ? density : g[bins - 1];
    return by > 0 ? by : 1;
}

/* How many atoms there are of the species. */
static double atoms_of(const loom_atoms *atoms, int32_t species)
{
    double n = 0;
    for (int64_t i = 0; i < atoms->n; i++) n += atoms->species[i] == species;
    return n;
}

/* The curve of a pair of species from its ordered pairs. Were the species drawn by lot, pairs
 * from i to j would fill the shells around i as often as j occurs, and the same seen from j: the
 * mean of both stands in for the shell of g, so that the curve is then g. */
static bool add_curve(loom_call *call, const loom_atoms *atoms, const params *p, const shells *s,
                      int32_t i, int32_t j, double by, const int64_t *count, const char *name)
{
    assert(i >= 0 && i <= j && j < s->kinds && by > 0);
    const loom_host *h = call->host;
    const double *vi = s->of_kind + s->bins * i, *vj = s->of_kind + s->bins * j;
    double ci = atoms_of(atoms, i) / (double)atoms->n, cj = atoms_of(atoms, j) / (double)atoms->n;
    double *g = h->add_array(call, h->output(call, "table"), name, LOOM_F64, 1, &s->bins, "");
    double *raw = h->scratch(call, (size_t)s->bins * sizeof *raw);
    if (!g || !raw) return false;
    for (int64_t b = 0; b < s->bins; b++) {
        double shell = (vi[b] * cj + vj[b] * ci) / 2;
        raw[b] = shell > 0 ? (double)count[b] / shell / by : 0;
    }
    loom_pdf_smooth(s->bins, raw, p->sigma, g);
    h->release(call, raw);
    return true;
}

/* Counts and curve of every pair of species. */
static bool add_partial(loom_call *call, const loom_atoms *atoms, const params *p, const shells *s,
                        double by, const int64_t *count)
{
    loom_value *table = call->host->output(call, "table");
    int64_t bins = s->bins;
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
            snprintf(name, sizeof name, "g_%s_%s", a, b);
            if (!add_curve(call, atoms, p, s, i, j, by, one, name)) return false;
        }
    return true;
}

static bool add_volumes(loom_call *call, const loom_atoms *atoms, const shells *s)
{
    const loom_host *h = call->host;
    for (int32_t k = -1; k < s->kinds; k++) {
        char word[16], name[32] = "shell_volume";
        if (k >= 0) {
            loom_symbols_word(atoms->symbols, k, word);
            snprintf(name, sizeof name, "shell_volume_%s", word);
        }
        double *v =
            h->add_array(call, h->output(call, "table"), name, LOOM_F64, 1, &s->bins, "angstrom^3");
        if (!v) return false;
        memcpy(v, k < 0 ? s->all : s->of_kind + s->bins * k, (size_t)s->bins * sizeof *v);
    }
    return true;
}

static bool add_columns(loom_call *call, const loom_atoms *atoms, const params *p, const shells *s,
                        const int64_t *count)
{
    const loom_host *h = call->host;
    loom_value *table = h->output(call, "table");
    int64_t bins = s->bins;
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
        raw[b] = s->all[b] > 0 ? (double)all[b] / s->all[b] : 0;
    }
    double density =
        s->volume > 0 ? (double)atoms->n / s->volume
                      : 1; /* shells hold the sum over atoms: pairs / shell is a density already */
    double by = scale_of(p, bins, density, raw);
    for (int64_t b = 0; b < bins; b++) raw[b] /= by;
    loom_pdf_smooth(bins, raw, p->sigma, g);
    if (p->normalisation == FINITE && !add_volumes(call, atoms, s)) return false;
    return !p->partial || add_partial(call, atoms, p, s, by, count);
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
    loom_status status = loom_atoms_read_where(call, "atoms", 2, p->where, &atoms);
    if (status != LOOM_OK) return status;
    if ((status = check_params(call, p)) != LOOM_OK) return status;
    int64_t bins = (int64_t)floor(p->r_max / p->step * (1 + 1e-12)),
            rows = p->partial ? atoms.kinds * (atoms.kinds + 1) / 2 : 1;
    shells s = { .bins = bins };
    int64_t *count = h->scratch(call, (size_t)(bins * rows) * sizeof *count);
    if (!count) return LOOM_E_MEMORY;
    if ((status = make_shells(call, &atoms, p, &s)) != LOOM_OK) return status;
    if (!loom_pair_counts(call, atoms.position, p->partial ? atoms.species : NULL,
                          p->partial ? atoms.kinds : 1, atoms.n, p->step, bins, count))
        return loom_stop(call);
    if (!add_columns(call, &atoms, p, &s, count)) return LOOM_E_MEMORY;
    return add_shell(call, p, bins, atoms.n);
}

static const loom_citation citations[] = { CITE_YANG_2021, CITE_LI_2023, { 0 } };

static const loom_op structure_pdf = {
    .size = sizeof(loom_op),
    .revision = 2,
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
        "`partial` adds the curves of every pair of elements. `g_A_B` is n_AB over the "
        "shell `(v_A c_B + v_B c_A) / 2`, smoothed and scaled like g: n_AB ordered pairs from A "
        "to B, v_A the volume of the shells around the atoms of A (with fast c_A times "
        "the full shell), c the atomic fractions. Were elements drawn by lot, every "
        "curve would be g. The sum of (v_A c_B + v_B c_A) / (2 v) g_A_B over both orders of "
        "each pair is g; with fast, that is the sum of c_A c_B g_A_B. `finite` "
        "makes up for elements that sit at the surface, whose shells are less full.\n\n"
        "r1 is the highest maximum between `r1_min` and `r1_max`, refined by a Gaussian "
        "through its upper half. r_valley is the lowest minimum up to 1.5 r1. Where g is "
        "below 1 % of the peak, as in a crystal without disorder, r_valley is the middle of "
        "that stretch. a = sqrt(2) r1 holds for fcc only.",
    .citations = citations,
    .limits = "Beyond the radius of the particle g rests on few atoms and should not be used. "
              "g_A_A of an element with n atoms is low by 1/n, since an atom is no pair with "
              "itself. "
              "`finite` needs a mesh without holes: alpha of about 4 angstrom for metals.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("structure.pdf", "1.0", "BSD-3-Clause", &structure_pdf);
