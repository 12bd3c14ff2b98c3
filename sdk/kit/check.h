/* kit/check.h - what most ops do first: fetch arrays and attributes; and last: pass on what they do
 * not know (kit/rest.c). */
#ifndef LOOM_KIT_CHECK_H
#define LOOM_KIT_CHECK_H
#include <atomloom/op.h>
#include <math.h>
#include <string.h>
#ifdef __cplusplus
extern "C" {
#endif

/* The array `name` of value `i` of input `port`, or NULL after failing with a message that names
 * the port. */
static inline const loom_array *loom_need_of(loom_call *call, const char *port, int64_t i,
                                             const char *name)
{
    const loom_array *a = call->host->array(call->host->input(call, port, i), name);
    if (!a) call->host->fail(call, LOOM_E_DATA, port, "input '%s' holds no array '%s'", port, name);
    return a;
}

/* That of its only, or first, value. */
static inline const loom_array *loom_need(loom_call *call, const char *port, const char *name)
{
    return loom_need_of(call, port, 0, name);
}

/* Whether `a` is a column of n entries of that dtype: what every op checks before it reads an array
 * that types.h does not promise. */
static inline bool loom_is_column(const loom_array *a, loom_dtype dtype, int64_t n)
{
    return a && a->dtype == dtype && a->rank == 1 && a->dim[0] == n;
}

/* The number `name` of input `port` into *out, or false after failing. */
static inline bool loom_need_number(loom_call *call, const char *port, const char *name,
                                    double *out)
{
    if (call->host->number(call->host->input(call, port, 0), name, out)) return true;
    call->host->fail(call, LOOM_E_DATA, port, "input '%s' has no attribute '%s'", port, name);
    return false;
}

/* True when every element is finite; otherwise fails, naming port, array, element and what to do.
 * F32 and F64 only. */
static inline bool loom_need_finite(loom_call *call, const char *port, const loom_array *a)
{
    int64_t n = loom_array_count(a);
    for (int64_t i = 0; i < n; i++) {
        double v = a->dtype == LOOM_F32   ? (double)((const float *)a->data)[i]
                   : a->dtype == LOOM_F64 ? ((const double *)a->data)[i]
                                          : 0;
        if (isfinite(v)) continue;
        int64_t at[LOOM_MAX_RANK] = { 0 }, rest = i;
        for (int32_t k = a->rank - 1; k >= 0; k--) {
            at[k] = rest % a->dim[k];
            rest /= a->dim[k];
        }
        call->host->fail(
            call, LOOM_E_DATA, port,
            "input '%s': array '%s' holds %f at [%lld][%lld][%lld][%lld] of its %d "
            "axes; mask or replace such entries first (rows of a table: table.select with "
            "'where: known(NAME)')",
            port, a->name, v, (long long)at[0], (long long)at[1], (long long)at[2],
            (long long)at[3], (int)a->rank);
        return false;
    }
    return true;
}

/* True when `a` of input `port` has three axes of the lengths dim[3]; otherwise fails, naming the
 * port and `whose` lengths they are ("the volume"). */
static inline bool loom_need_same_grid(loom_call *call, const char *port, const loom_array *a,
                                       const char *whose, const int64_t dim[3])
{
    if (a->rank == 3 && !memcmp(a->dim, dim, sizeof(int64_t[3]))) return true;
    call->host->fail(call, LOOM_E_DATA, port,
                     "'%s' is [%lld][%lld][%lld], but %s is [%lld][%lld][%lld]; both must be on "
                     "one grid: crop, pad or resample one of them",
                     port, (long long)a->dim[0], (long long)a->dim[1], (long long)a->dim[2], whose,
                     (long long)dim[0], (long long)dim[1], (long long)dim[2]);
    return false;
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

/* ---- the rest of a value ------------------------------------------------------------------------
 * A value may hold arrays and attributes that an op has never heard of. An op that returns the type
 * it takes passes them on, as its last act: first make all that the op itself decides, then call
 * one of these. What `out` lacks is copied from `in`:
 *   - every attribute;
 *   - every array, unless its shape or content went wrong by what the op did:
 *       a length that changed: where an array that both values hold has another length in `out`, no
 * array with an axis of the old length is copied (a column of 100 atoms goes no more with 90 of
 * them), axes of fixed length in types.h apart; axes in `moved`: no array with such an axis is
 * copied; what an unknown axis means is known by its length alone; rows selected or put in another
 * order
 * (`row`): arrays whose first axis is the row (atom, tilt, vertex, pair, row of a table) follow;
 * another axis of that length ([n][n]) cannot, and the array is not copied. Between two types, the
 * arrays that the type of `in` requires are its content and not copied. What is not copied for its
 * shape is noted in the action's log. False when out of memory (already reported). [main] */
typedef struct loom_rest {
    /* names not to pass on, NULL-terminated: what the result makes untrue */
    const char *const *but;
    /* letters of types.h whose content lies elsewhere now although the length may be the same: "yx"
     */
    const char *moved;
    /* row i of the output is row `row[i]` of the input; NULL: all rows, in their order */
    const int64_t *row;
    int64_t rows;
} loom_rest;

bool loom_pass_rest(loom_call *call, const loom_value *in, loom_value *out);
bool loom_pass_rest_rows(loom_call *call, const loom_value *in, loom_value *out, const int64_t *row,
                         int64_t rows);
bool loom_pass_rest_as(loom_call *call, const loom_value *in, loom_value *out, loom_rest how);
#ifdef __cplusplus
}
#endif
#endif
