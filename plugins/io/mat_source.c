/* io/mat_source.c - see mat_source.h */
#include "io/mat_source.h"
#include "io/bytes.h"

enum { TAG = 8, BLOCK = 16384 };

loom_status mat_ends_early(mat_source *s) { return mat_damaged(s->file, "%s ends early", s->name); }

static loom_status is_altered(mat_source *s)
{
    return mat_damaged(s->file, "the deflated bytes of %s are altered (%s)", s->name,
                       s->z.msg ? s->z.msg : "zlib");
}

/* `n` inflated bytes to dst. */
static loom_status inflate_exactly(mat_source *s, unsigned char *dst, size_t n)
{
    s->z.next_out = dst;
    s->z.avail_out = (uInt)n;
    int code = inflate(&s->z, Z_SYNC_FLUSH);
    if (s->z.avail_out == 0 && (code == Z_OK || code == Z_STREAM_END)) return LOOM_OK;
    if (code == Z_MEM_ERROR)
        return s->file->call->host->fail(s->file->call, LOOM_E_MEMORY, NULL, "out of memory");
    if (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) return mat_ends_early(s);
    return is_altered(s);
}

loom_status mat_take(mat_source *s, uint64_t *left, void *dst, uint64_t n)
{
    unsigned char skipped[BLOCK];
    if (n > *left) return mat_ends_early(s);
    *left -= n;
    s->position += n;
    if (!s->packed) {
        if (n > (uint64_t)(s->end - s->at)) return mat_ends_early(s);
        if (dst) memcpy(dst, s->at, n);
        s->at += n;
        return LOOM_OK;
    }
    for (uint64_t done = 0; done < n;) {
        size_t part = n - done < BLOCK ? (size_t)(n - done) : BLOCK;
        loom_status status = inflate_exactly(s, dst ? (unsigned char *)dst + done : skipped, part);
        if (status) return status;
        done += part;
    }
    return LOOM_OK;
}

loom_status mat_take_tag(mat_source *s, uint64_t *left, mat_tag *t)
{
    unsigned char b[4];
    loom_status status = mat_take(s, left, b, sizeof b);
    uint32_t word = status ? 0 : io_u32(b, s->file->big);
    *t = (mat_tag){ word & 0xffff, word >> 16, 4 };
    if (status
        || t->bytes) { /* the small form: type and length in four bytes, up to four of data */
        if (!status && t->bytes > 4)
            status = mat_damaged(s->file, "a part of %s has an impossible tag", s->name);
        return status;
    }
    status = mat_take(s, left, b, sizeof b);
    t->bytes = status ? 0 : io_u32(b, s->file->big);
    t->padded = (t->bytes + 7) / 8 * 8;
    return status;
}

bool mat_has_ended(mat_source *s)
{
    unsigned char nothing;
    if (!s->packed) return false;
    s->z.next_out = &nothing;
    s->z.avail_out = 0;
    return inflate(&s->z, Z_SYNC_FLUSH) == Z_STREAM_END && !s->z.avail_in;
}

loom_status mat_open(mat_source *s, mat_file *f, uint64_t at, uint64_t *left, uint64_t *next)
{
    uint64_t rest = f->size - at;
    if (rest < TAG)
        return mat_damaged(f, "%llu bytes follow its last variable", (unsigned long long)rest);
    uint32_t type = io_u32(f->bytes + at, f->big), bytes = io_u32(f->bytes + at + 4, f->big);
    if (type != MAT_MATRIX && type != MAT_COMPRESSED)
        return mat_damaged(f, "no variable begins at byte %llu, where one must",
                           (unsigned long long)at);
    *s = (mat_source){ .file = f,
                       .element = at,
                       .at = f->bytes + at + TAG,
                       .end = f->bytes + f->size,
                       .packed = type == MAT_COMPRESSED,
                       .name = "a variable" };
    s->cut = bytes > rest - TAG;
    *left = bytes;
    *next = at + TAG + bytes;
    if (!s->packed) return LOOM_OK;
    s->z.next_in = (unsigned char *)s->at; /* zlib only reads from it */
    s->z.avail_in = (uInt)(s->cut ? rest - TAG : bytes);
    if (inflateInit(&s->z) == Z_OK) return LOOM_OK;
    s->packed = false;
    return f->call->host->fail(f->call, LOOM_E_MEMORY, NULL, "out of memory");
}

void mat_close(mat_source *s)
{
    if (s->packed) inflateEnd(&s->z);
}

loom_status mat_check_end(mat_source *s)
{
    unsigned char extra;
    if (s->cut) return mat_ends_early(s);
    if (!s->packed) return LOOM_OK;
    s->z.next_out = &extra;
    s->z.avail_out = 1;
    int code = inflate(&s->z, Z_SYNC_FLUSH);
    if (code == Z_STREAM_END && s->z.avail_out == 1 && !s->z.avail_in) return LOOM_OK;
    if (code == Z_DATA_ERROR) return is_altered(s);
    return mat_damaged(s->file, "the deflated bytes of %s do not end with their checksum", s->name);
}
