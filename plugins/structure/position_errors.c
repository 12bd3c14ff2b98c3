/* structure/position_errors.c - see position_errors.h */
#include "position_errors.h"
#include <assert.h>

loom_status position_errors_read(loom_call *call, const loom_atoms *atoms, position_errors *out)
{
    static const char *const names[] = { "error_x", "error_y", "error_z" };
    const loom_host *h = call->host;
    assert(atoms->n > 0);
    *out = (position_errors){ { NULL } };
    for (int x = 0; x < 3; x++) {
        const void *data;
        loom_status status = loom_atoms_optional_column(call, atoms, names[x], LOOM_F64, &data);
        if (status != LOOM_OK) return status;
        out->axis[x] = data;
        for (int64_t i = 0; data && i < atoms->n; i++)
            if (out->axis[x][i] < 0)
                return h->fail(call, LOOM_E_DATA, atoms->port,
                               "'%s' of atom %lld is %g; a standard error is not negative: make "
                               "the column anew with refine.atoms, or drop it",
                               names[x], (long long)loom_atoms_number(atoms, i), out->axis[x][i]);
    }
    if (!out->axis[0] != !out->axis[1] || !out->axis[0] != !out->axis[2])
        return h->fail(call, LOOM_E_DATA, atoms->port,
                       "the atoms have only some of error_x, error_y, error_z; all three are "
                       "needed, or none: refine.atoms writes them");
    return LOOM_OK;
}
