/* atoms.column - a new column of atoms, from an expression over the others. */
#include "kit/check.h"
#include "kit/new_column.h"

typedef struct params {
    loom_new_column column;
} params;
static const loom_param param_table[] = { NEW_COLUMN_PARAMS(params, column), { 0 } };
static const loom_port inputs[] = { { "atoms", "atoms", "any atoms", 0 }, { 0 } };
static const loom_port outputs[] = {
    { "atoms", "atoms", "the same atoms with the column and all they had", 0 }, { 0 }
};

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_value *in = call->host->input(call, "atoms", 0);
    const loom_array *position = loom_need(call, "atoms", "position");
    loom_value *out = call->host->output(call, "atoms");
    if (!position || !out) return position ? LOOM_E_MEMORY : LOOM_E_DATA;
    return loom_new_column_make(call, "atoms", in, position->dim[0], false, &p->column, out);
}

static const loom_op atoms_column = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "atoms.column",
    .summary = "A new column of atoms, from an expression over the others.",
    .method = NEW_COLUMN_METHOD EXPRESSION_METHOD
    "Columns of atoms are every number that belongs to each atom, `x`, `y`, `z` "
    "(angstrom), `species` with the symbols as its words, and `index`, from 0.",
    .cites = "none",
    .limits = "Row by row: a mean over all atoms, or over neighbours, is no expression. Positions "
              "are moved by `atoms.transform`. Atoms have no missing numbers: `missing` says what "
              "to put where there is none, otherwise the op fails.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("atoms.column", "1.0", "BSD-3-Clause", &atoms_column);
