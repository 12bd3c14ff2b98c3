/* kit/check.h - what most ops do first: fetch arrays, attributes, pass things on. Header only. */
#ifndef LOOM_KIT_CHECK_H
#define LOOM_KIT_CHECK_H
#include <atomloom/op.h>
#include <math.h>
#include <string.h>

/* The array `name` of input `port`, or NULL after failing with a message that names the port. */
static inline const loom_array *loom_need(loom_call *call, const char *port, const char *name)
{
    const loom_array *a = call->host->array(call->host->input(call, port, 0), name);
    if (!a) call->host->fail(call, LOOM_E_DATA, port, "input '%s' holds no array '%s'", port, name);
    return a;
}

/* The number `name` of input `port` into *out, or false after failing. */
static inline bool loom_need_number(loom_call *call, const char *port, const char *name, double *out)
{
    if (call->host->number(call->host->input(call, port, 0), name, out)) return true;
    call->host->fail(call, LOOM_E_DATA, port, "input '%s' has no attribute '%s'", port, name);
    return false;
}

/* True when every element is finite; otherwise fails, naming port, array, element and what to do. F32 and F64 only. */
static inline bool loom_need_finite(loom_call *call, const char *port, const loom_array *a)
{
    int64_t n = loom_array_count(a);
    for (int64_t i = 0; i < n; i++) {
        double v = a->dtype == LOOM_F32 ? (double)((const float *)a->data)[i] : a->dtype == LOOM_F64 ? ((const double *)a->data)[i] : 0;
        if (isfinite(v)) continue;
        int64_t at[LOOM_MAX_RANK] = { 0 }, rest = i;
        for (int32_t k = a->rank - 1; k >= 0; k--) { at[k] = rest % a->dim[k]; rest /= a->dim[k]; }
        call->host->fail(call, LOOM_E_DATA, port, "input '%s': array '%s' holds %f at [%lld][%lld][%lld][%lld] of its %d axes; mask or replace such entries first",
                         port, a->name, v, (long long)at[0], (long long)at[1], (long long)at[2], (long long)at[3], (int)a->rank);
        return false;
    }
    return true;
}

/* Copy every attribute of `from` to `to`. */
static inline void loom_pass_attributes(loom_call *call, const loom_value *from, loom_value *to)
{
    const loom_host *h = call->host;
    const loom_attribute *a;
    for (int64_t i = 0; (a = h->attribute_at(from, i)); i++) {
        if (a->text) h->set_text(call, to, a->name, a->text);
        else h->set_number(call, to, a->name, a->number, a->unit);
    }
}

/* Copy one array as it is; false when out of memory (already reported). */
static inline bool loom_pass_array(loom_call *call, const loom_array *a, loom_value *to)
{
    void *data = call->host->add_array(call, to, a->name, a->dtype, a->rank, a->dim, a->unit);
    if (data) memcpy(data, a->data, (size_t)loom_array_count(a) * loom_dtype_bytes(a->dtype));
    return data != NULL;
}
#endif
