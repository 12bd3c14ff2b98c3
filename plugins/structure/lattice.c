/* structure.lattice - the fcc lattice a particle stands on: site of every atom, cell, orientation
 * and strain. */
#include <atomloom/op.h>
#include "kit/citations.h"
#include "cubic.h"
#include "kit/table.h"
#include <stdio.h>
#include <string.h>
#include <assert.h>

typedef struct params {
    double cutoff, min_fraction;
    const char *where;
} params;
static const char *const old_min_fraction[] = { "least", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, cutoff, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "nearest neighbours are this far apart or closer; 0: r_valley of the table "
                      "at 'pdf', else of these atoms"),
    LOOM_PARAM(params, min_fraction, .renamed_from = old_min_fraction, .def = 0.5, .min = 0.01,
               .max = 1, .flags = LOOM_ADVANCED,
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
      "the same with site [n][3] (half cube edges, even sum), indexed and residual", 0 },
    { "table", "table",
      "one row: a, fraction, rms, indexed, origin ox oy oz, cell h11..h33, rotation r11..r33, "
      "strain e11..e33; of the cubic fit a_cubic, rms_cubic, rotation c11..c33; errors",
      0 },
    { 0 }
};

static bool write_matrix(loom_call *call, loom_value *table, char letter, const char *unit,
                         const double m[9])
{
    char name[8];
    for (int k = 0; k < 9; k++) {
        snprintf(name, sizeof name, "%c%d%d", letter, k / 3 + 1, k % 3 + 1);
        if (!loom_table_row(call, table,
                            &(loom_figure){ .name = name, .unit = unit, .value = m[k] }, 1))
            return false;
    }
    return true;
}

static loom_status write_table(loom_call *call, const fcc_lattice *f)
{
    assert(f->n > 0 && f->indexed >= 0 && f->indexed <= f->n);
    loom_value *t = call->host->output(call, "table");
    const loom_figure row[] = {
        { .name = "a", .unit = "angstrom", .value = f->a },
        { .name = "fraction", .value = (double)f->indexed / (double)f->n },
        { .name = "rms", .unit = "angstrom", .value = f->rms },
        { .name = "indexed", .value = (double)f->indexed },
        { .name = "ox", .unit = "angstrom", .value = f->origin[0] },
        { .name = "oy", .unit = "angstrom", .value = f->origin[1] },
        { .name = "oz", .unit = "angstrom", .value = f->origin[2] },
    };
    return loom_table_row(call, t, row, sizeof row / sizeof *row)
                   && write_matrix(call, t, 'h', "angstrom", f->half)
                   && write_matrix(call, t, 'r', "", f->rotation)
                   && write_matrix(call, t, 'e', "", f->strain)
               ? LOOM_OK
               : LOOM_E_MEMORY;
}

/* The same particle on a cube, and errors where positions have them. */
static loom_status write_cubic(loom_call *call, const loom_atoms *atoms, const fcc_lattice *f,
                               const position_errors *errors)
{
    loom_value *t = call->host->output(call, "table");
    cubic_lattice c;
    if (!cubic_fit(call, atoms, f, errors, &c)) return LOOM_E_MEMORY;
    const loom_figure row[] = {
        { .name = "a_cubic", .unit = "angstrom", .value = c.a },
        { .name = "rms_cubic", .unit = "angstrom", .value = c.rms },
        { .name = "residual_error_a_cubic", .unit = "angstrom", .value = c.error_of_residuals },
    };
    if (!loom_table_row(call, t, row, sizeof row / sizeof *row)
        || !write_matrix(call, t, 'c', "", c.rotation))
        return LOOM_E_MEMORY;
    if (!errors->axis[0]) return LOOM_OK;
    const loom_figure of_errors[] = {
        { .name = "error_a", .unit = "angstrom", .value = cubic_error_of_free(atoms, f, errors) },
        { .name = "error_a_cubic", .unit = "angstrom", .value = c.error },
    };
    return loom_table_row(call, t, of_errors, 2) ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    static const char *const made[] = { "site", "indexed", "residual", NULL };
    const loom_host *h = call->host;
    const params *p = param_struct;
    loom_atoms atoms;
    loom_shell shell;
    fcc_lattice f;
    position_errors errors;
    loom_status status = loom_atoms_read_where(call, "atoms", 13, p->where, &atoms);
    if (status != LOOM_OK || (status = position_errors_read(call, &atoms, &errors)) != LOOM_OK
        || (status = loom_first_shell(call, "pdf", "cutoff", atoms.position, atoms.n, &shell))
               != LOOM_OK)
        return status;
    if (p->cutoff > 0) shell.r_valley = p->cutoff;
    if ((status = fcc_fit(call, "atoms", &atoms, &shell, p->min_fraction, &f)) != LOOM_OK)
        return status;
    loom_value *out = h->output(call, "atoms");
    if (!out || !loom_atoms_pass(call, &atoms, made, out)) return LOOM_E_MEMORY;
    int32_t *site = loom_atoms_make(call, &atoms, out, "site", LOOM_I32, 3, "");
    uint8_t *indexed = loom_atoms_make(call, &atoms, out, "indexed", LOOM_U8, 1, "");
    double *residual = loom_atoms_make(call, &atoms, out, "residual", LOOM_F64, 1, "angstrom");
    if (!site || !indexed || !residual) return LOOM_E_MEMORY;
    assert(f.n == atoms.n);
    memcpy(site, f.site, (size_t)atoms.n * sizeof *f.site);
    memcpy(indexed, f.has, (size_t)atoms.n);
    memcpy(residual, f.residual, (size_t)atoms.n * sizeof *residual);
    h->set_number(call, out, "lattice_a", f.a, "angstrom");
    status = write_table(call, &f);
    if (status == LOOM_OK) status = write_cubic(call, &atoms, &f, &errors);
    loom_atoms_spread(&atoms);
    return status;
}

static const loom_citation citations[] = { CITE_XU_2015, CITE_LI_2023, { 0 } };

static const loom_op structure_lattice = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "structure.lattice",
    .summary = "The fcc lattice of a particle by least squares: a site for every atom, lattice "
               "parameter, orientation and strain.",
    .method =
        "From an atom with 12 neighbours near the middle, three neighbours about 60 degrees "
        "apart give a first cell. Sites grow "
        "outwards over the 12 neighbour steps: the atom nearest to where its parent's "
        "position puts it takes the site, within a "
        "quarter of r1; the lattice is fitted again as it grows, and the growth repeated with "
        "the final cell until it stays. The "
        "fit minimises `sum |x - (o + H m)|^2` over origin o and the half-edge cell H, with "
        "m three whole numbers of even sum.\n\n"
        "`a = 2 det(H)^(1/3)`; H = R (1 + e) a/2 splits into the rotation R and the "
        "symmetric strain e. Of the 24 equal "
        "descriptions the one with the smallest rotation is given.\n\n"
        "The cubic fit holds the cell to `H = R a/2`, one lattice constant and a rotation: "
        "`a_cubic` and `rms_cubic`. How much larger its rms is shows what the free cell "
        "gains from strain.\n\n"
        "Where the atoms have standard errors (error_x, error_y, error_z), `error_a` and "
        "`error_a_cubic` are what they make of both lattice parameters. "
        "`residual_error_a_cubic` comes from the distances of the atoms from their sites "
        "instead, as if these were noise alone.",
    .citations = citations,
    .limits =
        "One lattice for the whole particle: behind a twin boundary or a stacking fault "
        "atoms are left without a site (indexed "
        "0). With fewer than `min_fraction` of the atoms on sites it fails rather than guess.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("structure.lattice", "1.0", "BSD-3-Clause", &structure_lattice);
