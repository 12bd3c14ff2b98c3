/* kit/atoms.c - see atoms.h */
#include "kit/atoms.h"
#include "kit/cells.h"
#include "kit/check.h"

static const double coincident_A = 0.1;

/* True when no two atoms are closer than `coincident_A`; otherwise fails with the first such pair. */
static bool all_apart(loom_call *call, const char *port, const loom_atoms *a)
{
    const loom_host *h = call->host;
    loom_cells cells;
    if (!loom_cells_build(call, a->position, a->n, coincident_A, &cells)) return false;
    int64_t first = a->n, other = -1;
#pragma omp parallel for num_threads(h->threads(call)) schedule(static) reduction(min : first)
    for (int64_t i = 0; i < a->n; i++)
        if (i < first && loom_cells_near(&cells, a->position + 3 * i, coincident_A, NULL, 0) > 1) first = i;
    if (first < a->n) {
        int32_t near[2];
        loom_cells_near(&cells, a->position + 3 * first, coincident_A, near, 2);
        other = near[0] == first ? near[1] : near[0];
        const double *x = a->position + 3 * first;
        h->fail(call, LOOM_E_DATA, port,
                "atoms %lld and %lld of '%s' are at one place, (%.3f, %.3f, %.3f) angstrom; remove the duplicate first", (long long)first,
                (long long)other, port, x[0], x[1], x[2]);
    }
    h->release(call, cells.start);
    h->release(call, cells.index);
    return other < 0;
}

loom_status loom_atoms_read(loom_call *call, const char *port, int64_t least, loom_atoms *out)
{
    const loom_host *h = call->host;
    const loom_value *v = h->input(call, port, 0);
    const loom_array *position = loom_need(call, port, "position"), *species = loom_need(call, port, "species");
    const char *symbols = h->text(v, "symbols");
    if (!position || !species) return LOOM_E_DATA;
    int64_t n = position->dim[0];
    if (!symbols) return h->fail(call, LOOM_E_DATA, port, "input '%s' has no attribute 'symbols'", port);
    if (n < least || n > INT32_MAX)
        return h->fail(call, LOOM_E_DATA, port, "'%s' holds %lld atoms, expected %s %lld; check the step that made them", port, (long long)n,
                       n < least ? "at least" : "at most", (long long)(n < least ? least : INT32_MAX));
    if (!loom_need_finite(call, port, position)) return LOOM_E_DATA;
    int32_t numbers[LOOM_SPECIES_MOST];
    *out = (loom_atoms){ v, n, position->data, species->data, loom_symbols_numbers(symbols, numbers), symbols };
    if (out->kinds < 1)
        return h->fail(call, LOOM_E_DATA, port, "attribute 'symbols' of '%s' is '%s'; expected 1 to %d words", port, symbols,
                       LOOM_SPECIES_MOST);
    for (int64_t i = 0; i < n; i++)
        if (out->species[i] < 0 || out->species[i] >= out->kinds)
            return h->fail(call, LOOM_E_DATA, port, "atom %lld of '%s' has species %d, expected 0 to %d ('symbols' is '%s')", (long long)i,
                           port, out->species[i], out->kinds - 1, symbols);
    return all_apart(call, port, out) ? LOOM_OK : LOOM_E_DATA;
}

const void *loom_atoms_column(loom_call *call, const char *port, const loom_atoms *atoms, const char *name, loom_dtype dtype,
                              const char *made_by)
{
    const loom_array *a = call->host->array(atoms->value, name);
    if (a && a->dtype == dtype && a->rank == 1 && a->dim[0] == atoms->n) return loom_need_finite(call, port, a) ? a->data : NULL;
    call->host->fail(call, LOOM_E_DATA, port, "the atoms at '%s' have no column '%s' (%s); put %s before this op", port, name,
                     loom_dtype_text(dtype), made_by);
    return NULL;
}

bool loom_atoms_pass(loom_call *call, const loom_atoms *atoms, const char *const *but, loom_value *to)
{
    return loom_pass_rest_as(call, atoms->value, to, (loom_rest){ .but = but });
}
