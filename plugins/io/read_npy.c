/* io.read_npy - an array of a NumPy file. */
#include <atomloom/op.h>
#include "kit/citations.h"
#include "io/bytes.h"
#include "io/permute.h"
#include <stdlib.h>

typedef struct params { loom_path file; loom_ints axes; } params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, file, .flags = LOOM_REQUIRED, .doc = "NumPy file (.npy)"),
    LOOM_PARAM(params, axes, .min = 0, .max = LOOM_MAX_RANK - 1,
               .doc = "order of the axes of the result, counted from 0 slowest first, as in numpy.transpose; empty: as stored"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = { { "array", "array", "the array, C order", 0 }, { 0 } };

typedef struct kind { const char *code; size_t bytes; loom_dtype dtype; } kind;
static const kind kinds[] = {
    { "f4", 4, LOOM_F32 }, { "f8", 8, LOOM_F64 }, { "u1", 1, LOOM_U8 }, { "b1", 1, LOOM_U8 }, { "i1", 1, LOOM_I32 },
    { "i2", 2, LOOM_I32 }, { "u2", 2, LOOM_I32 }, { "i4", 4, LOOM_I32 }, { "u4", 4, LOOM_I64 }, { "i8", 8, LOOM_I64 },
};
typedef struct layout { const kind *kind; bool big, fortran; int32_t rank; int64_t dim[LOOM_MAX_RANK]; size_t count; } layout;

/* The value of a key in the header, a Python dictionary of three known keys; NULL where it is missing. */
static const char *value_of(const char *header, const char *key)
{
    const char *at = strstr(header, key);
    if (!at) return NULL;
    at += strlen(key);
    while (*at == ' ' || *at == ':') at++;
    return at;
}

static bool read_shape(const char *text, layout *l)
{
    l->count = 1;
    if (!text || *text++ != '(') return false;
    for (;;) {
        while (*text == ' ' || *text == ',') text++;
        if (*text == ')') return true;
        char *end;
        long long n = strtoll(text, &end, 10);
        if (end == text || n < 0 || l->rank == LOOM_MAX_RANK || __builtin_mul_overflow(l->count, (size_t)n, &l->count)) return false;
        l->dim[l->rank++] = n;
        text = *end == 'L' ? end + 1 : end;
    }
}

static bool read_header(const char *header, layout *l)
{
    const char *descr = value_of(header, "'descr'"), *order = value_of(header, "'fortran_order'");
    if (!descr || *descr != '\'' || !order || !read_shape(value_of(header, "'shape'"), l)) return false;
    l->big = descr[1] == '>';
    l->fortran = !strncmp(order, "True", 4);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (!strncmp(descr + 2, kinds[i].code, 2) && descr[4] == '\'') l->kind = &kinds[i];
    return l->kind && strchr("<>|=", descr[1]);
}

/* One number at a time: reversed where the file is big-endian, widened where we have no such type. */
static void convert(const layout *l, const unsigned char *src, char *restrict dst)
{
    size_t from = l->kind->bytes, to = loom_dtype_bytes(l->kind->dtype);
    bool is_signed = l->kind->code[0] == 'i';
    if (from == to && !l->big) {
        memcpy(dst, src, l->count * from);
        return;
    }
    for (size_t i = 0; i < l->count; i++, src += from, dst += to) {
        unsigned char b[8];
        for (size_t k = 0; k < from; k++) b[k] = l->big ? src[from - 1 - k] : src[k];
        for (size_t k = from; k < to; k++) b[k] = is_signed && b[from - 1] & 0x80 ? 0xff : 0;
        memcpy(dst, b, to);
    }
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    const loom_host *h = call->host;
    size_t bytes, start, length, need;
    layout l = { 0 };
    unsigned char *b = io_read_file(call, "file", p->file.path, &bytes);
    if (!b) return LOOM_E_IO;
    if (bytes < 12 || memcmp(b, "\x93NUMPY", 6) != 0 || b[6] < 1 || b[6] > 3)
        return h->fail(call, LOOM_E_IO, "file", "'%s' is not a .npy file", p->file.path);
    start = b[6] == 1 ? 10 : 12;
    length = b[6] == 1 ? (size_t)b[8] + 256u * b[9] : io_u32(b + 8, false);
    if (length > bytes - start) return h->fail(call, LOOM_E_IO, "file", "'%s' is damaged: it ends within its header", p->file.path);
    size_t body = start + length;
    char *header = h->scratch(call, length + 1);
    if (!header) return LOOM_E_MEMORY;
    memcpy(header, b + start, length);
    header[length] = 0;
    while (length && strchr(" \n", header[length - 1])) header[--length] = 0; /* padding */
    if (!read_header(header, &l))
        return h->fail(call, LOOM_E_DATA, "file", "'%s' holds %.80s; real numbers and integers of up to %d axes can be read", p->file.path,
                       header, LOOM_MAX_RANK);
    if (__builtin_mul_overflow(l.count, l.kind->bytes, &need) || need > bytes - body)
        return h->fail(call, LOOM_E_IO, "file", "'%s' is damaged: it holds %zu bytes of numbers, its header promises more", p->file.path,
                       bytes - body);
    if (!io_check_axes(call, &p->axes, l.rank)) return LOOM_E_PARAM;
    int64_t order[LOOM_MAX_RANK], stored[LOOM_MAX_RANK], turned[LOOM_MAX_RANK];
    for (int32_t k = 0; k < l.rank; k++) { /* the bytes of Fortran order are C order of the axes reversed */
        int64_t wanted = p->axes.n ? p->axes.v[k] : k;
        order[k] = l.fortran ? l.rank - 1 - wanted : wanted;
        stored[k] = l.fortran ? l.dim[l.rank - 1 - k] : l.dim[k];
        turned[k] = l.dim[wanted];
    }
    char *dst = h->add_array(call, h->output(call, "array"), "data", l.kind->dtype, l.rank, turned, NULL);
    bool turn = p->axes.n || (l.fortran && l.rank > 1);
    char *plain = dst && turn ? h->scratch(call, l.count * loom_dtype_bytes(l.kind->dtype) + 1) : dst;
    if (!plain) return LOOM_E_MEMORY;
    convert(&l, b + body, plain);
    if (turn) io_permute(l.rank, stored, order, loom_dtype_bytes(l.kind->dtype), plain, dst);
    return LOOM_OK;
}

static const loom_citation citations[] = { CITE_HARRIS_2020, { 0 } };

static const loom_op io_read_npy = {
    .size = sizeof(loom_op), .revision = 1, .id = "io.read_npy",
    .summary = "An array of a NumPy file.",
    .method = "Formats 1 to 3, either byte order, C or Fortran order. Float and 4- and 8-byte signed integers are kept, bool and uint8 "
              "become u8, other integers the next wider type.",
    .citations = citations,
    .limits = "Complex, half precision, structured and object arrays are refused; at most four axes.",
    .inputs = inputs, .outputs = outputs, .params = param_table, .params_size = sizeof(params), .run = run,
};
LOOM_PLUGIN("io.read_npy", "1.0", "BSD-3-Clause", &io_read_npy);
