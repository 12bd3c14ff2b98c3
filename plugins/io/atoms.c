/* io.atoms - arrays of positions and types joined into atoms. */
#include <atomloom/op.h>
#include "io/convert.h"
#include "kit/check.h"
#include "kit/elements.h"
#include "kit/model.h"
#include <stdio.h>

typedef struct params {
    loom_strings symbols;
    double unit_length;
    loom_reals centre;
    int32_t types_are, layout;
} params;
enum { TYPES_INDEX, TYPES_NUMBER };
enum { LAYOUT_AUTO, LAYOUT_ROWS, LAYOUT_COLUMNS };
static const char *const type_choices[] = { "index", "atomic_number", NULL };
static const char *const layout_choices[] = { "auto", "n3", "3n", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, symbols,
               .doc = "chemical symbols: of the types in the order of their numbers, or the one "
                      "of all atoms where there are no types"),
    LOOM_PARAM(params, unit_length, .unit = "angstrom", .def = 1, .min = 1e-6, .max = 1e10,
               .doc = "what a coordinate of 1 stands for, in any unit of length: 1 nm; for voxels, "
                      "the edge of one"),
    LOOM_PARAM(params, centre, .flags = LOOM_LENGTH(0) | LOOM_LENGTH(3),
               .doc = "x, y, z in the array's own numbers that become 0, 0, 0; empty: as they are"),
    LOOM_PARAM(params, types_are, .choices = type_choices,
               .doc = "types count the symbols (from 0 where a 0 occurs, else from 1), or are "
                      "atomic numbers"),
    LOOM_PARAM(params, layout, .choices = layout_choices, .flags = LOOM_ADVANCED,
               .doc = "how the positions lie: [n][3], or [3][n]; auto: by their lengths, of 3 x 3 "
                      "as [n][3]"),
    { 0 }
};
static const loom_port inputs[] = {
    { "positions", "array",
      "x, y, z of each atom, [n][3] or [3][n] (a MATLAB matrix 3 x N arrives as [n][3])", 0 },
    { "types", "array", "one whole number for each atom", LOOM_OPTIONAL },
    { 0 }
};
static const loom_port outputs[] = { { "atoms", "atoms", "the atoms", 0 }, { 0 } };

/* ---- positions ------------------------------------------------------------------------------- */

/* Number of atoms, and the steps from atom to atom and from x to y; false after failing. */
static bool find_layout(loom_call *call, const loom_array *a, int layout, int64_t *n,
                        int64_t step[2])
{
    bool rows = a->rank == 2 && a->dim[1] == 3, columns = a->rank == 2 && a->dim[0] == 3;
    if (layout == LAYOUT_COLUMNS || !rows) rows = false;
    if (layout == LAYOUT_ROWS) columns = false;
    if (!rows && !columns) {
        call->host->fail(call, LOOM_E_DATA, "positions",
                         "positions must be [n][3] or [3][n], found %d axes, [%lld][%lld]",
                         (int)a->rank, (long long)a->dim[0],
                         (long long)(a->rank > 1 ? a->dim[1] : 1));
        return false;
    }
    *n = rows ? a->dim[0] : a->dim[1];
    step[0] = rows ? 3 : 1;
    step[1] = rows ? 1 : *n;
    return true;
}

static bool fill_positions(loom_call *call, const params *p, const loom_array *a, int64_t n,
                           const int64_t step[2], double *restrict dst)
{
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++) {
            double v = io_element(a, i * step[0] + k * step[1]);
            if (!isfinite(v)) {
                call->host->fail(call, LOOM_E_DATA, "positions",
                                 "atom %lld has %c = %g; leave such atoms out first", (long long)i,
                                 "xyz"[k], v);
                return false;
            }
            dst[3 * i + k] = (v - (p->centre.n ? p->centre.v[k] : 0)) * p->unit_length;
        }
    return true;
}

/* ---- types ----------------------------------------------------------------------------------- */

typedef struct types {
    int64_t low, high; /* least and greatest */
} types;

/* False after failing: types are whole numbers, one for each atom. */
static bool read_types(loom_call *call, const loom_array *a, int64_t n, types *out)
{
    const loom_host *h = call->host;
    *out = (types){ INT64_MAX, INT64_MIN };
    if (loom_array_count(a) != n) {
        h->fail(call, LOOM_E_DATA, "types", "there are %lld types, but %lld positions",
                (long long)loom_array_count(a), (long long)n);
        return false;
    }
    for (int64_t i = 0; i < n; i++) {
        double v = io_element(a, i);
        if (!(fabs(v) < 1e6) || v != floor(v)) {
            h->fail(call, LOOM_E_DATA, "types", "atom %lld has the type %g; expected whole numbers",
                    (long long)i, v);
            return false;
        }
        if ((int64_t)v < out->low) out->low = (int64_t)v;
        if ((int64_t)v > out->high) out->high = (int64_t)v;
    }
    return true;
}

/* Elements in the order of their atomic numbers. */
static bool by_atomic_number(loom_call *call, const loom_array *a, int64_t n, const types *t,
                             char *symbols, size_t room, int32_t *species)
{
    int32_t index[LOOM_ELEMENTS_LAST + 1] = { 0 }, kinds = 0;
    if (t->low < 1 || t->high > LOOM_ELEMENTS_LAST) {
        call->host->fail(call, LOOM_E_DATA, "types",
                         "types reach from %lld to %lld; atomic numbers are 1 to 118",
                         (long long)t->low, (long long)t->high);
        return false;
    }
    for (int64_t i = 0; i < n; i++) index[(int)io_element(a, i)] = 1;
    size_t at = 0;
    for (int z = 1; z <= LOOM_ELEMENTS_LAST; z++) {
        if (!index[z]) continue;
        at += (size_t)snprintf(symbols + at, at < room ? room - at : 0, "%s%s", at ? " " : "",
                               loom_element_symbol(z));
        index[z] = kinds++;
    }
    for (int64_t i = 0; i < n; i++) species[i] = index[(int)io_element(a, i)];
    return true;
}

static bool by_index(loom_call *call, const params *p, const loom_array *a, int64_t n,
                     const types *t, int32_t *species)
{
    const loom_host *h = call->host;
    int64_t first = t->low == 0 ? 0 : 1;
    if (t->low < 0 || t->high - first >= p->symbols.n) {
        h->fail(
            call, LOOM_E_PARAM, "symbols",
            "types reach from %lld to %lld, and there %s %lld symbol%s; give one for each type, "
            "in the order of their numbers (or set 'types_are: atomic_number')",
            (long long)t->low, (long long)t->high, p->symbols.n == 1 ? "is" : "are",
            (long long)p->symbols.n, p->symbols.n == 1 ? "" : "s");
        return false;
    }
    for (int64_t i = 0; i < n; i++) species[i] = (int32_t)((int64_t)io_element(a, i) - first);
    return true;
}

static bool fill_species(loom_call *call, const params *p, const loom_array *a, int64_t n,
                         loom_value *out)
{
    const loom_host *h = call->host;
    char symbols[LOOM_SPECIES_MOST * 16] = "";
    types t;
    int32_t *species = h->add_array(call, out, "species", LOOM_I32, 1, &n, NULL);
    if (!species || (a && !read_types(call, a, n, &t))) return false;
    if (!a && p->symbols.n != 1) {
        h->fail(
            call, LOOM_E_PARAM, "symbols",
            "there are no types, and %lld symbols; give the one symbol of all atoms, or connect "
            "'types'",
            (long long)p->symbols.n);
        return false;
    }
    bool number = a && p->types_are == TYPES_NUMBER;
    if (number ? !by_atomic_number(call, a, n, &t, symbols, sizeof symbols, species)
               : !loom_symbols_read(call, "symbols", &p->symbols, symbols, sizeof symbols))
        return false;
    if (a && !number && !by_index(call, p, a, n, &t, species)) return false;
    loom_symbols_warn(call, "symbols", symbols);
    h->set_text(call, out, "symbols", symbols);
    return true;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    const loom_array *positions = loom_need(call, "positions", "data"), *given = NULL;
    int64_t n, step[2];
    if (!positions || !find_layout(call, positions, p->layout, &n, step)) return LOOM_E_DATA;
    if (h->input(call, "types", 0) && !(given = loom_need(call, "types", "data")))
        return LOOM_E_DATA;
    if (p->centre.n && p->centre.n != 3)
        return h->fail(call, LOOM_E_PARAM, "centre", "'centre' has %lld numbers; expected x, y, z",
                       (long long)p->centre.n);
    loom_value *out = h->output(call, "atoms");
    double *dst = h->add_array(call, out, "position", LOOM_F64, 2, (int64_t[]){ n, 3 }, "angstrom");
    if (!dst) return LOOM_E_MEMORY;
    return fill_positions(call, p, positions, n, step, dst) && fill_species(call, p, given, n, out)
                   && loom_check_model(call, "positions", n, dst)
               ? LOOM_OK
               : LOOM_E_DATA;
}

static const loom_op io_atoms = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.atoms",
    .summary = "Arrays of positions and types joined into atoms.",
    .method = "Published models of atomic electron tomography are MATLAB matrices 3 x N with types "
              "1 x N: "
              "io.read_mat reads both, this op gives them their meaning. "
              "Positions become (v - centre) * unit_length.",
    .cites = "none",
    .limits = "Further columns are not taken: io.read_csv and io.read_xyz read tables of atoms.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("io.atoms", "1.0", "BSD-3-Clause", &io_atoms);
