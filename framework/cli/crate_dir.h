/* cli/crate_dir.h - a directory that appears whole or not at all, and knows the digest of every
 * file in it. */
#ifndef ATOMLOOM_CLI_CRATE_DIR_H
#define ATOMLOOM_CLI_CRATE_DIR_H
#include "base/sha256.h"
#include "base/text.h"

typedef struct crate_dir {
    text target, aside; /* where it will be; where it is made, in the same parent directory */
    char **name;        /* of the files so far, owned */
    int count;
} crate_dir;
typedef struct crate_file {
    digest content;
    uint64_t bytes;
} crate_file;

/* Zero-initialise; crate_dir_end whatever happened. False with `e` set where something of that name
 * is there already, or the directory cannot be made. From here on SIGINT, SIGTERM and SIGHUP are
 * held back: the next file fails instead. */
bool crate_dir_begin(crate_dir *d, const char *target, error *e);
/* A name for a file: `folder` ("" or ending in '/') and `wanted` with signs that are safe on any
 * system and in a URL, and different from all names given so far, also where case does not count.
 * Borrowed; NULL with `e` set. */
const char *crate_dir_name(crate_dir *d, const char *folder, const char *wanted, error *e);
/* Makes the folder unless it is there. Its name is none that a file may have. */
bool crate_dir_folder(crate_dir *d, const char *name, error *e);
/* A copy of a file of the user's. With `expected`, other bytes are a failure: not those that were
 * computed with. */
bool crate_dir_copy(crate_dir *d, const char *from, const char *name, const digest *expected,
                    crate_file *out, error *e);
bool crate_dir_write(crate_dir *d, const char *name, const void *bytes, size_t n, crate_file *out,
                     error *e);
/* Where a file is while the directory is made, for what is written by others; then its digest and
 * size. */
void crate_dir_path(const crate_dir *d, const char *name, text *out);
bool crate_dir_measure(const crate_dir *d, const char *name, crate_file *out, error *e);
/* The directory appears under its name. */
bool crate_dir_commit(crate_dir *d, error *e);
/* Removes what was not committed, and frees. */
void crate_dir_end(crate_dir *d);
#endif
