/* io.write_poscar - atoms as a POSCAR file of VASP. */
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
static const loom_port outputs[] = { { "file", "file", "POSCAR, Cartesian", 0 }, { 0 } };

static void print_atoms(io_text *t, const loom_atoms *a, const atoms_box *b, const int32_t *z)
{
    io_print(t, "atomloom: positions are shifted by %.9g %.9g %.9g angstrom\n1.0\n", -b->low[0],
             -b->low[1], -b->low[2]);
    for (int k = 0; k < 3; k++)
        io_print(t, "%.9f %.9f %.9f\n", k == 0 ? b->edge[0] : 0.0, k == 1 ? b->edge[1] : 0.0,
                 k == 2 ? b->edge[2] : 0.0);
    for (int k = 0; k < a->kinds; k++) io_print(t, "%s ", loom_element_symbol(z[k]));
    io_print(t, "\n");
    for (int k = 0; k < a->kinds; k++) {
        int64_t n = 0;
        for (int64_t i = 0; i < a->n; i++) n += a->species[i] == k;
        io_print(t, "%lld ", (long long)n);
    }
    io_print(t, "\nCartesian\n");
    for (int k = 0; k < a->kinds; k++)
        for (int64_t i = 0; i < a->n; i++)
            if (a->species[i] == k)
                io_print(t, "%.9f %.9f %.9f\n", a->position[3 * i] - b->low[0],
                         a->position[3 * i + 1] - b->low[1], a->position[3 * i + 2] - b->low[2]);
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    boxed_atoms b;
    loom_status status = boxed_atoms_read(call, p->vacuum, &b);
    if (status) return status;
    io_text t = { .call = call };
    print_atoms(&t, &b.atoms, &b.box, b.z);
    return t.failed ? LOOM_E_MEMORY
                    : io_finish_file(call, t.data, t.n, "text/plain; charset=utf-8", "vasp");
}

static const loom_op io_write_poscar = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.write_poscar",
    .summary = "Atoms as a POSCAR file of VASP.",
    .method = "A cell along the axes with `vacuum` around the particle; atoms ordered by species, "
              "Cartesian, shifted into the cell (the first line says by how much).",
    .cites = "none",
    .limits = "Columns of atoms are not written.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .writes_type = "atoms",
    .writes_extension = "vasp",
    .run = run,
};
LOOM_PLUGIN("io.write_poscar", "1.0", "BSD-3-Clause", &io_write_poscar);
