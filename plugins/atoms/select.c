/* atoms.select - the atoms for which an expression is true. */
#include "kit/atoms.h"
#include "kit/check.h"
#include "kit/expression.h"

typedef struct params {
    const char *where;
} params;
static const loom_param param_table[] = { LOOM_PARAM(
                                              params, where, .flags = LOOM_REQUIRED,
                                              .doc = "which atoms: depth > 5 and species == 'Ir'"),
                                          { 0 } };
static const loom_port inputs[] = { { "atoms", "atoms", "any atoms", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "atoms", "atoms", "the atoms chosen, with all their columns", 0 },
    { "others", "atoms", "the atoms left out; not made where none are", LOOM_OPTIONAL },
    { 0 }
};

static loom_status copy(loom_call *call, const loom_atoms *atoms, const char *port,
                        const int64_t *row, int64_t n)
{
    const loom_host *h = call->host;
    loom_value *out = h->output(call, port);
    double *position =
        h->add_array(call, out, "position", LOOM_F64, 2, (int64_t[]){ n, 3 }, "angstrom");
    int32_t *species = h->add_array(call, out, "species", LOOM_I32, 1, &n, NULL);
    if (!position || !species) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < n; i++) {
        memcpy(position + 3 * i, atoms->position + 3 * row[i], 3 * sizeof *position);
        species[i] = atoms->species[row[i]];
    }
    return loom_pass_rest_rows(call, atoms->value, out, row, n) ? LOOM_OK : LOOM_E_MEMORY;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    loom_atoms atoms;
    loom_status status = loom_atoms_read_any(call, "atoms", 0, 1, &atoms);
    loom_expression *e = h->scratch(call, sizeof *e);
    int64_t *row = h->scratch(call, (size_t)atoms.n * sizeof *row),
            *rest = h->scratch(call, (size_t)atoms.n * sizeof *rest), left_out = 0;
    if (status) return status;
    if (!e || !row || !rest) return LOOM_E_MEMORY;
    status = loom_expression_read(call, "where", p->where, "atoms", atoms.value, atoms.n, e);
    if (status) return status;
    int64_t n = loom_expression_choose(call, "where", e, atoms.n, row);
    if (n < 0) return LOOM_E_PARAM;
    if (!n)
        return h->fail(call, LOOM_E_PARAM, "where", "'%.200s' holds for none of the %lld atoms",
                       p->where, (long long)atoms.n);
    for (int64_t i = 0, k = 0; i < atoms.n; i++)
        if (k < n && row[k] == i) k++;
        else rest[left_out++] = i;
    status = copy(call, &atoms, "atoms", row, n);
    return status || !left_out ? status : copy(call, &atoms, "others", rest, left_out);
}

static const loom_op atoms_select = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "atoms.select",
    .summary = "The atoms for which an expression over their columns is true, and the others.",
    .method = EXPRESSION_METHOD "Columns of atoms are every number that belongs to each atom, `x`, "
                                "`y`, `z` (angstrom), `species` with the symbols as its words, and "
                                "`index`, from 0. All columns follow the atoms.",
    .cites = "none",
    .limits = "Numbers that count atoms of another set (`partner`) are kept as they are. Columns "
              "that describe the neighbourhood (`cn`, `csro`) are those of the whole particle.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("atoms.select", "1.0", "BSD-3-Clause", &atoms_select);
