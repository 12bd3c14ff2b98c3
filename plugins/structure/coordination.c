/* structure.coordination - how many neighbours every atom has, of which species, and which atoms
 * are at the surface. */
#include <atomloom/op.h>
#include "kit/atoms.h"
#include "kit/cells.h"
#include "kit/citations.h"
#include "kit/pdf.h"
#include <stdio.h>
#include <string.h>
#include <assert.h>

enum { COLUMNS_MOST = LOOM_SPECIES_MOST + 2, NAME = 24 };
typedef struct params {
    double cutoff;
    int64_t full;
    bool partial;
    const char *where;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, cutoff, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "atoms this far apart or closer are neighbours; 0: r_valley of the table at "
                      "'pdf', else of these atoms"),
    LOOM_PARAM(params, full, .def = 12, .min = 1, .max = 64,
               .doc = "an atom with fewer neighbours is at the surface"),
    LOOM_PARAM(params, partial, .def = 0,
               .doc = "add a column cn_X for every symbol X: neighbours of that species"),
    LOOM_PARAM_WHERE(params),
    { 0 }
};
static const loom_port inputs[] = { { "atoms", "atoms", "the particle", 0 },
                                    { "pdf", "table", "from structure.pdf, for its r_valley",
                                      LOOM_OPTIONAL },
                                    { 0 } };
static const loom_port outputs[] = {
    { "atoms", "atoms", "the same with columns cn and surface (1 where cn < full), and cn_X", 0 },
    { "table", "table",
      "cn, count, count_X per species X of the centre; attributes cutoff, mean, surface_fraction",
      0 },
    { 0 }
};

static void count_neighbours(const loom_neighbours *nb, const loom_atoms *atoms,
                             int32_t *restrict cn, int32_t *const *by_species)
{
    for (int64_t i = 0; i < atoms->n; i++) {
        assert(nb->first[i + 1] >= nb->first[i]);
        cn[i] = (int32_t)(nb->first[i + 1] - nb->first[i]);
        for (int64_t k = nb->first[i]; by_species && k < nb->first[i + 1]; k++)
            by_species[atoms->species[nb->list[k]]][i]++;
    }
}

static loom_status make_histogram(loom_call *call, const loom_atoms *atoms, const int32_t *cn,
                                  loom_value *table)
{
    assert(atoms->n > 0);
    const loom_host *h = call->host;
    char word[16], name[NAME];
    int64_t rows = 0, sum = 0;
    for (int64_t i = 0; i < atoms->n; i++) {
        rows = cn[i] + 1 > rows ? cn[i] + 1 : rows;
        sum += cn[i];
    }
    int32_t *value = h->add_array(call, table, "cn", LOOM_I32, 1, &rows, "");
    int64_t *count = h->add_array(call, table, "count", LOOM_I64, 1, &rows, "");
    if (!value || !count) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < rows; k++) value[k] = (int32_t)k;
    for (int64_t i = 0; i < atoms->n; i++) count[cn[i]]++;
    for (int32_t s = 0; s < atoms->kinds; s++) {
        loom_symbols_word(atoms->symbols, s, word);
        snprintf(name, sizeof name, "count_%s", word);
        int64_t *of = h->add_array(call, table, name, LOOM_I64, 1, &rows, "");
        if (!of) return LOOM_E_MEMORY;
        for (int64_t i = 0; i < atoms->n; i++) of[cn[i]] += atoms->species[i] == s;
    }
    h->set_number(call, table, "mean", (double)sum / (double)atoms->n, "");
    return LOOM_OK;
}

/* The output atoms with their empty columns. */
static loom_status make_columns(loom_call *call, loom_atoms *atoms, bool partial, int32_t **cn,
                                uint8_t **surface, int32_t **by_species)
{
    assert(!partial || atoms->kinds + 2 <= COLUMNS_MOST);
    const loom_host *h = call->host;
    char names[COLUMNS_MOST][NAME] = { "cn", "surface" }, word[16];
    const char *but[COLUMNS_MOST + 1] = { names[0], names[1] };
    loom_value *out = h->output(call, "atoms");
    for (int32_t s = 0; partial && s < atoms->kinds; s++) {
        loom_symbols_word(atoms->symbols, s, word);
        snprintf(names[s + 2], NAME, "cn_%s", word);
        but[s + 2] = names[s + 2];
    }
    if (!out || !loom_atoms_pass(call, atoms, but, out)) return LOOM_E_MEMORY;
    *cn = loom_atoms_make(call, atoms, out, "cn", LOOM_I32, 1, "");
    *surface = loom_atoms_make(call, atoms, out, "surface", LOOM_U8, 1, "");
    for (int32_t s = 0; partial && s < atoms->kinds; s++)
        if (!(by_species[s] = loom_atoms_make(call, atoms, out, names[s + 2], LOOM_I32, 1, "")))
            return LOOM_E_MEMORY;
    return *cn && *surface ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    loom_atoms atoms;
    loom_cells cells;
    loom_neighbours nb;
    int32_t *cn, *by_species[LOOM_SPECIES_MOST];
    uint8_t *surface;
    double cutoff, outer = 0;
    loom_status status = loom_atoms_read_where(call, "atoms", 1, p->where, &atoms);
    if (status != LOOM_OK) return status;
    status = loom_bond_cutoff(call, "pdf", "cutoff", p->cutoff, atoms.position, atoms.n, &cutoff);
    if (status != LOOM_OK) return status;
    if ((status = make_columns(call, &atoms, p->partial, &cn, &surface, by_species)) != LOOM_OK)
        return status;
    if (!loom_cells_build(call, atoms.position, atoms.n, cutoff, &cells)
        || !loom_neighbours_build(call, &cells, cutoff, &nb))
        return LOOM_E_MEMORY;
    if (!h->progress(call, 1, 2)) return LOOM_E_CANCELLED;
    count_neighbours(&nb, &atoms, cn, p->partial ? by_species : NULL);
    for (int64_t i = 0; i < atoms.n; i++) outer += surface[i] = cn[i] < p->full;
    loom_value *table = h->output(call, "table");
    if ((status = make_histogram(call, &atoms, cn, table)) != LOOM_OK) return status;
    h->set_number(call, table, "cutoff", cutoff, "angstrom");
    h->set_number(call, table, "surface_fraction", outer / (double)atoms.n, "");
    h->set_number(call, h->output(call, "atoms"), "cutoff", cutoff, "angstrom");
    loom_atoms_spread(&atoms);
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_LI_2023, { 0 } };

static const loom_op structure_coordination = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "structure.coordination",
    .summary = "Coordination number of every atom, with the surface atoms and a histogram.",
    .method =
        "Neighbours are the atoms within `cutoff`, itself excluded; by default the first minimum "
        "of the pair distribution "
        "function. An atom with fewer than `full` neighbours (12 in fcc) is marked as surface.",
    .citations = citations,
    .limits = "The surface flag also marks atoms next to a vacancy, and a coordination number "
              "above 12 occurs in real particles: it is "
              "a count, not a fit. For a surface that is a mesh, and depths below it, use "
              "structure.surface.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("structure.coordination", "1.0", "BSD-3-Clause", &structure_coordination);
