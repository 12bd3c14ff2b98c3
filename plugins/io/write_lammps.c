/* io.write_lammps - atoms as a LAMMPS data file. */
#include <atomloom/op.h>
#include "io/builder.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/elements.h"

typedef struct params {
    double margin;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, margin, .unit = "angstrom", .def = 10, .min = 0, .max = 1e6,
               .doc = "empty space between the outermost atoms and the box"),
    { 0 }
};
static const loom_port inputs[] = { { "atoms", "atoms", "positions and species", 0 }, { 0 } };
static const loom_port outputs[] = { { "file", "file", "LAMMPS data file, atom_style atomic", 0 },
                                     { 0 } };

static int count_types(const char *symbols)
{
    char symbol[16];
    int types = 0;
    while (loom_symbols_word(symbols, types, symbol)) types++;
    return types;
}

static void print_box(io_text *t, const double *x, int64_t n, double margin)
{
    for (int k = 0; k < 3; k++) {
        double low = n ? x[k] : 0, high = low;
        for (int64_t i = 0; i < n; i++) {
            low = fmin(low, x[3 * i + k]);
            high = fmax(high, x[3 * i + k]);
        }
        io_print(t, "%.8f %.8f %clo %chi\n", low - margin, high + margin, "xyz"[k], "xyz"[k]);
    }
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    const loom_array *position = loom_need(call, "atoms", "position"),
                     *species = loom_need(call, "atoms", "species");
    if (!position || !species) return LOOM_E_DATA;
    const double *x = position->data;
    const int32_t *kind = species->data;
    const char *symbols = h->text(h->input(call, "atoms", 0), "symbols");
    int64_t n = position->dim[0];
    char symbol[16];
    io_text t = { .call = call };
    int types = count_types(symbols);
    io_print(&t, "%s, written by atomloom\n\n%lld atoms\n%d atom types\n", symbols, (long long)n,
             types);
    print_box(&t, x, n, p->margin);
    io_print(&t, "\nMasses\n\n");
    for (int k = 0; loom_symbols_word(symbols, k, symbol); k++) {
        double mass = loom_element_mass(loom_element_number(symbol));
        io_print(&t, "%d %.6g # %s\n", k + 1, mass > 0 ? mass : 1, symbol);
        if (!(mass > 0))
            h->warn(call, "atoms", "'%s' is not an element with a known mass; type %d gets mass 1",
                    symbol, k + 1);
    }
    io_print(&t, "\nAtoms # atomic\n\n");
    for (int64_t i = 0; i < n && !t.failed; i++) {
        if (kind[i] < 0 || kind[i] >= types)
            return h->fail(call, LOOM_E_DATA, "atoms",
                           "atom %lld has species %d, but the symbols are '%s'", (long long)i,
                           (int)kind[i], symbols);
        io_print(&t, "%lld %d %.8f %.8f %.8f\n", (long long)i + 1, (int)kind[i] + 1, x[3 * i],
                 x[3 * i + 1], x[3 * i + 2]);
        if (i % 65536 == 0 && !h->progress(call, (double)i, (double)n)) return LOOM_E_CANCELLED;
    }
    return t.failed ? LOOM_E_MEMORY : io_finish_file(call, t.data, t.n, "text/plain", "lmp");
}

static const loom_citation citations[] = { CITE_THOMPSON_2022, { 0 } };

static const loom_op io_write_lammps = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.write_lammps",
    .summary = "Atoms as a LAMMPS data file.",
    .method = "One type per symbol with its mass, positions in angstrom (units metal), `atom_style "
              "atomic`, in a box that leaves `margin` "
              "free on every side.",
    .citations = citations,
    .limits = "Positions and types only: the format has no place for other columns (io.write_xyz "
              "has). A symbol that is not an element "
              "gets mass 1, with a warning.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .writes_type = "atoms",
    .writes_extension = "lmp",
    .run = run,
};
LOOM_PLUGIN("io.write_lammps", "1.0", "BSD-3-Clause", &io_write_lammps);
