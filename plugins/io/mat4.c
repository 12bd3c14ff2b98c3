/* io/mat4.c - MATLAB files of level 4: matrices one after the other, each with a header of five
 * numbers. Nothing is checksummed; lengths must fill the file exactly. */
#include "io/bytes.h"
#include "io/mat.h"
#include <stdio.h>

enum { HEADER = 20, FULL = 0, TEXT = 1, SPARSE = 2 };

static const mat_storage storages[] = { MAT_S_DOUBLE, MAT_S_SINGLE, MAT_S_INT32,
                                        MAT_S_INT16,  MAT_S_UINT16, MAT_S_UINT8 };

/* The first number of a matrix in decimal is MOPT: byte order, 0, precision, kind. False where it
 * is none. */
static bool type_of(uint32_t mopt, bool big, mat_storage *storage, unsigned *kind)
{
    if (mopt / 1000 != (big ? 1u : 0u) || mopt / 100 % 10 != 0 || mopt / 10 % 10 > 5
        || mopt % 10 > SPARSE)
        return false;
    *storage = storages[mopt / 10 % 10];
    *kind = mopt % 10;
    return true;
}

bool mat4_begins(const unsigned char *bytes, size_t size, bool *big)
{
    mat_storage storage;
    unsigned kind;
    if (size < HEADER) return false;
    *big = !type_of(io_u32(bytes, false), false, &storage, &kind);
    return !*big || type_of(io_u32(bytes, true), true, &storage, &kind);
}

/* The matrix at `at`; *end is where the next one begins. */
static loom_status next_matrix(mat_file *f, size_t at, size_t *end, mat_variable *v)
{
    unsigned kind;
    uint64_t bytes;
    if (f->size - at < HEADER)
        return mat_damaged(f, "%zu bytes follow its last variable", f->size - at);
    uint32_t word[5];
    for (int k = 0; k < 5; k++) word[k] = io_u32(f->bytes + at + 4 * k, f->big);
    if (!type_of(word[0], f->big, &v->storage, &kind) || word[3] > 1)
        return mat_damaged(f, "no matrix begins at byte %zu, where one must", at);
    uint64_t name_bytes = word[4], rest = f->size - at - HEADER;
    const char *name = (const char *)f->bytes + at + HEADER;
    if (!name_bytes || name_bytes > rest || strnlen(name, name_bytes) != name_bytes - 1)
        return mat_damaged(f, "the variable at byte %zu has no proper name", at);
    snprintf(v->name, sizeof v->name, "%.*s",
             (int)(name_bytes < MAT_NAME ? name_bytes : MAT_NAME - 1), name);
    v->class = kind == FULL   ? MAT_DOUBLE
               : kind == TEXT ? MAT_CHAR
                              : MAT_SPARSE; /* MATLAB loads every full matrix as double */
    v->complex = word[3] == 1;
    v->rank = 2;
    v->dim[0] = (int32_t)word[1];
    v->dim[1] = (int32_t)word[2];
    v->data = at + HEADER + name_bytes;
    if (!mat_count(v)
        || __builtin_mul_overflow((uint64_t)v->count, mat_storage_bytes(v->storage) << v->complex,
                                  &bytes)
        || bytes > rest - name_bytes)
        return mat_damaged(f, "variable '%s' ends early", v->name);
    *end = at + HEADER + name_bytes + bytes;
    return LOOM_OK;
}

loom_status mat4_list(mat_file *f)
{
    loom_status status = LOOM_OK;
    for (size_t at = 0; !status && at < f->size;) {
        mat_variable v = { 0 };
        status = next_matrix(f, at, &at, &v);
        if (!status && !mat_add(f, &v)) status = LOOM_E_MEMORY;
    }
    return status;
}

loom_status mat4_load(mat_file *f, const mat_variable *v, void *dst)
{
    mat_convert(f, v, f->bytes + v->data, (size_t)v->count, dst);
    return LOOM_OK;
}
