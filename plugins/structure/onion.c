/* structure.onion - layers of a particle from its surface inwards, and what each is made of. */
#include <atomloom/op.h>
#include "kit/cells.h"
#include "kit/check.h"
#include "kit/citations.h"
#include "kit/pdf.h"
#include "voxel_onion.h"
#include <assert.h>
#include <stdio.h>

typedef struct params {
    double width, cutoff, voxel;
    int32_t method;
    int64_t full, half_width;
    const char *core;
    const char *where;
} params;
static const char *const methods[] = { "depth", "peel", "voxel", NULL };
enum { DEPTH, PEEL, VOXEL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, method, .choices = methods, .def = DEPTH,
               .doc = "depth: bins of the column depth; peel: atoms with a full shell left after "
                      "each peeling; voxel: nested sets on a "
                      "grid, from the core"),
    LOOM_PARAM(
        params, width, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
        .doc = "thickness of a layer of method depth; 0: distance of {111} planes, r1 sqrt(2/3)"),
    LOOM_PARAM(params, cutoff, .unit = "angstrom", .def = 0, .min = 0, .max = 100,
               .doc = "neighbours, for peel and voxel; 0: r_valley of the table at 'pdf', else of "
                      "these atoms"),
    LOOM_PARAM(params, full, .def = 12, .min = 1, .max = 64, .flags = LOOM_ADVANCED,
               .doc = "peel takes atoms with fewer neighbours than this"),
    LOOM_PARAM(params, core, .text = "",
               .doc = "symbol of the core's species, for voxel and the width of the interface; "
                      "empty: the first"),
    LOOM_PARAM(params, voxel, .unit = "angstrom", .def = 0.352, .min = 0.05, .max = 10,
               .flags = LOOM_ADVANCED, .doc = "edge of a voxel of method voxel"),
    LOOM_PARAM(params, half_width, .unit = "voxel", .def = 3, .min = 1, .max = 50,
               .flags = LOOM_ADVANCED,
               .doc = "of the cube by which the sets of method voxel grow and shrink"),
    LOOM_PARAM_WHERE(params),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "the particle; with the column depth of structure.surface for method depth",
      0 },
    { "pdf", "table", "from structure.pdf, for r1 and r_valley", LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = {
    { "atoms", "atoms", "the same with column layer; 0 is the surface", 0 },
    { "table", "table",
      "one row per layer: layer, count, count_X, fraction_X and error_X for every symbol X, depth "
      "(mean, where known); attributes width, "
      "interface_width",
      0 },
    { 0 }
};

static void bin_depths(const double *depth, int64_t n, double width, int32_t *layer)
{
    assert(width > 0);
    for (int64_t i = 0; i < n; i++) layer[i] = (int32_t)floor((depth[i] + width / 2) / width);
}

/* Takes off all atoms with fewer than `full` neighbours left, again and again; what never falls is
 * the innermost layer. */
static bool peel(loom_call *call, const loom_neighbours *nb, int64_t n, int64_t full,
                 int32_t *layer)
{
    int32_t *left = call->host->scratch(call, (size_t)n * sizeof *left);
    if (!left) return false;
    for (int64_t i = 0; i < n; i++) {
        left[i] = (int32_t)(nb->first[i + 1] - nb->first[i]);
        layer[i] = -1;
    }
    int32_t round = 0;
    for (int64_t taken = 1; taken > 0; round++) {
        taken = 0;
        for (int64_t i = 0; i < n; i++)
            if (layer[i] < 0 && left[i] < full) {
                layer[i] = round;
                taken++;
            }
        for (int64_t i = 0; i < n; i++)
            for (int64_t k = nb->first[i]; layer[i] == round && k < nb->first[i + 1]; k++)
                left[nb->list[k]]--;
    }
    for (int64_t i = 0; i < n; i++)
        if (layer[i] < 0) layer[i] = round - 1;
    call->host->release(call, left);
    return true;
}

/* ---- the table ------------------------------------------------------------------------------- */

/* Where the fraction of the core species, falling outwards, passes `level`: linear between layers,
 * in layers from the surface. */
static bool crossing(const double *fraction, int64_t layers, double level, double *at)
{
    assert(layers >= 0);
    for (int64_t k = layers - 1; k > 0; k--)
        if (fraction[k] >= level && fraction[k - 1] < level) {
            *at = (double)k - (fraction[k] - level) / (fraction[k] - fraction[k - 1]);
            return true;
        }
    return false;
}

static loom_status add_species(loom_call *call, const loom_atoms *atoms, const int32_t *layer,
                               int64_t layers, const int64_t *count, int32_t s,
                               double **fraction_out)
{
    const loom_host *h = call->host;
    loom_value *t = h->output(call, "table");
    char word[16], name[3][32];
    loom_symbols_word(atoms->symbols, s, word);
    snprintf(name[0], sizeof name[0], "count_%s", word);
    snprintf(name[1], sizeof name[1], "fraction_%s", word);
    snprintf(name[2], sizeof name[2], "error_%s", word);
    int64_t *of = h->add_array(call, t, name[0], LOOM_I64, 1, &layers, "");
    double *fraction = h->add_array(call, t, name[1], LOOM_F64, 1, &layers, ""),
           *error = h->add_array(call, t, name[2], LOOM_F64, 1, &layers, "");
    if (!of || !fraction || !error) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < atoms->n; i++) of[layer[i]] += atoms->species[i] == s;
    for (int64_t k = 0; k < layers; k++) {
        if (!count[k]) continue;
        double c = fraction[k] = (double)of[k] / (double)count[k];
        error[k] = sqrt(c * (1 - c) / (double)count[k]);
    }
    *fraction_out = fraction;
    return LOOM_OK;
}

/* `depth` may be NULL. */
static loom_status write_table(loom_call *call, const loom_atoms *atoms, const double *depth,
                               const int32_t *layer, int32_t core, double width)
{
    const loom_host *h = call->host;
    loom_value *t = h->output(call, "table");
    int64_t layers = 0;
    for (int64_t i = 0; i < atoms->n; i++) layers = layer[i] >= layers ? layer[i] + 1 : layers;
    int32_t *number = h->add_array(call, t, "layer", LOOM_I32, 1, &layers, "");
    int64_t *count = h->add_array(call, t, "count", LOOM_I64, 1, &layers, "");
    if (!number || !count) return LOOM_E_MEMORY;
    for (int64_t k = 0; k < layers; k++) number[k] = (int32_t)k;
    for (int64_t i = 0; i < atoms->n; i++) count[layer[i]]++;
    double *of_core = NULL, *fraction, inner, outer;
    for (int32_t s = 0; s < atoms->kinds; s++) {
        loom_status status = add_species(call, atoms, layer, layers, count, s, &fraction);
        if (status != LOOM_OK) return status;
        if (s == core) of_core = fraction;
    }
    if (depth) {
        double *mean = h->add_array(call, t, "depth", LOOM_F64, 1, &layers, "angstrom");
        if (!mean) return LOOM_E_MEMORY;
        for (int64_t i = 0; i < atoms->n; i++) mean[layer[i]] += depth[i] / (double)count[layer[i]];
    }
    if (width > 0) {
        h->set_number(call, t, "width", width, "angstrom");
        if (of_core && crossing(of_core, layers, 0.95, &inner)
            && crossing(of_core, layers, 0.05, &outer))
            h->set_number(call, t, "interface_width", (inner - outer) * width, "angstrom");
    }
    return LOOM_OK;
}

/* ---- run ------------------------------------------------------------------------------------- */

static loom_status by_neighbours(loom_call *call, const params *p, const loom_atoms *atoms,
                                 const loom_shell *shell, int32_t core, int32_t *layer)
{
    loom_cells cells;
    loom_neighbours nb;
    int32_t layers;
    double cutoff = p->cutoff > 0 ? p->cutoff : shell->r_valley;
    if (!loom_cells_build(call, atoms->position, atoms->n, cutoff, &cells)
        || !loom_neighbours_build(call, &cells, cutoff, &nb))
        return LOOM_E_MEMORY;
    if (p->method == PEEL)
        return peel(call, &nb, atoms->n, p->full, layer) ? LOOM_OK : LOOM_E_MEMORY;
    onion_settings s = { p->voxel, shell->r1, p->half_width, core, &nb };
    loom_status status = voxel_onion(call, atoms, &s, layer, &layers);
    int32_t outermost = 0; /* sets that hold no atom of their own do not count as surface */
    for (int64_t i = 0; status == LOOM_OK && i < atoms->n; i++)
        outermost = layer[i] > outermost ? layer[i] : outermost;
    for (int64_t i = 0; status == LOOM_OK && i < atoms->n; i++) layer[i] = outermost - layer[i];
    return status;
}

static loom_status choose_core(loom_call *call, const params *p, const loom_atoms *atoms,
                               int32_t *core)
{
    *core = *p->core ? loom_symbols_find(atoms->symbols, p->core) : 0;
    if (*core >= 0) return LOOM_OK;
    return call->host->fail(call, LOOM_E_PARAM, "core",
                            "'%s' is not a symbol of these atoms; expected one of '%s'", p->core,
                            atoms->symbols);
}

/* The column `depth`, which only the method of that name needs; NULL where there is none. */
static loom_status read_depths(loom_call *call, const params *p, const loom_atoms *atoms,
                               const double **depth)
{
    const void *column;
    if (p->method == DEPTH) {
        *depth = loom_atoms_column(call, atoms, "depth", LOOM_F64, "structure.surface");
        return *depth ? LOOM_OK : LOOM_E_DATA;
    }
    loom_status status = loom_atoms_optional_column(call, atoms, "depth", LOOM_F64, &column);
    *depth = column;
    return status;
}

/* Thickness of a layer, 0 where the method gives none, and the first shell where it is needed. */
static loom_status choose_width(loom_call *call, const params *p, const loom_atoms *atoms,
                                loom_shell *shell, double *width)
{
    *width = p->method == DEPTH   ? p->width
             : p->method == VOXEL ? (double)p->half_width * p->voxel
                                  : 0;
    if (p->method != VOXEL && (p->method == DEPTH ? *width > 0 : p->cutoff > 0)) return LOOM_OK;
    loom_status status = loom_first_shell(call, "pdf", p->method == DEPTH ? "width" : "cutoff",
                                          atoms->position, atoms->n, shell);
    if (p->method == DEPTH && status == LOOM_OK) *width = shell->r1 * sqrt(2.0 / 3);
    return status;
}

static loom_status by_depth(loom_call *call, const double *depth, int64_t n, double width,
                            int32_t *layer)
{
    for (int64_t i = 0; i < n; i++)
        if (!(depth[i] >= 0 && depth[i] < 1e6 * width))
            return call->host->fail(call, LOOM_E_DATA, "atoms",
                                    "atom %lld has a depth of %g angstrom; expected 0 or more",
                                    (long long)i, depth[i]);
    bin_depths(depth, n, width, layer);
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    static const char *const made[] = { "layer", NULL };
    const loom_host *h = call->host;
    const params *p = param_struct;
    loom_atoms atoms;
    loom_shell shell = { 0 };
    int32_t core;
    const double *depth;
    double width;
    loom_status status = loom_atoms_read_where(call, "atoms", 1, p->where, &atoms);
    if (status != LOOM_OK || (status = choose_core(call, p, &atoms, &core)) != LOOM_OK
        || (status = read_depths(call, p, &atoms, &depth)) != LOOM_OK
        || (status = choose_width(call, p, &atoms, &shell, &width)) != LOOM_OK)
        return status;
    loom_value *out = h->output(call, "atoms");
    if (!out || !loom_atoms_pass(call, &atoms, made, out)) return LOOM_E_MEMORY;
    int32_t *layer = loom_atoms_make(call, &atoms, out, "layer", LOOM_I32, 1, "");
    if (!layer) return LOOM_E_MEMORY;
    status = p->method == DEPTH ? by_depth(call, depth, atoms.n, width, layer)
                                : by_neighbours(call, p, &atoms, &shell, core, layer);
    if (status != LOOM_OK) return status;
    status = write_table(call, &atoms, depth, layer, core, width);
    loom_atoms_spread(&atoms);
    return status;
}

static const loom_citation citations[] = { CITE_LI_2023, { 0 } };

static const loom_op structure_onion = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "structure.onion",
    .summary = "Layers of a particle from its surface inwards, with the composition of each and "
               "the width of the core-shell interface.",
    .method =
        "**depth** sorts atoms by the column `depth` into layers of thickness w = `width`: "
        "`layer = floor((depth + w/2) / w)`, so that layer 0 is the surface itself.\n\n"
        "**peel** counts neighbours. All atoms with fewer than `full` neighbours are layer 0; "
        "they are removed, the neighbours of the others are counted again, and so on. Atoms "
        "that are never removed are the innermost layer.\n\n"
        "**voxel** makes nested sets on a grid of voxels. The core (atoms of the core element "
        "with 12 neighbours of the same element) and the whole particle are filled as alpha "
        "shapes, where alpha is twice the smallest that joins all points. The particle is "
        "dilated by `half_width`, the core by 2 voxels. Cubes of `half_width` then erode the "
        "core until nothing is left, and dilate it until the particle is full. The layer of "
        "an atom is the number of these sets that do not hold it, counted from the outermost.\n\n"
        "error_X is the binomial error `sqrt(c (1 - c) / n)` of a share c of n atoms. "
        "interface_width is the distance between 95 % and 5 % of the core element, "
        "interpolated linearly between layers.",
    .citations = citations,
    .limits = "Planes under {100} facets are 0.87 times as far apart as those under {111} facets. "
              "One width serves both, so neighbouring layers mix. The cubes of `voxel` make layers "
              "up to sqrt(3) thicker along diagonals: prefer `depth`.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("structure.onion", "1.0", "BSD-3-Clause", &structure_onion);
