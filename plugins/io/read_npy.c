/* io.read_npy - an array of a NumPy file. */
#include <atomloom/op.h>
#include <kit/byte_order.h>
#include <kit/citations.h>
#include "io/bytes.h"
#include "io/npy_header.h"
#include "io/permute.h"

typedef struct params {
    loom_path file;
    loom_ints axes;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED, .doc = "NumPy file (.npy)"),
    LOOM_PARAM(params, axes, .min = 0, .max = LOOM_MAX_RANK - 1,
               .doc = "order of the axes of the result, counted from 0 slowest first, as in "
                      "numpy.transpose; empty: as stored"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = { { "array", "array", "the array, C order", 0 }, { 0 } };

typedef struct npy_file {
    const unsigned char *numbers;
    npy_header header;
} npy_file;

/* ---- numbers --------------------------------------------------------------------------------- */

static int64_t whole_number(const npy_header *h, const unsigned char *b)
{
    unsigned unused = 64 - 8 * (unsigned)h->width;
    uint64_t bits = loom_bits(b, h->width, h->big);
    return h->kind == NPY_SIGNED ? (int64_t)(bits << unused) >> unused : (int64_t)bits;
}

/* The first number that does not fit (a uint64 above 2^63 - 1), or -1. */
static int64_t convert(const npy_header *h, const unsigned char *src, char *restrict dst)
{
    size_t to = loom_dtype_bytes(h->dtype);
    if (h->width == to && (h->width == 1 || (!h->big && h->kind != NPY_UNSIGNED))) {
        memcpy(dst, src, h->count * to);
        return -1;
    }
    for (size_t i = 0; i < h->count; i++, src += h->width, dst += to) {
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

/* The header read, and the bytes behind it exactly those of its numbers. */
static loom_status open_file(loom_call *call, const char *path, npy_file *f)
{
    const loom_host *h = call->host;
    size_t bytes, begin, length, need;
    bool unsupported;
    const unsigned char *b = io_read_file(call, "file", path, &bytes);
    if (!b) return LOOM_E_IO;
    if (bytes < 12 || memcmp(b, "\x93NUMPY", 6) != 0)
        return h->fail(call, LOOM_E_IO, "file", "'%s' is not a .npy file%s", path,
                       bytes > 1 && b[0] == 'P' && b[1] == 'K' ? "; take one array out of the .npz"
                                                               : "");
    if (b[6] < 1 || b[6] > 3 || b[7])
        return h->fail(call, LOOM_E_IO, "file",
                       "'%s' has version %d.%d of the .npy format; 1.0 to 3.0 are read", path, b[6],
                       b[7]);
    begin = b[6] == 1 ? 10 : 12;
    length = b[6] == 1 ? io_u16(b + 8, false) : io_u32(b + 8, false);
    if (length > bytes - begin)
        return h->fail(call, LOOM_E_IO, "file", "'%s' is damaged: it ends within its header", path);
    const char *fault = npy_read_header(b + begin, length, &f->header, &unsupported);
    if (fault)
        return h->fail(call, unsupported ? LOOM_E_DATA : LOOM_E_IO, "file", "'%s'%s its header %s",
                       path, unsupported ? ":" : " is damaged:", fault);
    f->numbers = b + begin + length;
    size_t there = bytes - begin - length;
    if (__builtin_mul_overflow(f->header.count, f->header.width, &need) || need > there)
        return h->fail(call, LOOM_E_IO, "file",
                       "'%s' is damaged: it holds %zu bytes of numbers, its header promises more",
                       path, there);
    if (need < there)
        return h->fail(
            call, LOOM_E_IO, "file",
            "'%s' is damaged, or holds more than one array: %zu bytes follow its %zu numbers", path,
            there - need, f->header.count);
    if (looks_swapped(f))
        return h->fail(call, LOOM_E_IO, "file",
                       "'%s' is damaged: its numbers make sense only in the other byte order than "
                       "its header says (%s-endian); "
                       "if they are right, save them in the other one",
                       path, f->header.big ? "big" : "little");
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    npy_file f = { 0 };
    const npy_header *l = &f.header;
    loom_status status = open_file(call, p->file.path, &f);
    if (status) return status;
    if (!io_check_axes(call, &p->axes, l->rank)) return LOOM_E_PARAM;
    int64_t order[LOOM_MAX_RANK], stored[LOOM_MAX_RANK], shape[LOOM_MAX_RANK];
    for (int32_t k = 0; k < l->rank;
         k++) { /* the bytes of Fortran order are C order of the axes reversed */
        int64_t wanted = p->axes.n ? p->axes.v[k] : k;
        order[k] = l->fortran ? l->rank - 1 - wanted : wanted;
        stored[k] = l->fortran ? l->dim[l->rank - 1 - k] : l->dim[k];
        shape[k] = l->dim[wanted];
    }
    char *dst =
        h->add_array(call, h->output(call, "array"), "data", l->dtype, l->rank, shape, NULL);
    bool permuted = p->axes.n || (l->fortran && l->rank > 1);
    char *plain =
        dst && permuted ? h->scratch(call, l->count * loom_dtype_bytes(l->dtype) + 1) : dst;
    if (!plain) return LOOM_E_MEMORY;
    int64_t at = convert(l, f.numbers, plain);
    if (at >= 0)
        return h->fail(call, LOOM_E_DATA, "file",
                       "'%s': number %lld is above 2^63 - 1; save int64 or float64", p->file.path,
                       (long long)at);
    if (permuted) io_permute(l->rank, stored, order, loom_dtype_bytes(l->dtype), plain, dst);
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_HARRIS_2020, { 0 } };

static const loom_op io_read_npy = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "io.read_npy",
    .summary = "An array of a NumPy file.",
    .method =
        "Formats 1 to 3, either byte order, C or Fortran order. Float32, float64, int32 and "
        "int64 are kept, half precision becomes f32, bool and uint8 become u8, other integers "
        "the next wider type; uint64 up to 2^63 - 1.\n\n"
        "The header must be what NumPy writes, and the file exactly as long as it says. The "
        "format has no checksum: a changed bit among the numbers cannot be noticed. Where the "
        "header's byte order makes nonsense of numbers that the other order makes sense of, "
        "the file is refused.",
    .citations = citations,
    .limits = "Complex numbers, records, texts, dates and Python objects are refused; at most four "
              "axes; one array per file. Numbers that are not finite are refused: replace NaN with "
              "numpy first, no op does so.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("io.read_npy", "1.0", "BSD-3-Clause", &io_read_npy);
