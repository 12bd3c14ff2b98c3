/* table.c - see table.h. */
#include "kit/table.h"
#include <assert.h>

double *loom_table_column(loom_call *call, loom_value *table, const char *name, int64_t rows,
                          const char *unit)
{
    assert(rows >= 0 && name);
    return call->host->add_array(call, table, name, LOOM_F64, 1, &rows, unit);
}

bool loom_table_row(loom_call *call, loom_value *table, const loom_figure *figure, int count)
{
    assert(count >= 0 && (figure || !count));
    const int64_t one = 1;
    for (int i = 0; i < count; i++) {
        const loom_figure *f = &figure[i];
        void *cell = call->host->add_array(call, table, f->name, f->whole ? LOOM_I32 : LOOM_F64, 1,
                                           &one, f->unit);
        if (!cell) return false;
        assert(!f->whole || (f->value >= INT32_MIN && f->value <= INT32_MAX));
        if (f->whole) *(int32_t *)cell = (int32_t)f->value;
        else *(double *)cell = f->value;
    }
    return true;
}
