/* io/permute.h - the axes of an array in another order. */
#ifndef ATOMLOOM_IO_PERMUTE_H
#define ATOMLOOM_IO_PERMUTE_H
#include <atomloom/op.h>
#include <string.h>

/* `axes` names each axis 0 .. rank-1 once, or is empty (the order stays). False after failing. */
static inline bool io_check_axes(loom_call *call, const loom_ints *axes, int32_t rank)
{
    unsigned seen = 0;
    for (int64_t i = 0; i < axes->n; i++)
        if (axes->v[i] >= 0 && axes->v[i] < rank) seen |= 1u << axes->v[i];
    if (!axes->n || (axes->n == rank && seen == (1u << rank) - 1)) return true;
    call->host->fail(call, LOOM_E_PARAM, "axes",
                     "'axes' must name each of the %d axes 0 to %d once, in the wanted order",
                     (int)rank, (int)rank - 1);
    return false;
}

/* dst axis k is src axis axes[k] (as numpy.transpose); elements of `bytes` bytes, both C order. dim
 * is that of src. */
static inline void io_permute(int32_t rank, const int64_t *dim, const int64_t *axes, size_t bytes,
                              const char *src, char *restrict dst)
{
    int64_t stride[LOOM_MAX_RANK] = { 0 }, step[LOOM_MAX_RANK] = { 0 },
            n[LOOM_MAX_RANK] = { 1, 1, 1, 1 };
    for (int64_t k = rank - 1, s = 1; k >= 0; s *= dim[k--]) stride[k] = s;
    for (int32_t k = 0; k < rank;
         k++) { /* right-aligned, so that fewer axes are leading ones of length 1 */
        n[LOOM_MAX_RANK - rank + k] = dim[axes[k]];
        step[LOOM_MAX_RANK - rank + k] = stride[axes[k]];
    }
    for (int64_t a = 0; a < n[0]; a++)
        for (int64_t b = 0; b < n[1]; b++)
            for (int64_t c = 0; c < n[2]; c++)
                for (int64_t d = 0; d < n[3]; d++, dst += bytes)
                    memcpy(dst,
                           src
                               + (size_t)(a * step[0] + b * step[1] + c * step[2] + d * step[3])
                                     * bytes,
                           bytes);
}
#endif
