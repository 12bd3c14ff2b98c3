/* io/mat.c - see mat.h */
#include "io/mat.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

loom_status mat_damaged(const mat_file *f, const char *format, ...)
{
    char what[400];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return f->call->host->fail(
        f->call, LOOM_E_IO, f->where,
        "'%s' is damaged: %s; take a whole copy of the file, or save it again", f->path, what);
}

bool mat_add(mat_file *f, const mat_variable *v)
{
    mat_variable *copy = f->call->host->scratch(f->call, sizeof *copy);
    if (!copy) return false;
    *copy = *v;
    copy->next = NULL;
    for (char *c = copy->name; *c; c++)
        if (*c < ' ' || *c > '~') *c = '?';
    *f->last = copy;
    f->last = &copy->next;
    return true;
}

bool mat_count(mat_variable *v)
{
    v->count = 1;
    for (int k = 0; k < v->rank; k++)
        if (v->dim[k] < 0 || __builtin_mul_overflow(v->count, v->dim[k], &v->count)) return false;
    return v->count <= INT64_MAX / 16;
}

bool mat_is_numeric(const mat_variable *v)
{
    return v->class >= MAT_DOUBLE && v->class <= MAT_UINT64 && !v->complex;
}

static const char *const class_names[MAT_CLASSES] = {
    "unknown", "cell",   "struct",          "object", "char",   "sparse", "double",
    "single",  "int8",   "uint8",           "int16",  "uint16", "int32",  "uint32",
    "int64",   "uint64", "function_handle", "object"
};

const char *mat_class_text(const mat_variable *v)
{
    static const char *const complex_names[] = { "complex double", "complex single" };
    if (v->complex && (v->class == MAT_DOUBLE || v->class == MAT_SINGLE))
        return complex_names[v->class - MAT_DOUBLE];
    if (v->complex) return v->class == MAT_SPARSE ? "complex sparse" : "complex integer";
    return v->logical && v->class != MAT_SPARSE ? "logical" : class_names[v->class];
}

mat_class mat_class_named(const char *name)
{
    for (int k = MAT_CELL; k < MAT_OPAQUE; k++)
        if (!strcmp(class_names[k], name)) return (mat_class)k;
    return MAT_UNKNOWN;
}

loom_dtype mat_dtype(mat_class class)
{
    switch (class) {
    case MAT_DOUBLE: return LOOM_F64;
    case MAT_SINGLE: return LOOM_F32;
    case MAT_UINT8: return LOOM_U8;
    case MAT_INT8:
    case MAT_INT16:
    case MAT_UINT16:
    case MAT_INT32: return LOOM_I32;
    default: return LOOM_I64;
    }
}

size_t mat_storage_bytes(mat_storage s)
{
    static const uint8_t bytes[MAT_STORAGES] = {
        [MAT_S_INT8] = 1,  [MAT_S_UINT8] = 1,  [MAT_S_INT16] = 2,  [MAT_S_UINT16] = 2,
        [MAT_S_INT32] = 4, [MAT_S_UINT32] = 4, [MAT_S_SINGLE] = 4, [MAT_S_DOUBLE] = 8,
        [MAT_S_INT64] = 8, [MAT_S_UINT64] = 8
    };
    return (unsigned)s < MAT_STORAGES ? bytes[s] : 0;
}

#define S(name) (1u << MAT_S_##name)
bool mat_may_store(mat_class class, mat_storage s, bool checksum)
{
    static const unsigned narrow = S(INT8) | S(UINT8), middle = S(INT16) | S(UINT16),
                          wide = S(INT32) | S(UINT32);
    const unsigned allowed[MAT_CLASSES] = {
        [MAT_DOUBLE] = S(DOUBLE) | narrow | middle | wide,
        [MAT_SINGLE] = S(SINGLE) | narrow | middle | (checksum ? wide : 0),
        [MAT_INT8] = S(INT8),
        [MAT_UINT8] = S(UINT8),
        [MAT_INT16] = S(INT16) | narrow,
        [MAT_UINT16] = S(UINT16) | S(UINT8),
        [MAT_INT32] = S(INT32) | narrow | middle,
        [MAT_UINT32] = S(UINT32) | S(UINT16) | S(UINT8),
        [MAT_INT64] = S(INT64) | narrow | middle | wide,
        [MAT_UINT64] = S(UINT64) | S(UINT32) | S(UINT16) | S(UINT8),
    };
    return (unsigned)class < MAT_CLASSES && (unsigned)s < MAT_STORAGES
           && (allowed[class] & (1u << s));
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* One number in the machine's byte order, zeros behind it. */
static void fetch(const unsigned char *src, size_t bytes, bool big, unsigned char out[8])
{
    for (size_t k = 0; k < 8; k++) out[k] = k >= bytes ? 0 : src[big ? bytes - 1 - k : k];
}

static int64_t whole_number(mat_storage s, const unsigned char *b)
{
    union {
        int8_t i8;
        uint8_t u8;
        int16_t i16;
        uint16_t u16;
        int32_t i32;
        uint32_t u32;
        int64_t i64;
    } n;
    memcpy(&n, b, sizeof n);
    switch (s) {
    case MAT_S_INT8: return n.i8;
    case MAT_S_UINT8: return n.u8;
    case MAT_S_INT16: return n.i16;
    case MAT_S_UINT16: return n.u16;
    case MAT_S_INT32: return n.i32;
    case MAT_S_UINT32: return n.u32;
    default: return n.i64;
    }
}

static void store(loom_dtype dtype, int64_t n, size_t i, void *dst)
{
    switch (dtype) {
    case LOOM_F64:
        ((double *)dst)[i] = (double)n;
        break; /* exact: storages of 32 bits at most (mat_may_store) */
    case LOOM_F32: ((float *)dst)[i] = (float)n; break;
    case LOOM_U8: ((uint8_t *)dst)[i] = (uint8_t)n; break;
    case LOOM_I32: ((int32_t *)dst)[i] = (int32_t)n; break;
    default: ((int64_t *)dst)[i] = n;
    }
}

bool mat_convert(const mat_file *f, const mat_variable *v, const void *src, size_t n, void *dst)
{
    size_t bytes = mat_storage_bytes(v->storage);
    loom_dtype dtype = mat_dtype(v->class);
    bool as_is = v->storage == MAT_S_DOUBLE || v->storage == MAT_S_SINGLE;
    if (!f->big && (as_is || (dtype == LOOM_U8 && v->storage == MAT_S_UINT8))) {
        memcpy(dst, src, n * bytes);
        return true;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char b[8];
        fetch((const unsigned char *)src + i * bytes, bytes, f->big, b);
        if (as_is) memcpy((char *)dst + i * bytes, b, bytes);
        else {
            int64_t number = whole_number(v->storage, b);
            if (v->storage == MAT_S_UINT64 && number < 0) return false; /* above 2^63 - 1 */
            if (dtype == LOOM_F32 && (int64_t)(float)number != number) return false;
            store(dtype, number, i, dst);
        }
    }
    return true;
}
