/* base/new_file.h - a file of the user's that is there whole or not at all.
 *
 * What is written goes to a new file next to its place (opened so that no link is followed and no
 * file of somebody else is used), which takes the name when it is finished and on the disk. A file
 * that was there keeps its permissions and, until then, its content. A failure, and a signal that
 * ends the program, leave nothing behind. */
#ifndef ATOMLOOM_BASE_NEW_FILE_H
#define ATOMLOOM_BASE_NEW_FILE_H
#include "base/error.h"

typedef struct new_file {
    int fd;       /* for writing; -1 where not open */
    bool direct;  /* a pipe, a device or standard output: written to as it is */
    char *target; /* links resolved; owned */
    char *aside;  /* NULL where `direct`; owned */
} new_file;

/* Standard output where `path` is "-". False with `e` set (LOOM_E_IO); new_file_drop is then not
 * needed. [main] */
bool new_file_open(new_file *f, const char *path, error *e);
bool new_file_write(new_file *f, const void *bytes, size_t n, error *e);
/* Exactly one of these ends it. Commit drops it where it fails. */
bool new_file_commit(new_file *f, error *e);
void new_file_drop(new_file *f);

/* Everything at once: head, then body (either may be empty). */
bool new_file_whole(const char *path, const void *head, size_t head_bytes, const void *body,
                    size_t body_bytes, error *e);
#endif
