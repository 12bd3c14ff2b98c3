/* order.local_concentration - what surrounds the atoms of the bulk, and which atoms of one species
 * stand alone in the other. */
#include "kit/atoms.h"
#include "kit/cells.h"
#include "kit/check.h"
#include "kit/pdf.h"
#include <math.h>

typedef struct params {
    const char *solute;
    double cutoff, scan, label_error;
    int64_t full, max_solute_neighbours;
    const char *where;
} params;
static const char *const old_max_solute_neighbours[] = { "most", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, solute, .text = "Ir",
               .doc = "symbol of the species that is looked for; the others are the host"),
    LOOM_PARAM(params, cutoff, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "atoms this far apart or closer are neighbours; 0: r_valley of the table at "
                      "'pdf', else of these atoms"),
    LOOM_PARAM(params, scan, .unit = "angstrom", .def = 0.1, .min = 0, .max = 2,
               .doc = "the counts are repeated with the cutoff this much smaller and larger"),
    LOOM_PARAM(params, full, .def = 12, .min = 1, .max = 64,
               .doc = "an atom with exactly this number of neighbours is in the bulk"),
    LOOM_PARAM(
        params, max_solute_neighbours, .renamed_from = old_max_solute_neighbours, .def = 1,
        .min = 0, .max = 64,
        .doc = "a bulk solute atom with no more solute neighbours than this is a discrete centre"),
    LOOM_PARAM(params, label_error, .def = 0.04, .min = 0, .max = 0.5,
               .doc = "share of atoms that may carry the wrong label, for the expected number of "
                      "false centres"),
    LOOM_PARAM_WHERE(params),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms",
      "the particle; a column depth (structure.surface) is carried to the centres", 0 },
    { "pdf", "table", "from structure.pdf, for its r_valley", LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "histogram", "table",
      "solute neighbours n of bulk centres: local concentration n/full, and how many solute and "
      "host centres have it",
      0 },
    { "centres", "table", "the discrete centres: atom, solute neighbours, depth", 0 },
    { "scan", "table",
      "per cutoff: bulk atoms, bulk solute atoms, discrete centres, false ones expected", 0 },
    { "atoms", "atoms",
      "the same with columns solute_fraction (of the neighbours), bulk and discrete", 0 },
    { 0 }
};

typedef struct counts {
    int64_t bulk, bulk_solute, discrete;
    double expected_false;
} counts;
typedef struct result {
    int32_t *cn, *solutes;
} result;

static loom_status count_neighbours(loom_call *call, const loom_atoms *atoms, int32_t solute,
                                    double cutoff, result *out)
{
    const loom_host *h = call->host;
    loom_cells cells;
    loom_neighbours nb;
    out->cn = h->scratch(call, sizeof *out->cn * (size_t)atoms->n);
    out->solutes = h->scratch(call, sizeof *out->solutes * (size_t)atoms->n);
    if (!out->cn || !out->solutes
        || !loom_cells_build(call, atoms->position, atoms->n, cutoff, &cells)
        || !loom_neighbours_build(call, &cells, cutoff, &nb))
        return loom_stop(call);
    for (int64_t i = 0; i < atoms->n; i++) {
        out->cn[i] = (int32_t)(nb.first[i + 1] - nb.first[i]);
        out->solutes[i] = 0;
        for (int64_t k = nb.first[i]; k < nb.first[i + 1]; k++)
            out->solutes[i] += atoms->species[nb.list[k]] == solute;
    }
    return LOOM_OK;
}

/* A host atom that would be a discrete centre if its label were wrong is a chance for a false one.
 */
static counts count_centres(const params *p, const loom_atoms *atoms, int32_t solute,
                            const result *r)
{
    counts c = { 0, 0, 0, 0 };
    for (int64_t i = 0; i < atoms->n; i++) {
        if (r->cn[i] != p->full) continue;
        bool is = atoms->species[i] == solute, alone = r->solutes[i] <= p->max_solute_neighbours;
        c.bulk++;
        c.bulk_solute += is;
        c.discrete += is && alone;
        c.expected_false += !is && alone ? p->label_error : 0;
    }
    return c;
}

static loom_status report_scan(loom_call *call, const params *p, const loom_atoms *atoms,
                               int32_t solute, double cutoff)
{
    const loom_host *h = call->host;
    int64_t n = p->scan > 0 ? 3 : 1;
    loom_value *out = h->output(call, "scan");
    double *at = h->add_array(call, out, "cutoff", LOOM_F64, 1, &n, "angstrom"),
           *expected = h->add_array(call, out, "expected_false", LOOM_F64, 1, &n, NULL);
    int64_t *bulk = h->add_array(call, out, "bulk", LOOM_I64, 1, &n, NULL),
            *bulk_solute = h->add_array(call, out, "bulk_solute", LOOM_I64, 1, &n, NULL);
    int64_t *discrete = h->add_array(call, out, "discrete", LOOM_I64, 1, &n, NULL);
    if (!at || !expected || !bulk || !bulk_solute || !discrete) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < n; k++) {
        result r;
        at[k] = n == 1 ? cutoff : cutoff + (double)(k - 1) * p->scan;
        if (!(at[k] > 0))
            return h->fail(call, LOOM_E_PARAM, "scan",
                           "a cutoff of %g angstrom less %g leaves nothing; use a smaller scan",
                           cutoff, p->scan);
        loom_status status = count_neighbours(call, atoms, solute, at[k], &r);
        if (status) return status;
        counts c = count_centres(p, atoms, solute, &r);
        bulk[k] = c.bulk;
        bulk_solute[k] = c.bulk_solute;
        discrete[k] = c.discrete;
        expected[k] = c.expected_false;
        h->release(call, r.cn);
        h->release(call, r.solutes);
    }
    return LOOM_OK;
}

static loom_status report_histogram(loom_call *call, const params *p, const loom_atoms *atoms,
                                    int32_t solute, const result *r)
{
    const loom_host *h = call->host;
    int64_t n = p->full + 1;
    loom_value *out = h->output(call, "histogram");
    int64_t *neighbours = h->add_array(call, out, "solute_neighbours", LOOM_I64, 1, &n, NULL);
    double *concentration = h->add_array(call, out, "concentration", LOOM_F64, 1, &n, NULL);
    int64_t *solutes = h->add_array(call, out, "solute_centres", LOOM_I64, 1, &n, NULL),
            *hosts = h->add_array(call, out, "host_centres", LOOM_I64, 1, &n, NULL);
    if (!neighbours || !concentration || !solutes || !hosts) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < n; k++) {
        neighbours[k] = k;
        concentration[k] = (double)k / (double)p->full;
    }
    for (int64_t i = 0; i < atoms->n; i++)
        if (r->cn[i] == p->full) (atoms->species[i] == solute ? solutes : hosts)[r->solutes[i]]++;
    return LOOM_OK;
}

static loom_status report_centres(loom_call *call, const params *p, loom_atoms *atoms,
                                  int32_t solute, const result *r)
{
    const loom_host *h = call->host;
    const void *column;
    loom_status status = loom_atoms_optional_column(call, atoms, "depth", LOOM_F64, &column);
    if (status) return status;
    const double *depth = column;
    loom_value *out = h->output(call, "centres"), *all = h->output(call, "atoms");
    if (!all
        || !loom_atoms_pass(
            call, atoms, (const char *const[]){ "solute_fraction", "bulk", "discrete", NULL }, all))
        return LOOM_E_MEMORY;
    double *fraction = loom_atoms_make(call, atoms, all, "solute_fraction", LOOM_F64, 1, NULL);
    uint8_t *bulk = loom_atoms_make(call, atoms, all, "bulk", LOOM_U8, 1, NULL),
            *discrete = loom_atoms_make(call, atoms, all, "discrete", LOOM_U8, 1, NULL);
    if (!fraction || !bulk || !discrete) return LOOM_E_MEMORY;
    int64_t n = 0, row = 0;
    for (int64_t i = 0; i < atoms->n; i++) {
        fraction[i] = r->cn[i] ? (double)r->solutes[i] / r->cn[i] : 0;
        bulk[i] = r->cn[i] == p->full;
        discrete[i] =
            bulk[i] && atoms->species[i] == solute && r->solutes[i] <= p->max_solute_neighbours;
        n += discrete[i];
    }
    int64_t *atom = h->add_array(call, out, "atom", LOOM_I64, 1, &n, NULL),
            *neighbours = h->add_array(call, out, "solute_neighbours", LOOM_I64, 1, &n, NULL);
    double *below = depth ? h->add_array(call, out, "depth", LOOM_F64, 1, &n, "angstrom") : NULL;
    if (!atom || !neighbours || (depth && !below)) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < atoms->n; i++) {
        if (!discrete[i]) continue;
        atom[row] = loom_atoms_number(atoms, i);
        neighbours[row] = r->solutes[i];
        if (depth) below[row] = depth[i];
        row++;
    }
    loom_atoms_spread(atoms);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    loom_atoms atoms;
    loom_shell shell;
    result r;
    int32_t solute;
    double cutoff = p->cutoff;
    loom_status status = loom_atoms_read_where(call, "atoms", 1, p->where, &atoms);
    if (status) return status;
    if ((solute = loom_symbols_find(atoms.symbols, p->solute)) < 0)
        return h->fail(call, LOOM_E_PARAM, "solute", "the atoms are '%s'; '%s' is none of them",
                       atoms.symbols, p->solute);
    if (cutoff == 0) {
        status = loom_first_shell(call, "pdf", "cutoff", atoms.position, atoms.n, &shell);
        if (status) return status;
        cutoff = shell.r_valley;
    }
    status = report_scan(call, p, &atoms, solute, cutoff);
    if (!status) status = count_neighbours(call, &atoms, solute, cutoff, &r);
    if (!status) status = report_histogram(call, p, &atoms, solute, &r);
    return status ? status : report_centres(call, p, &atoms, solute, &r);
}

static const loom_op order_local_concentration = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "order.local_concentration",
    .summary =
        "Local concentration about the atoms of the bulk, and solute atoms that stand alone.",
    .method =
        "A bulk centre is an atom with exactly `full` neighbours. Its local concentration is "
        "the share of solute atoms among them, not counting itself. A solute centre with at "
        "most `max_solute_neighbours` solute neighbours is discrete: it stands alone, or in a "
        "pair.\n\n"
        "A host atom with a wrong label in a pure host looks the same. The number of false "
        "centres that `label_error` would make is therefore given with the count. The counts "
        "are repeated at slightly smaller and larger cutoffs.",
    .cites = "none",
    .limits = "Atoms with more or fewer than `full` neighbours are left out, so the counts depend "
              "on the cutoff: see the table `scan`. The expected number assumes that wrong labels "
              "are independent of one another.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("order.local_concentration", "1.0", "BSD-3-Clause", &order_local_concentration);
