/* io/image_npy.c - NumPy arrays as images; see image_file.h. */
#include "io/bytes.h"
#include "io/image_file.h"
#include "io/npy.h"

typedef struct npy_state {
    npy_file file;
    const unsigned char *bytes; /* of the whole file */
    char *all; /* in C order, where the file has another; NULL: numbers are converted when read */
} npy_state;

static bool begins(const unsigned char *head, size_t n, uint64_t size)
{
    (void)size;
    return npz_begins(head, n) || (n > 6 && !memcmp(head, "\x93NUMPY", 6));
}

static bool open_npy(image_file *f)
{
    loom_call *call = f->source.call;
    const char *where = f->source.where, *path = f->source.path;
    npy_state *s = f->state = call->host->scratch(call, sizeof *s);
    size_t bytes;
    if (!s) return false;
    *s = (npy_state){ 0 };
    const unsigned char *b = s->bytes = io_read_file(call, where, path, &bytes);
    if (b && npz_begins(b, bytes))
        b = npz_member(call, where, "dataset", path, b, bytes, f->wishes.dataset, &bytes);
    if (!b) return false;
    if (npy_open(call, where, path, b, bytes, &s->file) != LOOM_OK) return false;
    const npy_header *h = &s->file.header;
    npy_axes a = npy_axes_of(h, &(loom_ints){ 0 });
    f->dtype = h->dtype;
    f->rank = h->rank;
    for (int32_t k = 0; k < h->rank; k++) f->dim[k] = h->dim[k];
    if (f->rank < 2)
        return io_fail(&f->source, LOOM_E_DATA,
                       "holds an array of %d axes; images have two or more", f->rank);
    if (!a.permuted) return true;
    s->all = call->host->scratch(call, h->count * loom_dtype_bytes(h->dtype) + 1);
    return s->all && npy_load(call, where, path, &s->file, &a, s->all) == LOOM_OK;
}

static bool read_npy(image_file *f, int64_t k, void *dst)
{
    const npy_state *s = f->state;
    size_t n = (size_t)image_samples(f), bytes = n * loom_dtype_bytes(f->dtype);
    if (s->all) {
        memcpy(dst, s->all + (size_t)k * bytes, bytes);
        return true;
    }
    int64_t at = npy_convert(&s->file.header,
                             s->file.numbers + (size_t)k * n * s->file.header.width, n, dst);
    return at < 0 || io_fail(&f->source, LOOM_E_DATA, "holds a number above 2^63 - 1");
}

static void close_npy(image_file *f)
{
    const loom_host *h = f->source.call->host;
    npy_state *s = f->state;
    if (!s) return;
    h->release(f->source.call, (void *)s->bytes);
    h->release(f->source.call, s->all);
    h->release(f->source.call, s);
}

const image_format image_npy = { "NumPy", ".npy .npz", begins, open_npy, read_npy, close_npy };
