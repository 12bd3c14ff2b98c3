/* structure.strain - how each atom's surroundings are stretched, from where its neighbours on the
 * lattice are. */
#include <atomloom/op.h>
#include "cubic.h"
#include "kit/citations.h"
#include "kit/linalg.h"
#include "kit/table.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_SHELLS = 5, MOST_NEAR = 79, PARTS = 6 }; /* an atom and five shells: 1 + 78 */
typedef struct params {
    double cutoff, min_fraction, a;
    int64_t shells, min_neighbours;
    int32_t axes;
    const char *where;
} params;
static const char *const axes_names[] = { "crystal", "particle", NULL };
enum { CRYSTAL, PARTICLE };
static const loom_param param_table[] = {
    LOOM_PARAM(params, a, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "edge of the cube without strain; 0: that of the cubic fit, so that strain "
                      "is counted from the particle's mean"),
    LOOM_PARAM(params, shells, .def = 3, .min = 1, .max = MOST_SHELLS,
               .doc = "shells of lattice sites around an atom that count as its surroundings: 12, "
                      "18, 42, 54 or 78 sites"),
    LOOM_PARAM(params, min_neighbours, .def = 6, .min = 3, .max = 78, .flags = LOOM_ADVANCED,
               .doc = "atoms with fewer neighbours on these sites have no strain"),
    LOOM_PARAM(params, axes, .choices = axes_names, .def = CRYSTAL,
               .doc = "crystal: along the edges of the cube, as e11..e33 of structure.lattice; "
                      "particle: along x, y, z"),
    LOOM_PARAM(params, cutoff, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "nearest neighbours are this far apart or closer; 0: r_valley of the table "
                      "at 'pdf', else of these atoms"),
    LOOM_PARAM(params, min_fraction, .def = 0.5, .min = 0.01, .max = 1, .flags = LOOM_ADVANCED,
               .doc = "fails when a smaller fraction of the atoms takes a site"),
    LOOM_PARAM_WHERE(params),
    { 0 }
};
static const loom_port inputs[] = { { "atoms", "atoms", "the particle", 0 },
                                    { "pdf", "table", "from structure.pdf, for r1 and r_valley",
                                      LOOM_OPTIONAL },
                                    { 0 } };
static const loom_port outputs[] = {
    { "atoms", "atoms",
      "the same with strain_11 .. strain_12, strain_volume, strain_known, and their standard "
      "errors where positions have them",
      0 },
    { "table", "table", "one row: a, atoms with a strain, mean and deviation of strain_volume", 0 },
    { 0 }
};

/* Rows and columns of the six parts, and their names. */
static const int part_of[PARTS][2] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 1, 2 }, { 0, 2 }, { 0, 1 } };
static const char *const part_names[PARTS] = { "11", "22", "33", "23", "13", "12" };

typedef struct work {
    const loom_atoms *atoms;
    const fcc_lattice *f;
    const position_errors *errors;
    double half; /* half the edge without strain */
    int32_t axes;
    int64_t min_neighbours;
    int steps;
    int32_t step[MOST_NEAR][3]; /* the first is 0: the atom itself */
    /* what is found, a column each; errors NULL where positions have none */
    double *strain[PARTS], *volume, *error[PARTS], *error_volume;
    uint8_t *known;
} work;

/* The sites around one, shell by shell: |step|^2 = 2, 4, .. 2 shells in half edges. */
static void make_steps(work *w, int64_t shells)
{
    assert(shells >= 1 && shells <= MOST_SHELLS);
    for (int32_t norm = 0; norm <= 2 * shells; norm += 2)
        for (int32_t i = 0; i < 343; i++) {
            int32_t s[3] = { i % 7 - 3, i / 7 % 7 - 3, i / 49 - 3 };
            if (s[0] * s[0] + s[1] * s[1] + s[2] * s[2] != norm) continue;
            assert(w->steps < MOST_NEAR);
            memcpy(w->step[w->steps++], s, sizeof s);
        }
}

/* The cell around an atom: F of x = x0 + F m over its surroundings is the sum of x g^T. */
typedef struct surroundings {
    int n;
    int32_t atom[MOST_NEAR];
    double g[MOST_NEAR][3], cell[9];
} surroundings;

/* Which atoms there are, and g = (sum m m^T)^-1 m with m from the mean; false where they are too
 * few or lie in a plane. */
static bool find_surroundings(const work *w, int64_t i, surroundings *s)
{
    double mean[3] = { 0 }, sum[9] = { 0 }, inverse[9];
    s->n = 0;
    for (int k = 0; k < w->steps; k++) {
        int32_t site[3];
        for (int a = 0; a < 3; a++) site[a] = w->f->site[i][a] + w->step[k][a];
        int32_t atom = fcc_atom_at(w->f, site);
        if (atom < 0) continue;
        s->atom[s->n] = atom;
        for (int a = 0; a < 3; a++) mean[a] += s->g[s->n][a] = w->step[k][a];
        s->n++;
    }
    if (s->n - 1 < w->min_neighbours) return false;
    for (int k = 0; k < s->n; k++)
        for (int a = 0; a < 3; a++) s->g[k][a] -= mean[a] / s->n;
    for (int k = 0; k < s->n; k++)
        for (int a = 0; a < 9; a++) sum[a] += s->g[k][a / 3] * s->g[k][a % 3];
    /* sites are whole numbers: what is not flat has a determinant of the order of 1 or more */
    if (loom_det3(sum) < 1e-6 || !loom_inverse3(sum, inverse)) return false;
    for (int k = 0; k < s->n; k++) {
        double m[3];
        memcpy(m, s->g[k], sizeof m);
        loom_apply3(inverse, m, s->g[k]);
    }
    return true;
}

static void fit_cell(const work *w, int64_t i, surroundings *s)
{
    memset(s->cell, 0, sizeof s->cell);
    for (int k = 0; k < s->n; k++)
        for (int a = 0; a < 9; a++)
            s->cell[a] += (w->atoms->position[3 * (int64_t)s->atom[k] + a / 3]
                           - w->atoms->position[3 * i + a / 3])
                          * s->g[k][a % 3];
}

/* Errors to first order: a change dF of the cell changes the strain by the symmetric part of R^T dF
 * (of dF R^T in the axes of the particle) over the half edge, and the volume by its share
 * trace(F^-1 dF). */
static void write_errors(const work *w, int64_t i, const surroundings *s, const double r[9])
{
    double inverse[9], variance[PARTS] = { 0 }, of_volume = 0, c[3];
    bool invertible = loom_inverse3(s->cell, inverse);
    assert(invertible);
    for (int k = 0; invertible && k < s->n; k++) {
        double g[3], turned[3];
        memcpy(g, s->g[k], sizeof g);
        loom_apply3(r, g, turned);
        for (int p = 0; p < PARTS; p++) {
            int a = part_of[p][0], b = part_of[p][1];
            for (int x = 0; x < 3; x++)
                c[x] = w->axes == CRYSTAL ? r[3 * x + a] * g[b] + r[3 * x + b] * g[a]
                                          : (x == a) * turned[b] + (x == b) * turned[a];
            variance[p] += position_variance(w->errors, s->atom[k], c);
        }
        for (int x = 0; x < 3; x++)
            c[x] = inverse[x] * g[0] + inverse[3 + x] * g[1] + inverse[6 + x] * g[2];
        of_volume += position_variance(w->errors, s->atom[k], c);
    }
    for (int p = 0; p < PARTS; p++) w->error[p][i] = sqrt(variance[p]) / (2 * w->half);
    w->error_volume[i] = sqrt(of_volume) * (1 + w->volume[i]);
}

static void strain_of_atom(const work *w, int64_t i)
{
    surroundings s;
    double r[9], u[9], back[9], turned[9];
    if (!w->f->has[i] || !find_surroundings(w, i, &s)) return;
    fit_cell(w, i, &s);
    double det = loom_det3(s.cell), whole = w->half * w->half * w->half;
    if (!(det > 1e-6 * whole)) return; /* inside out or flat: neighbours are not where they seem */
    loom_polar3(s.cell, r, u);
    if (w->axes == PARTICLE) {
        loom_transpose3(r, back);
        loom_multiply3(s.cell, back, turned); /* R U R^T */
        memcpy(u, turned, sizeof u);
    }
    for (int p = 0; p < PARTS; p++) {
        int a = part_of[p][0], b = part_of[p][1];
        w->strain[p][i] = (u[3 * a + b] + u[3 * b + a]) / (2 * w->half) - (a == b);
    }
    w->volume[i] = det / whole - 1;
    w->known[i] = 1;
    if (w->errors->axis[0]) write_errors(w, i, &s, r);
}

static bool make_columns(loom_call *call, loom_atoms *atoms, loom_value *out, work *w)
{
    char name[32];
    bool made =
        (w->known = loom_atoms_make(call, atoms, out, "strain_known", LOOM_U8, 1, ""))
        && (w->volume = loom_atoms_make(call, atoms, out, "strain_volume", LOOM_F64, 1, ""));
    for (int p = 0; made && p < PARTS; p++) {
        snprintf(name, sizeof name, "strain_%s", part_names[p]);
        made = (w->strain[p] = loom_atoms_make(call, atoms, out, name, LOOM_F64, 1, ""));
    }
    if (!made || !w->errors->axis[0]) return made;
    for (int p = 0; made && p < PARTS; p++) {
        snprintf(name, sizeof name, "error_strain_%s", part_names[p]);
        made = (w->error[p] = loom_atoms_make(call, atoms, out, name, LOOM_F64, 1, ""));
    }
    return made
           && (w->error_volume =
                   loom_atoms_make(call, atoms, out, "error_strain_volume", LOOM_F64, 1, ""));
}

static loom_status write_table(loom_call *call, const work *w)
{
    double n = 0, sum = 0, sum2 = 0, errors2 = 0;
    for (int64_t i = 0; i < w->atoms->n; i++) {
        if (!w->known[i]) continue;
        n++;
        sum += w->volume[i];
        errors2 += w->error_volume ? w->error_volume[i] * w->error_volume[i] : 0;
    }
    if (n < 1)
        return call->host->fail(call, LOOM_E_DATA, "atoms",
                                "no atom has %lld neighbours on sites around it that do not lie "
                                "in a plane; raise 'shells' or lower 'min_neighbours'",
                                (long long)w->min_neighbours);
    for (int64_t i = 0; i < w->atoms->n; i++)
        if (w->known[i]) sum2 += (w->volume[i] - sum / n) * (w->volume[i] - sum / n);
    const loom_figure row[] = {
        { .name = "a", .unit = "angstrom", .value = 2 * w->half },
        { .name = "atoms", .value = n },
        { .name = "mean_volume", .value = sum / n },
        { .name = "deviation_volume", .value = sqrt(sum2 / n) },
        { .name = "error_volume", .value = sqrt(errors2 / n) }, /* the last: where there are */
    };
    int count = (int)(sizeof row / sizeof *row) - !w->error_volume;
    return loom_table_row(call, call->host->output(call, "table"), row, count) ? LOOM_OK
                                                                               : LOOM_E_MEMORY;
}

/* The lattice of the particle, and the edge without strain. */
static loom_status fit_lattice(loom_call *call, const params *p, loom_atoms *atoms,
                               position_errors *errors, fcc_lattice *f, double *a)
{
    loom_shell shell;
    cubic_lattice cube;
    loom_status status = loom_atoms_read_where(call, "atoms", 13, p->where, atoms);
    if (status != LOOM_OK || (status = position_errors_read(call, atoms, errors)) != LOOM_OK
        || (status = loom_first_shell(call, "pdf", "cutoff", atoms->position, atoms->n, &shell))
               != LOOM_OK)
        return status;
    if (p->cutoff > 0) shell.r_valley = p->cutoff;
    if ((status = fcc_fit(call, "atoms", atoms, &shell, p->min_fraction, f)) != LOOM_OK)
        return status;
    if (!cubic_fit(call, atoms, f, errors, &cube)) return LOOM_E_MEMORY;
    *a = p->a > 0 ? p->a : cube.a;
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    loom_atoms atoms;
    fcc_lattice f;
    position_errors errors;
    double a;
    loom_status status = fit_lattice(call, p, &atoms, &errors, &f, &a);
    if (status != LOOM_OK) return status;
    work w = { .atoms = &atoms,
               .f = &f,
               .errors = &errors,
               .half = a / 2,
               .axes = p->axes,
               .min_neighbours = p->min_neighbours };
    make_steps(&w, p->shells);
    static const char *const made[] = {
        "strain_known",    "strain_volume",   "strain_11",           "strain_22",
        "strain_33",       "strain_23",       "strain_13",           "strain_12",
        "error_strain_11", "error_strain_22", "error_strain_33",     "error_strain_23",
        "error_strain_13", "error_strain_12", "error_strain_volume", NULL
    };
    loom_value *out = h->output(call, "atoms");
    if (!out || !loom_atoms_pass(call, &atoms, made, out) || !make_columns(call, &atoms, out, &w))
        return LOOM_E_MEMORY;
#pragma omp parallel for num_threads(h->threads(call)) schedule(static)
    for (int64_t i = 0; i < atoms.n; i++) strain_of_atom(&w, i);
    status = write_table(call, &w);
    loom_atoms_spread(&atoms);
    return status;
}

static const loom_citation citations[] = { CITE_XU_2015, { 0 } };

static const loom_op structure_strain = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "structure.strain",
    .summary = "The strain at every atom of an fcc particle, from where its neighbours on the "
               "lattice are, with errors.",
    .method =
        "The fcc lattice is fitted as in structure.lattice. Around each atom the positions of the "
        "atoms on the sites of `shells` shells are fitted by `x = x0 + F m`, m their sites in half "
        "edges: the gradient of the displacements by local least squares. The polar "
        "decomposition `F = R (1 + e) a/2` takes the local rotation off and leaves the symmetric "
        "strain e, exactly and not only for small strains. `strain_volume = det F / (a/2)^3 - 1` "
        "is the relative change of volume.\n\n"
        "Strain is counted from `a`: give the lattice parameter of the bulk metal to see how the "
        "particle as a whole is strained.\n\n"
        "Where the atoms have standard errors (error_x, error_y, error_z), each part has the error "
        "that they make, to first order. Errors of neighbouring atoms' strains are not "
        "independent: they share positions.",
    .citations = citations,
    .limits = "More shells make smaller errors and blur the map. At the surface the surroundings "
              "lie on one side, and the error is larger. Atoms without a site, behind a twin "
              "boundary, have no strain (`strain_known` 0).",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("structure.strain", "1.0", "BSD-3-Clause", &structure_strain);
