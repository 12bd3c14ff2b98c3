/* io/image_mat.c - variables of MATLAB files as images; see image_file.h. */
#include "io/bytes.h"
#include "io/image_file.h"
#include "io/mat.h"

/* Level 4 has no mark: a type, rows, columns, and the length of a name that ends with a zero. */
static bool begins_level4(const unsigned char *head, size_t n, uint64_t size)
{
    bool big;
    if (n < 24 || !mat4_begins(head, (size_t)size, &big)) return false;
    uint32_t rows = io_u32(head + 4, big), columns = io_u32(head + 8, big),
             name = io_u32(head + 16, big);
    if (!rows || !columns || io_u32(head + 12, big) > 1 || name < 2 || name > 64 || 20 + name > n)
        return false;
    for (uint32_t i = 0; i + 1 < name; i++)
        if (head[20 + i] <= ' ' || head[20 + i] > '~') return false;
    return !head[20 + name - 1];
}

static bool begins(const unsigned char *head, size_t n, uint64_t size)
{
    if (n >= 128 && (!memcmp(head + 126, "IM", 2) || !memcmp(head + 126, "MI", 2))) return true;
    return begins_level4(head, n, size);
}

static bool open_mat(image_file *f)
{
    enum { IMAGES = 2 };
    loom_call *call = f->source.call;
    mat_file m = { .call = call, .where = f->source.where, .path = f->source.path };
    m.bytes = io_read_file(call, m.where, m.path, &m.size);
    if (!m.bytes || mat_begin(&m) != LOOM_OK) return false;
    const mat_variable *v =
        mat_choose(&m, "dataset", f->wishes.dataset, f->wishes.stack ? IMAGES : 0, MAT_MAX_RANK);
    if (!v) return false;
    if (!mat_shape(v, &f->rank, f->dim))
        return io_fail(&f->source, LOOM_E_DATA, "has %d axes in '%s'; at most %d can be read",
                       v->rank, v->name, LOOM_MAX_RANK);
    f->dtype = mat_dtype(v->class);
    f->state = call->host->scratch(call, (size_t)v->count * loom_dtype_bytes(f->dtype) + 1);
    bool good = f->state && mat_load(&m, v, f->state) == LOOM_OK;
    call->host->release(call, (void *)m.bytes);
    return good;
}

static bool read_mat(image_file *f, int64_t k, void *dst)
{
    size_t bytes = (size_t)image_samples(f) * loom_dtype_bytes(f->dtype);
    memcpy(dst, (const char *)f->state + (size_t)k * bytes, bytes);
    return true;
}

static void close_mat(image_file *f) { f->source.call->host->release(f->source.call, f->state); }

const image_format image_mat = { "MATLAB", ".mat", begins, open_mat, read_mat, close_mat };
