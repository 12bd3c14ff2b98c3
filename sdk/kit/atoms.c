/* kit/atoms.c - see atoms.h */
#include "kit/atoms_inside.h"
#include "kit/cells.h"
#include "kit/check.h"
#include <assert.h>
#include <stdio.h>

static const double coincident_A = 0.1;

/* True when no two atoms are closer than `coincident_A`; otherwise fails with the first such pair.
 */
static bool all_apart(loom_call *call, const loom_atoms *a)
{
    const loom_host *h = call->host;
    loom_cells cells;
    if (!loom_cells_build(call, a->position, a->n, coincident_A, &cells)) return false;
    int64_t first = a->n, other = -1;
#pragma omp parallel for num_threads(h->threads(call)) schedule(static) reduction(min : first)
    for (int64_t i = 0; i < a->n; i++)
        if (i < first && loom_cells_near(&cells, a->position + 3 * i, coincident_A, NULL, 0) > 1)
            first = i;
    if (first < a->n) {
        int32_t near[2];
        loom_cells_near(&cells, a->position + 3 * first, coincident_A, near, 2);
        other = near[0] == first ? near[1] : near[0];
        const double *x = a->position + 3 * first;
        h->fail(call, LOOM_E_DATA, a->port,
                "atoms %lld and %lld of '%s' are at one place, (%.3f, %.3f, %.3f) angstrom; remove "
                "the duplicate first (atoms.select with 'where: index != %lld')",
                (long long)first, (long long)other, a->port, x[0], x[1], x[2], (long long)other);
    }
    h->release(call, cells.start);
    h->release(call, cells.index);
    return other < 0;
}

/* "'before'", or "'stages' [2]" where the port holds several. */
static const char *place(loom_call *call, const char *port, int64_t index, char out[96])
{
    assert(index >= 0);
    if (call->host->input_count(call, port) > 1)
        snprintf(out, 96, "'%s' [%lld]", port, (long long)index);
    else snprintf(out, 96, "'%s'", port);
    return out;
}

static loom_status check_species(loom_call *call, const loom_atoms *a)
{
    assert(a->kinds > 0 || a->n == 0);
    char at[96];
    for (int64_t i = 0; i < a->n; i++)
        if (a->species[i] < 0 || a->species[i] >= a->kinds)
            return call->host->fail(
                call, LOOM_E_DATA, a->port,
                "atom %lld of %s has species %d, expected 0 to %d ('symbols' is '%s')",
                (long long)i, place(call, a->port, a->index, at), a->species[i], a->kinds - 1,
                a->symbols);
    return LOOM_OK;
}

loom_status loom_atoms_read_any(loom_call *call, const char *port, int64_t index, int64_t min,
                                loom_atoms *out)
{
    assert(index >= 0 && min >= 0);
    const loom_host *h = call->host;
    const loom_value *v = h->input(call, port, index);
    const loom_array *position = h->array(v, "position"), *species = h->array(v, "species");
    const char *symbols = h->text(v, "symbols");
    char at[96];
    place(call, port, index, at);
    if (!position || !species || !symbols)
        return h->fail(call, LOOM_E_DATA, port, "%s holds no %s; expected a value of type atoms",
                       at,
                       !position  ? "array 'position'"
                       : !species ? "array 'species'"
                                  : "attribute 'symbols'");
    int64_t n = position->dim[0];
    if (n < min || n > INT32_MAX)
        return h->fail(call, LOOM_E_DATA, port,
                       "%s holds %lld atoms, expected %s %lld; check the step that made them", at,
                       (long long)n, n < min ? "at least" : "at most",
                       (long long)(n < min ? min : INT32_MAX));
    if (!loom_need_finite(call, port, position)) return LOOM_E_DATA;
    int32_t numbers[LOOM_SPECIES_MOST];
    *out = (loom_atoms){ .value = v,
                         .port = port,
                         .index = index,
                         .n = n,
                         .position = position->data,
                         .species = species->data,
                         .kinds = loom_symbols_numbers(symbols, numbers),
                         .symbols = symbols };
    if (out->kinds < 1)
        return h->fail(call, LOOM_E_DATA, port,
                       "attribute 'symbols' of %s is '%s'; expected 1 to %d words", at, symbols,
                       LOOM_SPECIES_MOST);
    return check_species(call, out);
}

loom_status loom_atoms_read_at(loom_call *call, const char *port, int64_t index, int64_t min,
                               loom_atoms *out)
{
    loom_status status = loom_atoms_read_any(call, port, index, min, out);
    if (status) return status;
    return all_apart(call, out) ? LOOM_OK : LOOM_E_DATA;
}

loom_status loom_atoms_read(loom_call *call, const char *port, int64_t min, loom_atoms *out)
{
    return loom_atoms_read_at(call, port, 0, min, out);
}

loom_status loom_atoms_optional_column(loom_call *call, const loom_atoms *atoms, const char *name,
                                       loom_dtype dtype, const void **out)
{
    assert(atoms->value && (unsigned)dtype < LOOM_DTYPE_COUNT);
    const loom_array *a = call->host->array(atoms->value, name);
    int64_t n = call->host->array(atoms->value, "position")->dim[0];
    char at[96];
    *out = NULL;
    if (!a) return LOOM_OK;
    if (!loom_is_column(a, dtype, n))
        return call->host->fail(call, LOOM_E_DATA, atoms->port,
                                "column '%s' of %s is %s of %lld entries on %d axes, expected %s, "
                                "one for each of the %lld atoms",
                                name, place(call, atoms->port, atoms->index, at),
                                loom_dtype_text(a->dtype), (long long)loom_array_count(a),
                                (int)a->rank, loom_dtype_text(dtype), (long long)n);
    if (!loom_need_finite(call, atoms->port, a)) return LOOM_E_DATA;
    *out = a->data;
    return !atoms->row || (*out = loom_atoms_taken(call, atoms, a)) ? LOOM_OK : LOOM_E_MEMORY;
}

const void *loom_atoms_column(loom_call *call, const loom_atoms *atoms, const char *name,
                              loom_dtype dtype, const char *made_by)
{
    const void *data;
    char at[96];
    if (loom_atoms_optional_column(call, atoms, name, dtype, &data)) return NULL;
    if (!data)
        call->host->fail(call, LOOM_E_DATA, atoms->port,
                         "the atoms at %s have no column '%s' (%s); put %s before this op",
                         place(call, atoms->port, atoms->index, at), name, loom_dtype_text(dtype),
                         made_by);
    return data;
}

bool loom_atoms_pass(loom_call *call, const loom_atoms *atoms, const char *const *but,
                     loom_value *to)
{
    return (!atoms->row || loom_atoms_mark(call, atoms, to))
           && loom_pass_rest_as(call, atoms->value, to, (loom_rest){ .but = but });
}
