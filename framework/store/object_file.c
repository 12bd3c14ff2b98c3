/* store/object_file.c - a value as a file: what object_frame lays out, with the arrays in their places. See object.h, store.h */
#include "store/inside.h"
#include "store/object.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { PIECE = 8 << 20 /* bytes handed to the disk at a time */ };

bool object_write(int fd, const loom_value *v, const char *path, error *e)
{
    text frame = { 0 };
    uint64_t size;
    size_t arrays = 0;
    const loom_array *a;
    while (value_array_at(v, (int64_t)arrays)) arrays++;
    int64_t *offset = malloc((arrays + 1) * sizeof *offset);
    bool good = (offset || error_memory(e, "writing a value")) && object_frame(v, &frame, offset, &size, e) &&
                file_write_at(fd, frame.data, frame.length, 0, path, e) && (!ftruncate(fd, (off_t)size) || store_io_error(e, errno, "write", path));
    for (int64_t i = 0; good && (a = value_array_at(v, i)); i++) {
        size_t bytes = (size_t)loom_array_count(a) * loom_dtype_bytes(a->dtype);
        for (size_t at = 0; good && at < bytes; at += PIECE) {
            size_t n = bytes - at < PIECE ? bytes - at : PIECE;
            good = file_write_at(fd, (const char *)a->data + at, n, offset[i] + (int64_t)at, path, e);
            if (n == PIECE) sync_file_range(fd, offset[i] + (int64_t)at, PIECE, SYNC_FILE_RANGE_WRITE); /* let the disk begin */
        }
    }
    free(offset);
    text_free(&frame);
    return good;
}

bool value_write_h5(const loom_value *v, const char *path, error *e)
{
    text aside = { 0 };
    text_printf(&aside, "%s.%ld.part", path, (long)getpid());
    if (aside.failed) return error_memory(e, "writing a value");
    int fd = open(aside.data, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool good = fd >= 0 || store_io_error(e, errno, "write", path);
    if (good) {
        good = object_write(fd, v, aside.data, e) && store_commit(fd, aside.data, path, true, e);
        if (!good) unlink(aside.data);
        close(fd);
    }
    text_free(&aside);
    return good;
}
