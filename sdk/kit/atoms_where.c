/* kit/atoms_where.c - an op on some of the atoms; see atoms.h. */
#include "kit/atoms_inside.h"
#include "kit/check.h"
#include "kit/expression.h"

/* A column of an output whose first entries are those of the atoms chosen. */
typedef struct loom_atoms_made {
    struct loom_atoms_made *next;
    char *data;
    size_t bytes; /* of one atom */
    int64_t all;
    loom_dtype dtype;
} loom_atoms_made;

const void *loom_atoms_taken(loom_call *call, const loom_atoms *atoms, const loom_array *column)
{
    size_t bytes = loom_dtype_bytes(column->dtype);
    for (int32_t k = 1; k < column->rank; k++) bytes *= (size_t)column->dim[k];
    char *taken = call->host->scratch(call, (size_t)(atoms->n + 1) * bytes);
    for (int64_t i = 0; taken && i < atoms->n; i++)
        memcpy(taken + (size_t)i * bytes,
               (const char *)column->data + (size_t)atoms->row[i] * bytes, bytes);
    return taken;
}

bool loom_atoms_mark(loom_call *call, const loom_atoms *atoms, loom_value *out)
{
    const loom_host *h = call->host;
    int64_t all = h->array(atoms->value, "position")->dim[0];
    uint8_t *used = h->add_array(call, out, "used", LOOM_U8, 1, &all, NULL);
    for (int64_t i = 0; used && i < atoms->n; i++) used[atoms->row[i]] = 1;
    return used != NULL;
}

loom_status loom_atoms_read_where(loom_call *call, const char *port, int64_t min, const char *where,
                                  loom_atoms *out)
{
    const loom_host *h = call->host;
    loom_status status = loom_atoms_read(call, port, *where ? 1 : min, out);
    if (status || !*where) return status;
    loom_expression *e = h->scratch(call, sizeof *e);
    int64_t all = out->n, *row = h->scratch(call, (size_t)all * sizeof *row);
    if (!e || !row) return LOOM_E_MEMORY;
    if ((status = loom_expression_read(call, "where", where, port, out->value, all, e)))
        return status;
    int64_t n = loom_expression_choose(call, "where", e, all, row);
    if (n < 0) return LOOM_E_PARAM;
    if (n < min)
        return h->fail(call, LOOM_E_PARAM, "where",
                       "'%.200s' leaves %lld of the %lld atoms at '%s'; expected at least %lld",
                       where, (long long)n, (long long)all, port, (long long)min);
    if (n == all) h->note(call, "'%.200s' holds for all %lld atoms", where, (long long)all);
    out->row = row;
    out->n = n;
    out->position = loom_atoms_taken(call, out, h->array(out->value, "position"));
    out->species = loom_atoms_taken(call, out, h->array(out->value, "species"));
    h->release(call, e);
    return out->position && out->species ? LOOM_OK : LOOM_E_MEMORY;
}

void *loom_atoms_make(loom_call *call, loom_atoms *atoms, loom_value *out, const char *name,
                      loom_dtype dtype, int64_t width, const char *unit)
{
    const loom_host *h = call->host;
    int64_t dim[2] = { h->array(atoms->value, "position")->dim[0], width };
    void *data = h->add_array(call, out, name, dtype, width > 1 ? 2 : 1, dim, unit);
    if (!data || !atoms->row) return data;
    loom_atoms_made *made = h->scratch(call, sizeof *made);
    if (!made) return NULL;
    *made = (loom_atoms_made){ atoms->made, data, (size_t)width * loom_dtype_bytes(dtype), dim[0],
                               dtype };
    atoms->made = made;
    return data;
}

/* From the last one down: an atom's place is never before where its entry lies now, so nothing is
 * overwritten that has yet to move. */
static void spread_one(const loom_atoms *atoms, const loom_atoms_made *m)
{
    bool number = m->dtype == LOOM_I32 || m->dtype == LOOM_I64;
    int64_t last = atoms->n - 1;
    for (int64_t to = m->all - 1; to >= 0; to--) {
        bool is_used = last >= 0 && atoms->row[last] == to;
        char *place = m->data + (size_t)to * m->bytes;
        if (!is_used) memset(place, number ? -1 : 0, m->bytes);
        else memmove(place, m->data + (size_t)last-- * m->bytes, m->bytes);
    }
}

void loom_atoms_spread(const loom_atoms *atoms)
{
    for (const loom_atoms_made *m = atoms->made; m; m = m->next) spread_one(atoms, m);
}
