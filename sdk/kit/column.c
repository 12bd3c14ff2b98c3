/* column.c - see column.h. */
#include "kit/column.h"
#include "kit/check.h"
#include "kit/unit.h"
#include <assert.h>
#include <stdio.h>

static bool holds_words(loom_call *call, const loom_value *table, const char *name)
{
    enum { LONGEST = 200 }; /* bytes of an array's name */
    char key[LONGEST + 16];
    snprintf(key, sizeof key, "categories.%s", name);
    return call->host->text(table, key) != NULL;
}

static double entry(const loom_array *a, int64_t i)
{
    switch (a->dtype) {
    case LOOM_F64: return ((const double *)a->data)[i];
    case LOOM_F32: return (double)((const float *)a->data)[i];
    case LOOM_I64: return (double)((const int64_t *)a->data)[i];
    case LOOM_I32: return ((const int32_t *)a->data)[i];
    case LOOM_U8: return ((const uint8_t *)a->data)[i];
    default: return 0;
    }
}

/* What numbers of the column are multiplied by; 0 after failing. */
static double factor_of(loom_call *call, const char *port, const loom_array *a, const char *unit)
{
    if (!unit || !a->unit || !*a->unit) return 1;
    double factor = loom_unit_factor(a->unit, unit);
    if (!(factor > 0))
        call->host->fail(call, LOOM_E_DATA, port,
                         "column '%s' is in '%s'; expected %s: convert it, or name it without a "
                         "unit where the unit is wrong",
                         a->name, a->unit, unit);
    return factor;
}

const double *loom_column_in(loom_call *call, const char *port, const loom_value *table,
                             const loom_array *a, const char *unit, int64_t rows, const char *what)
{
    assert(a && rows >= 0 && what);
    const loom_host *h = call->host;
    if (a->rank != 1 || a->dim[0] != rows) {
        h->fail(call, LOOM_E_DATA, port,
                "column '%s' has %lld rows; expected %lld, one for each of the %s", a->name,
                (long long)a->dim[0], (long long)rows, what);
        return NULL;
    }
    if (holds_words(call, table, a->name)) {
        h->fail(call, LOOM_E_DATA, port, "column '%s' holds words; expected numbers", a->name);
        return NULL;
    }
    if (!loom_need_finite(call, port, a)) return NULL;
    double factor = factor_of(call, port, a, unit);
    if (!(factor > 0)) return NULL;
    if (a->dtype == LOOM_F64 && factor >= 1 && factor <= 1) return a->data;
    double *v = h->scratch(call, (size_t)rows * sizeof *v + 1);
    for (int64_t i = 0; v && i < rows; i++) v[i] = factor * entry(a, i);
    return v;
}

const double *loom_need_column(loom_call *call, const char *port, const char *name,
                               const char *unit, int64_t rows, const char *what)
{
    const loom_value *table = call->host->input(call, port, 0);
    const loom_array *a = call->host->array(table, name);
    if (a) return loom_column_in(call, port, table, a, unit, rows, what);
    call->host->fail(call, LOOM_E_DATA, port,
                     "the table at '%s' has no column '%s'; expected one number for each of the "
                     "%lld %s",
                     port, name, (long long)rows, what);
    return NULL;
}
