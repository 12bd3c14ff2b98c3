/* simulate.particle - a truncated fcc particle with a core and a shell, every atom of it known. */
#include "crystal.h"
#include "kit/check.h"
#include "kit/elements.h"
#include "kit/rng.h"
#include <stdio.h>
#include <stdlib.h>
#include <assert.h>

typedef struct params {
    int32_t size;
    double h100, h111, lattice;
    const char *core, *shell;
    loom_reals profile_depth, profile_fraction;
    double shell_fraction, roughen, disorder;
    loom_reals euler, translation;
    double euler_spread, translation_spread;
    int64_t seed;
} params;

static const char *const sizes[] = { "custom",    "atoms336",  "atoms852",   "atoms1976",
                                     "atoms3788", "atoms5970", "atoms13366", NULL };
static const double truncation[][2] = { { 0, 0 },     { 2.5, 4 },  { 3.5, 5.5 }, { 4.5, 7.5 },
                                        { 5.5, 9.5 }, { 6.5, 11 }, { 8.5, 14.5 } };
enum { SIZE_CUSTOM, SIZE_336 };

static const loom_param param_table[] = {
    LOOM_PARAM(params, size, .choices = sizes, .def = SIZE_336,
               .doc = "number of atoms; 'custom' takes h100 and h111"),
    LOOM_PARAM(params, h100, .min = 0, .max = 200,
               .doc = "custom size: half-width between {100} facets, in lattice parameters"),
    LOOM_PARAM(params, h111, .min = 0, .max = 600,
               .doc = "custom size: largest |x| + |y| + |z|, in lattice parameters"),
    LOOM_PARAM(params, lattice, .unit = "angstrom", .def = 3.89, .min = 1, .max = 20,
               .doc = "fcc lattice parameter of the whole particle"),
    LOOM_PARAM(params, core, .text = "Pd", .doc = "element of the core, species 0"),
    LOOM_PARAM(params, shell, .text = "Ir", .doc = "element of the shell, species 1"),
    LOOM_PARAM(params, profile_depth, .unit = "angstrom",
               .text = "0, 1, 2.1, 3.2, 4.3, 6.4, 8.5, 12", .min = 0, .max = 1e4,
               .doc = "depths of the composition profile, ascending; straight lines between them"),
    LOOM_PARAM(params, profile_fraction, .text = "0.50, 0.52, 0.50, 0.38, 0.16, 0.03, 0.005, 0",
               .min = 0, .max = 1, .doc = "atomic fraction of the shell element at each depth"),
    LOOM_PARAM(params, shell_fraction, .def = 0.19919, .min = -1, .max = 1,
               .doc = "atomic fraction of the shell element that the profile is scaled to "
                      "(0.19919: 69 wt% Pd in Pd-Ir); -1 keeps the profile as it is"),
    LOOM_PARAM(params, roughen, .def = 0, .min = 0, .max = 0.2,
               .doc =
                   "fraction of the atoms moved from edges and corners to islands on the facets"),
    LOOM_PARAM(params, disorder, .unit = "angstrom", .def = 0.05, .min = 0, .max = 1,
               .doc = "standard deviation of the static displacements, per axis"),
    LOOM_PARAM(params, euler, .unit = "degree", .text = "0, 0, 0", .min = -360, .max = 360,
               .flags = LOOM_LENGTH(3),
               .doc = "phi, theta, psi that turn the crystal's axes into the specimen's"),
    LOOM_PARAM(params, translation, .unit = "angstrom", .text = "0, 0, 0", .min = -1e4, .max = 1e4,
               .flags = LOOM_LENGTH(3), .doc = "x, y, z of the particle's centre"),
    LOOM_PARAM(params, euler_spread, .unit = "degree", .def = 0, .min = 0, .max = 180,
               .doc = "each angle is changed at random within this limit"),
    LOOM_PARAM(params, translation_spread, .unit = "angstrom", .def = 0, .min = 0, .max = 1e3,
               .doc = "each component is changed at random within this limit"),
    LOOM_PARAM(params, seed, .def = 1, .min = 0, .max = 0x1p53,
               .doc = "of all random numbers; the same seed gives the same particle"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = {
    { "atoms", "atoms",
      "columns site (identity of the lattice site), depth (to the ideal facets) and cn; "
      "attributes: lattice, truncation, pose and disorder",
      0 },
    { "truth", "table",
      "one row: number of atoms of each kind, sites of the ideal particle left by roughening, and "
      "the pose",
      0 },
    { 0 }
};

static double fraction_at(const params *p, double depth)
{
    assert(p->profile_depth.n >= 1 && p->profile_fraction.n == p->profile_depth.n);
    const double *d = p->profile_depth.v, *f = p->profile_fraction.v;
    int64_t n = p->profile_depth.n, k = 1;
    if (depth <= d[0]) return f[0];
    if (depth >= d[n - 1]) return f[n - 1];
    while (d[k] < depth) k++;
    return f[k - 1] + (f[k] - f[k - 1]) * (depth - d[k - 1]) / (d[k] - d[k - 1]);
}

typedef struct candidate {
    double rank;
    int64_t cell;
} candidate;

static int by_rank(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return x->cell < y->cell ? -1 : x->cell > y->cell;
}

/* An atom at depth d belongs to the shell when uniform < scale * fraction(d). With a target the
 * scale is the one that gives exactly that many: the atoms of smallest uniform / fraction. */
static loom_status compose(loom_call *call, const params *p, crystal *c)
{
    candidate *atom = call->host->scratch(call, sizeof *atom * (size_t)(c->count + 1));
    if (!atom) return LOOM_E_MEMORY;
    int64_t n = 0, wanted = llround(p->shell_fraction * (double)c->count);
    for (int64_t cell = 0; cell < c->cells; cell++) {
        double x[3];
        if (c->species[cell] == CRYSTAL_VACANT) continue;
        crystal_place(c, cell, x);
        double f = fraction_at(p, crystal_depth(c, x));
        double u = loom_uniform((uint64_t)p->seed, crystal_stream_of(STREAM_SPECIES, 0),
                                (uint64_t)crystal_site(c, cell));
        assert(n < c->count);
        if (f > 0) atom[n++] = (candidate){ u / f, cell };
    }
    if (p->shell_fraction >= 0 && wanted > n)
        return call->host->fail(call, LOOM_E_PARAM, "shell_fraction",
                                "%lld atoms of %s are asked for, but the profile is above 0 for "
                                "%lld only; lower shell_fraction or widen the profile",
                                (long long)wanted, p->shell, (long long)n);
    qsort(atom, (size_t)n, sizeof *atom, by_rank);
    for (int64_t i = 0; i < n; i++)
        if (p->shell_fraction >= 0 ? i < wanted : atom[i].rank < 1)
            c->species[atom[i].cell] = CRYSTAL_SHELL;
    return LOOM_OK;
}

static loom_status check(loom_call *call, const params *p)
{
    const loom_host *h = call->host;
    if (p->size != SIZE_CUSTOM && (p->h100 > 0 || p->h111 > 0))
        return h->fail(call, LOOM_E_PARAM, p->h100 > 0 ? "h100" : "h111",
                       "h100 and h111 count with `size: custom` only; set that, or leave them out");
    if (p->size == SIZE_CUSTOM && !(p->h100 >= 1 && p->h111 >= 1 && fmin(p->h100, p->h111) <= 100))
        return h->fail(call, LOOM_E_PARAM, p->h100 >= 1 ? "h111" : "h100",
                       "`size: custom` needs h100 and h111 of 1 or more, the smaller of them 100 "
                       "or less; found %g and %g",
                       p->h100, p->h111);
    char core[16], shell[16];
    if (loom_symbol_read(p->core ? p->core : "", core) != LOOM_SYMBOL_ELEMENT)
        return h->fail(call, LOOM_E_PARAM, "core", "'%s' is not a chemical symbol (as in Pd)",
                       p->core ? p->core : "");
    if (loom_symbol_read(p->shell ? p->shell : "", shell) != LOOM_SYMBOL_ELEMENT)
        return h->fail(call, LOOM_E_PARAM, "shell", "'%s' is not a chemical symbol (as in Ir)",
                       p->shell ? p->shell : "");
    if (!strcmp(core, shell))
        return h->fail(call, LOOM_E_PARAM, "shell",
                       "core and shell are both %s; for a pure particle set shell_fraction to 0 "
                       "and name another element",
                       p->core);
    if (p->profile_depth.n < 1 || p->profile_depth.n != p->profile_fraction.n)
        return h->fail(call, LOOM_E_PARAM, "profile_fraction",
                       "%lld fractions for %lld depths; give one for each",
                       (long long)p->profile_fraction.n, (long long)p->profile_depth.n);
    for (int64_t i = 1; i < p->profile_depth.n; i++)
        if (!(p->profile_depth.v[i] > p->profile_depth.v[i - 1]))
            return h->fail(call, LOOM_E_PARAM, "profile_depth",
                           "depth %g follows %g; give them ascending", p->profile_depth.v[i],
                           p->profile_depth.v[i - 1]);
    if (p->shell_fraction < 0 && p->shell_fraction != -1)
        return h->fail(call, LOOM_E_PARAM, "shell_fraction",
                       "%g is neither a fraction nor -1 (keep the profile as it is)",
                       p->shell_fraction);
    if (p->euler.n != 3)
        return h->fail(call, LOOM_E_PARAM, "euler", "%lld angles; give phi, theta, psi",
                       (long long)p->euler.n);
    if (p->translation.n != 3)
        return h->fail(call, LOOM_E_PARAM, "translation", "%lld components; give x, y, z",
                       (long long)p->translation.n);
    return LOOM_OK;
}

/* Atoms at edges and corners move to sites of three to five neighbours on the facets, where they
 * gather in islands; those that have moved may move on. Returns how many sites of the ideal
 * particle are vacant in the end. */
static int64_t roughen(crystal *c, const params *p)
{
    int64_t wanted = llround(p->roughen * (double)c->count), vacated = 0, where[2];
    for (int64_t tries = 0; vacated < wanted && tries < 20 * wanted; tries++) {
        if (!crystal_hop(c, 3, 5, (uint64_t)p->seed, crystal_stream_of(STREAM_ROUGHEN, 0),
                         (uint64_t)tries, where))
            break;
        vacated += crystal_is_ideal(c, where[0]) - crystal_is_ideal(c, where[1]);
    }
    return vacated;
}

static loom_status write_truth(loom_call *call, const crystal *c, int64_t moved)
{
    const loom_host *h = call->host;
    int64_t shell = 0, one = 1;
    for (int64_t cell = 0; cell < c->cells; cell++) shell += c->species[cell] == CRYSTAL_SHELL;
    const struct {
        const char *name;
        int64_t v;
    } counts[] = { { "atoms", c->count },
                   { "core", c->count - shell },
                   { "shell", shell },
                   { "roughened", moved } };
    const struct {
        const char *name, *unit;
        double v;
    } numbers[] = {
        { "phi", "degree", c->pose.euler_deg[0] }, { "theta", "degree", c->pose.euler_deg[1] },
        { "psi", "degree", c->pose.euler_deg[2] }, { "x", "angstrom", c->pose.shift_A[0] },
        { "y", "angstrom", c->pose.shift_A[1] },   { "z", "angstrom", c->pose.shift_A[2] },
    };
    loom_value *truth = h->output(call, "truth");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        int64_t *v = h->add_array(call, truth, counts[i].name, LOOM_I64, 1, &one, NULL);
        if (!v) return LOOM_E_MEMORY;
        *v = counts[i].v;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        double *v = h->add_array(call, truth, numbers[i].name, LOOM_F64, 1, &one, numbers[i].unit);
        if (!v) return LOOM_E_MEMORY;
        *v = numbers[i].v;
    }
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    enum { MARGIN = 3 }; /* half-steps of room for islands */
    const params *p = param_struct;
    loom_status status = check(call, p);
    if (status != LOOM_OK) return status;
    const double *h =
        p->size == SIZE_CUSTOM ? (const double[]){ p->h100, p->h111 } : truncation[p->size];
    crystal c;
    if (!crystal_start(call, p->lattice, h[0], h[1], MARGIN, &c)) return LOOM_E_MEMORY;
    crystal_fill(&c);
    char core[16], shell[16];
    loom_symbol_read(p->core, core);
    loom_symbol_read(p->shell, shell);
    snprintf(c.symbols, sizeof c.symbols, "%.3s %.3s", core, shell);
    crystal_pose base = { 0 };
    for (int a = 0; a < 3; a++) {
        base.euler_deg[a] = p->euler.v[a];
        base.shift_A[a] = p->translation.v[a];
    }
    c.pose =
        crystal_random_pose(&base, p->euler_spread, p->translation_spread, (uint64_t)p->seed, 0);
    c.disorder_A = p->disorder;
    c.disorder_seed = p->seed;
    status = compose(call, p, &c);
    if (status != LOOM_OK) return status;
    int64_t moved = roughen(&c, p);
    if (!call->host->progress(call, 1, 2)) return LOOM_E_CANCELLED;
    status = crystal_write(call, &c, call->host->output(call, "atoms"));
    return status == LOOM_OK ? write_truth(call, &c, moved) : status;
}

static const loom_op simulate_particle = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "simulate.particle",
    .summary = "A truncated fcc particle with core, shell, rough surface, static disorder and a "
               "pose, every atom known.",
    .method = "**Sites.** The fcc sites with |x|, |y|, |z| <= h100 and |x| + |y| + |z| <= h111 "
              "about the midpoint of a bond, lengths in lattice parameters. "
              "`atoms13366` is (8.5, 14.5): 13,366 atoms, 2,410 of them with fewer than 12 "
              "neighbours, 6.6 nm across. `site` names the lattice site "
              "and stays the same in every stage and pose.\n\n"
              "**Depth** is the distance to the nearest of the 14 planes {100} and {111} through "
              "the outermost atoms of the ideal particle, so it is a multiple of a/2 or "
              "a/sqrt(3); atoms in islands outside have 0.\n\n"
              "**Composition.** An atom at depth d belongs to the shell element with probability s "
              "f(d), f read off the profile; with `shell_fraction` the scale s is the "
              "one that gives exactly the asked number of atoms (0.19919 of 13,366 is 2,662: 69 "
              "wt% Pd).\n\n"
              "**Roughening** moves atoms of at most 6 neighbours, one by one, to vacant sites of "
              "3 to 5, until the asked fraction has left the ideal particle. **Disorder** "
              "displaces every site by a normal "
              "number per axis that depends on seed and site alone. **Pose**: x = Rz(phi) "
              "Ry(theta) Rx(psi) x_crystal + translation.",
    .cites = "none",
    .limits = "One lattice parameter for core and shell: no misfit strain, no surface relaxation, "
              "no twins. Depth refers to the ideal polyhedron; for depth "
              "below the true surface use structure.surface.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("simulate.particle", "1.0", "BSD-3-Clause", &simulate_particle);
