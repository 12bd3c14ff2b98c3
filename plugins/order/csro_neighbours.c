/* order/csro_neighbours.c - the neighbours of the atoms in use: as given, or within a cutoff. */
#include "csro.h"
#include "kit/pdf.h"
#include <assert.h>
#include <string.h>

/* The number among the atoms used of each atom of the value, -1 for those left out. */
static int32_t *numbers_of(loom_call *call, const csro_work *w, int64_t all)
{
    assert(all >= w->atoms.n);
    int32_t *number = call->host->scratch(call, (size_t)all * sizeof *number);
    if (!number) return NULL;
    memset(number, -1, (size_t)all * sizeof *number);
    for (int64_t i = 0; i < w->atoms.n; i++) number[loom_atoms_number(&w->atoms, i)] = (int32_t)i;
    return number;
}

static bool both_used(const csro_work *w, const int32_t *number, const int32_t pair[2])
{
    int32_t i = number[pair[0]], j = number[pair[1]];
    return i >= 0 && j >= 0 && csro_used(w, i) && csro_used(w, j);
}

/* Lists from the port `neighbours`, in the order given, as far as both atoms are in use. */
static loom_status read_lists(loom_call *call, const loom_value *given, csro_work *w)
{
    const loom_host *h = call->host;
    const loom_array *array = h->array(given, "pair");
    const int32_t *pair = array->data;
    int64_t n = w->atoms.n, all = h->array(w->atoms.value, "position")->dim[0];
    const int32_t *number = numbers_of(call, w, all);
    w->nb.first = h->scratch(call, (size_t)(n + 2) * sizeof *w->nb.first);
    w->nb.list = h->scratch(call, (size_t)(array->dim[0] + 1) * sizeof *w->nb.list);
    if (!number || !w->nb.first || !w->nb.list) return LOOM_E_MEMORY;
    memset(w->nb.first, 0, (size_t)(n + 2) * sizeof *w->nb.first);
    for (int64_t k = 0; k < array->dim[0]; k++) {
        int32_t i = pair[2 * k], j = pair[2 * k + 1];
        if (i < 0 || j < 0 || i >= all || j >= all || i == j)
            return h->fail(call, LOOM_E_DATA, "neighbours",
                           "pair %lld is (%d, %d); expected two different atoms of 0 to %lld",
                           (long long)k, i, j, (long long)all - 1);
        if (both_used(w, number, pair + 2 * k)) w->nb.first[number[i] + 2]++;
    }
    for (int64_t i = 0; i < n; i++) w->nb.first[i + 2] += w->nb.first[i + 1];
    for (int64_t k = 0; k < array->dim[0]; k++)
        if (both_used(w, number, pair + 2 * k))
            w->nb.list[w->nb.first[number[pair[2 * k]] + 1]++] = number[pair[2 * k + 1]];
    return LOOM_OK;
}

loom_status csro_find_neighbours(loom_call *call, csro_work *w, double *cutoff)
{
    const loom_host *h = call->host;
    const loom_value *given = h->input(call, "neighbours", 0);
    loom_cells cells;
    loom_shell shell;
    assert(*cutoff >= 0);
    if (given) return read_lists(call, given, w);
    if (*cutoff == 0) {
        loom_status status =
            loom_first_shell(call, "pdf", "cutoff", w->atoms.position, w->atoms.n, &shell);
        if (status != LOOM_OK) return status;
        *cutoff = shell.r_valley;
    }
    if (!loom_cells_build(call, w->atoms.position, w->atoms.n, *cutoff, &cells)
        || !loom_neighbours_build(call, &cells, *cutoff, &w->nb))
        return LOOM_E_MEMORY;
    if (!w->skip) return LOOM_OK;
    int64_t kept = 0, from = 0;
    for (int64_t i = 0; i < w->atoms.n; i++) {
        int64_t to = w->nb.first[i + 1];
        for (int64_t k = from; k < to; k++)
            if (csro_used(w, i) && csro_used(w, w->nb.list[k])) w->nb.list[kept++] = w->nb.list[k];
        from = to;
        w->nb.first[i + 1] = kept;
    }
    return LOOM_OK;
}
