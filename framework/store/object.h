/* store/object.h - a value as an HDF5 file, and back. The form is documented in
 * docs/architecture.md ("A value on disk").
 *
 * Root attributes: `atomloom_type`; one per attribute of the value (a number: float64, with its
 * unit in NAME.unit; a text: fixed-length UTF-8). Datasets: one per array, contiguous, attribute
 * `unit`. Texts too long for an HDF5 attribute lie as datasets in the group `atomloom_texts`. Order
 * of creation is kept. The same value gives the same bytes.
 *
 * An object of a store is named by its digest. A file that leaves the store has another name, so it
 * holds its digest in one more attribute, `atomloom_digest`, and is refused where that is another
 * one than its content's. */
#ifndef ATOMLOOM_STORE_OBJECT_H
#define ATOMLOOM_STORE_OBJECT_H
#include "base/io_error.h"
#include "base/text.h"
#include "store/value.h"

/* The file without the arrays' contents: `out` is its beginning, zeros follow up to `size`, and
 * array i belongs at offset[i] (in order of creation; -1 for an empty one). `offset` has room for
 * every array. `own`: the value's digest, to be held in the file; NULL for an object. */
bool object_frame(const loom_value *v, const digest *own, text *out, int64_t *offset,
                  uint64_t *size, error *e);
/* The whole file at the beginning of `fd`, which is empty; `owner` and `path` are for messages.
 * `own` as above. */
bool object_write(io_owner owner, int fd, const loom_value *v, const digest *own, const char *path,
                  error *e);
/* Is there a file of the form that object_frame gives, as long as it says? One that was cut short
 * is noticed here, before anything relies on it; a changed byte only when it is read. */
bool object_is_whole(const char *path);
/* Is this file of the form that object_frame gives? In it every part that HDF5 interprets has a
 * checksum, so that damage is noticed before it is believed. (In older forms it is not, and HDF5
 * may crash: see store/import.c.) */
bool object_is_checked(const char *path);
/* Every malformed file is a failure with a message that says what is wrong. `own`: an object of a
 * store; it must be of the checked form, and as it never changes, large arrays are not read but
 * stay in it. For an object, damage is LOOM_E_DATA; another failure says nothing of the file: this
 * process could not look (LOOM_E_IO: descriptors, rights; LOOM_E_MEMORY). */
loom_value *object_read(const char *path, bool own, error *e);
#endif
