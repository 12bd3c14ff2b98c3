/* store/object_file.c - a value as a file: what object_frame lays out, with the arrays in their
 * places. See object.h, store.h */
#include "base/new_file.h"
#include "store/inside.h"
#include "store/object.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PIECE = 8 << 20 /* bytes handed to the disk at a time */ };

bool object_write(io_owner owner, int fd, const loom_value *v, const digest *own, const char *path,
                  error *e)
{
    assert(fd >= 0);
    text frame = { 0 };
    uint64_t size;
    size_t arrays = 0;
    const loom_array *a;
    while (value_array_at(v, (int64_t)arrays)) arrays++;
    int64_t *offset = malloc((arrays + 1) * sizeof *offset);
    bool good = (offset || error_memory(e, "writing a value"))
                && object_frame(v, own, &frame, offset, &size, e)
                && file_write_for(owner, fd, frame.data, frame.length, 0, path, e)
                && (!ftruncate(fd, (off_t)size) || io_error(e, errno, owner, "write", path));
    for (int64_t i = 0; good && (a = value_array_at(v, i)); i++) {
        size_t bytes = (size_t)loom_array_count(a) * loom_dtype_bytes(a->dtype);
        for (size_t at = 0; good && at < bytes; at += PIECE) {
            size_t n = bytes - at < PIECE ? bytes - at : PIECE;
            good = file_write_for(owner, fd, (const char *)a->data + at, n, offset[i] + (int64_t)at,
                                  path, e);
            if (n == PIECE)
                sync_file_range(fd, offset[i] + (int64_t)at, PIECE,
                                SYNC_FILE_RANGE_WRITE); /* let the disk begin */
        }
    }
    free(offset);
    text_free(&frame);
    return good;
}

/* A pipe takes no bytes out of turn: the file is made in memory first. */
static bool write_in_turn(new_file *f, const loom_value *v, const digest *own, error *e)
{
    assert(f->direct);
    enum { CHUNK = 1 << 18 };
    static char chunk[CHUNK];
    int fd = memfd_create("atomloom value", MFD_CLOEXEC);
    bool good = fd >= 0 || io_error(e, errno, IO_USER, "write", f->target);
    good = good && object_write(IO_USER, fd, v, own, f->target, e);
    for (int64_t at = 0; good;) {
        ssize_t n = pread(fd, chunk, CHUNK, at);
        if (n == 0) break;
        if (n < 0) good = io_error(e, errno, IO_USER, "write", f->target);
        else good = new_file_write(f, chunk, (size_t)n, e);
        at += n;
    }
    if (fd >= 0) close(fd);
    return good;
}

bool value_write_h5(const loom_value *v, const char *path, error *e)
{
    new_file f;
    if (!new_file_open(&f, path, e)) return false;
    digest own = value_digest(v);
    if (f.direct ? write_in_turn(&f, v, &own, e)
                 : object_write(IO_USER, f.fd, v, &own, f.target, e))
        return new_file_commit(&f, e);
    new_file_drop(&f);
    return false;
}
