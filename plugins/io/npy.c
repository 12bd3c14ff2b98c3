/* io/npy.c - the numbers of a NumPy array; see npy.h. */
#include "io/npy.h"
#include "io/bytes.h"
#include "io/permute.h"
#include <kit/byte_order.h>

/* ---- numbers --------------------------------------------------------------------------------- */

static int64_t whole_number(const npy_header *h, const unsigned char *b)
{
    unsigned unused = 64 - 8 * (unsigned)h->width;
    uint64_t bits = loom_bits(b, h->width, h->big);
    return h->kind == NPY_SIGNED ? (int64_t)(bits << unused) >> unused : (int64_t)bits;
}

int64_t npy_convert(const npy_header *h, const unsigned char *src, size_t n, void *out)
{
    char *dst = out;
    size_t to = loom_dtype_bytes(h->dtype);
    if (h->width == to && (h->width == 1 || (!h->big && h->kind != NPY_UNSIGNED))) {
        memcpy(dst, src, n * to);
        return -1;
    }
    for (size_t i = 0; i < n; i++, src += h->width, dst += to) {
        double real =
            h->kind == NPY_REAL ? loom_real(loom_bits(src, h->width, h->big), h->width) : 0;
        int64_t whole = h->kind == NPY_REAL ? 0 : whole_number(h, src);
        if (h->kind == NPY_UNSIGNED && whole < 0) return (int64_t)i;
        switch (h->dtype) {
        case LOOM_F64: memcpy(dst, &real, sizeof real); break;
        case LOOM_F32:
            memcpy(dst, &(float){ (float)real }, sizeof(float));
            break; /* exact: from 16 or 32 bits */
        case LOOM_U8: *(unsigned char *)dst = (unsigned char)whole; break;
        case LOOM_I32: memcpy(dst, &(int32_t){ (int32_t)whole }, sizeof(int32_t)); break;
        default: memcpy(dst, &whole, sizeof whole);
        }
    }
    return -1;
}

static bool looks_swapped(const npy_file *f)
{
    const npy_header *h = &f->header;
    if (h->width == 1) return false;
    if (h->kind == NPY_REAL)
        return loom_reals_look_swapped(f->numbers, (int64_t)h->count, h->width, h->big);
    return h->big
           && loom_integers_look_swapped(f->numbers, (int64_t)h->count, h->width,
                                         h->kind == NPY_SIGNED, true);
}

/* ---- the file -------------------------------------------------------------------------------- */

loom_status npy_open(loom_call *call, const char *where, const char *path, const unsigned char *b,
                     size_t bytes, npy_file *f)
{
    const loom_host *h = call->host;
    size_t begin, length, need;
    bool unsupported;
    if (bytes < 12 || memcmp(b, "\x93NUMPY", 6) != 0)
        return h->fail(call, LOOM_E_IO, where, "'%s' is not a .npy file", path);
    if (b[6] < 1 || b[6] > 3 || b[7])
        return h->fail(call, LOOM_E_IO, where,
                       "'%s' has version %d.%d of the .npy format; 1.0 to 3.0 are read", path, b[6],
                       b[7]);
    begin = b[6] == 1 ? 10 : 12;
    length = b[6] == 1 ? io_u16(b + 8, false) : io_u32(b + 8, false);
    if (length > bytes - begin)
        return h->fail(call, LOOM_E_IO, where, "'%s' is damaged: it ends within its header", path);
    const char *fault = npy_read_header(b + begin, length, &f->header, &unsupported);
    if (fault)
        return h->fail(call, unsupported ? LOOM_E_DATA : LOOM_E_IO, where, "'%s'%s its header %s",
                       path, unsupported ? ":" : " is damaged:", fault);
    f->numbers = b + begin + length;
    size_t there = bytes - begin - length;
    if (__builtin_mul_overflow(f->header.count, f->header.width, &need) || need > there)
        return h->fail(call, LOOM_E_IO, where,
                       "'%s' is damaged: it holds %zu bytes of numbers, its header promises more",
                       path, there);
    if (need < there)
        return h->fail(
            call, LOOM_E_IO, where,
            "'%s' is damaged, or holds more than one array: %zu bytes follow its %zu numbers", path,
            there - need, f->header.count);
    for (size_t i = 0; f->header.truth && i < need; i++)
        if (f->numbers[i] > 1)
            return h->fail(
                call, LOOM_E_IO, where,
                "'%s' is damaged: number %zu of it is %d, but its header says bool: 0 or "
                "1",
                path, i, f->numbers[i]);
    if (looks_swapped(f))
        return h->fail(call, LOOM_E_IO, where,
                       "'%s' is damaged: its numbers make sense only in the other byte order than "
                       "its header says (%s-endian); "
                       "if they are right, save them in the other one",
                       path, f->header.big ? "big" : "little");
    return LOOM_OK;
}

/* ---- axes ------------------------------------------------------------------------------------ */

npy_axes npy_axes_of(const npy_header *l, const loom_ints *axes)
{
    npy_axes a = { .permuted = axes->n || (l->fortran && l->rank > 1) };
    for (int32_t k = 0; k < l->rank;
         k++) { /* the bytes of Fortran order are C order of the axes reversed */
        int64_t wanted = axes->n ? axes->v[k] : k;
        a.order[k] = l->fortran ? l->rank - 1 - wanted : wanted;
        a.stored[k] = l->fortran ? l->dim[l->rank - 1 - k] : l->dim[k];
        a.shape[k] = l->dim[wanted];
    }
    return a;
}

loom_status npy_load(loom_call *call, const char *where, const char *path, const npy_file *f,
                     const npy_axes *a, void *dst)
{
    const loom_host *h = call->host;
    size_t size = loom_dtype_bytes(f->header.dtype);
    char *plain = a->permuted ? h->scratch(call, f->header.count * size + 1) : dst;
    if (!plain) return LOOM_E_MEMORY;
    int64_t at = npy_convert(&f->header, f->numbers, f->header.count, plain);
    if (at >= 0)
        return h->fail(call, LOOM_E_DATA, where,
                       "'%s': number %lld is above 2^63 - 1; save int64 or float64", path,
                       (long long)at);
    if (a->permuted) {
        io_permute(f->header.rank, a->stored, a->order, size, plain, dst);
        h->release(call, plain);
    }
    return LOOM_OK;
}
