/* io.write_cif - atoms as a CIF file. */
#include <atomloom/op.h>
#include "io/atoms_box.h"
#include "io/builder.h"

typedef struct params {
    double vacuum;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, vacuum, .unit = "angstrom", .def = 10, .min = 0, .max = 1000,
               .doc = "between the outermost atoms and the faces of the cell"),
    { 0 }
};
static const loom_port inputs[] = { { "atoms", "atoms", "any atoms of known elements", 0 }, { 0 } };
static const loom_port outputs[] = { { "file", "file", "CIF, space group P 1", 0 }, { 0 } };

static void print_cell(io_text *t, const atoms_box *b)
{
    static const char *const edge[] = { "a", "b", "c" }, *const angle[] = { "alpha", "beta",
                                                                            "gamma" };
    io_print(t, "data_atomloom\n_symmetry_space_group_name_H-M 'P 1'\n"
                "_symmetry_Int_Tables_number 1\n");
    for (int k = 0; k < 3; k++) io_print(t, "_cell_length_%s %.9f\n", edge[k], b->edge[k]);
    for (int k = 0; k < 3; k++) io_print(t, "_cell_angle_%s 90\n", angle[k]);
    io_print(t, "loop_\n_symmetry_equiv_pos_as_xyz\n'x, y, z'\n");
}

static void print_atoms(io_text *t, const loom_atoms *a, const atoms_box *b, const int32_t *z)
{
    io_print(t, "loop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n"
                "_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy\n");
    for (int64_t i = 0; i < a->n; i++) {
        const char *symbol = loom_element_symbol(z[a->species[i]]);
        io_print(t, "%s%lld %s", symbol, (long long)i + 1, symbol);
        for (int k = 0; k < 3; k++)
            io_print(t, " %.12f", (a->position[3 * i + k] - b->low[k]) / b->edge[k]);
        io_print(t, " 1\n");
    }
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    boxed_atoms b;
    loom_status status = boxed_atoms_read(call, p->vacuum, &b);
    if (status) return status;
    io_text t = { .call = call };
    print_cell(&t, &b.box);
    print_atoms(&t, &b.atoms, &b.box, b.z);
    return t.failed ? LOOM_E_MEMORY : io_finish_file(call, t.data, t.n, "chemical/x-cif", "cif");
}

static const loom_op io_write_cif = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.write_cif",
    .summary = "Atoms as a CIF file.",
    .method =
        "Space group P 1, a cell along the axes with `vacuum` around the particle, fractional "
        "coordinates.",
    .cites = "none",
    .limits =
        "A particle is not a crystal: the cell is empty space. Columns of atoms are not written.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .writes_type = "atoms",
    .writes_extension = "cif",
    .run = run,
};
LOOM_PLUGIN("io.write_cif", "1.0", "BSD-3-Clause", &io_write_cif);
