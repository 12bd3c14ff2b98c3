/* io.write_pdb - atoms as a PDB file. */
#include <atomloom/op.h>
#include "io/atoms_box.h"
#include "io/builder.h"
#include <ctype.h>

static const loom_port inputs[] = { { "atoms", "atoms", "any atoms of known elements", 0 }, { 0 } };
static const loom_port outputs[] = { { "file", "file", "PDB 3.3, HETATM records", 0 }, { 0 } };

/* Element symbols are right-adjusted in columns 77 and 78, in capitals. */
static void capitals(const char *symbol, char out[3])
{
    int n = 0;
    for (; symbol[n] && n < 2; n++) out[n] = (char)toupper((unsigned char)symbol[n]);
    out[n] = 0;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    enum { MOST = 99999 };
    (void)param_struct;
    loom_atoms a;
    int32_t z[LOOM_SPECIES_MOST];
    loom_status status = loom_atoms_read(call, "atoms", 1, &a);
    if (status) return status;
    if (!atoms_need_elements(call, &a, z)) return LOOM_E_DATA;
    if (a.n > MOST)
        return call->host->fail(
            call, LOOM_E_DATA, "atoms",
            "a PDB file numbers at most %d atoms, found %lld; write .xyz or .cif", MOST,
            (long long)a.n);
    io_text t = { .call = call };
    for (int64_t i = 0; i < a.n; i++) {
        const double *x = a.position + 3 * i;
        char symbol[3];
        for (int k = 0; k < 3; k++)
            if (x[k] <= -1000 || x[k] >= 10000)
                return call->host->fail(call, LOOM_E_DATA, "atoms",
                                        "atom %lld has %c = %g angstrom; PDB has room for -999.999 "
                                        "to 9999.999",
                                        (long long)i, "xyz"[k], x[k]);
        capitals(loom_element_symbol(z[a.species[i]]), symbol);
        io_print(&t, "HETATM%5lld %-4s UNK A   1    %8.3f%8.3f%8.3f  1.00  0.00          %2s\n",
                 (long long)i + 1, symbol, x[0], x[1], x[2], symbol);
    }
    io_print(&t, "END\n");
    return t.failed ? LOOM_E_MEMORY : io_finish_file(call, t.data, t.n, "chemical/x-pdb", "pdb");
}

static const loom_op io_write_pdb = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.write_pdb",
    .summary = "Atoms as a PDB file.",
    .method = "One HETATM record for each atom, positions as they are.",
    .cites = "none",
    .limits = "The format rounds to 0.001 angstrom and holds 99,999 atoms: for programs that read "
              "nothing else.",
    .inputs = inputs,
    .outputs = outputs,
    .writes_type = "atoms",
    .writes_extension = "pdb",
    .run = run,
};
LOOM_PLUGIN("io.write_pdb", "1.0", "BSD-3-Clause", &io_write_pdb);
