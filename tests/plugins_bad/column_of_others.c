/* Drops the first atom, and passes on the first entries of columns. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    const loom_host *h = call->host;
    const loom_value *in = h->input(call, "in", 0);
    const loom_array *x = loom_need(call, "in", "position"),
                     *species = loom_need(call, "in", "species"), *a;
    if (!x || !species || !loom_need_finite(call, "in", x)) return LOOM_E_DATA;
    if (x->dim[0] < 2) return h->fail(call, LOOM_E_DATA, "in", "'in' has fewer than two atoms");
    int64_t n = x->dim[0] - 1;
    loom_value *out = h->output(call, "out");
    double *position =
        h->add_array(call, out, "position", LOOM_F64, 2, (int64_t[]){ n, 3 }, "angstrom");
    int32_t *kind = h->add_array(call, out, "species", LOOM_I32, 1, &n, NULL);
    if (!position || !kind) return LOOM_E_MEMORY;
    memcpy(position, (const double *)x->data + 3, (size_t)n * 3 * sizeof *position);
    memcpy(kind, (const int32_t *)species->data + 1, (size_t)n * sizeof *kind);
    for (int64_t i = 0; (a = h->array_at(in, i)); i++) {
        if (a->rank != 1 || a->dim[0] != n + 1 || a == species) continue;
        void *column = h->add_array(call, out, a->name, a->dtype, 1, &n, a->unit);
        if (!column) return LOOM_E_MEMORY;
        memcpy(column, a->data, (size_t)n * loom_dtype_bytes(a->dtype));
    }
    return loom_pass_rest(call, in, out) ? LOOM_OK : LOOM_E_MEMORY;
}
BAD_OP("bad.column_of_others", "atoms", "atoms", run);
