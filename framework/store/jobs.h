/* store/jobs.h - bundles of actions that processes of other machines take from the store, and what
 * those processes leave: a folder for each, DIR/jobs/NAME/.
 *
 * Files appear whole or not at all, by rename, and are never changed. A bundle is taken once: by
 * the job that carries it out, or by whoever calls it off; the file `taken` says by whom, and is
 * made so that one of several wins, also on file systems of several machines. Losing a folder loses
 * no result: its actions run again.
 *
 * `name` and `file` are file names. Functions return false with `e` set on failure. [main] */
#ifndef ATOMLOOM_STORE_JOBS_H
#define ATOMLOOM_STORE_JOBS_H
#include "store/store.h"

/* Names of the files that all folders have. */
#define JOB_ORDERS "orders"
#define JOB_OUTPUT "output"
#define JOB_SCRIPT "script"
#define JOB_TAKEN "taken"

bool store_job_make(store *s, const char *name, error *e);
/* With everything in it; one that is not there is fine. */
void store_job_remove(store *s, const char *name);
bool store_job_write(store *s, const char *name, const char *file, const void *bytes, size_t n,
                     error *e);
/* Appends to `out`; at most the first `most` bytes. False: it is not there, or cannot be read. */
bool store_job_read(const store *s, const char *name, const char *file, size_t most, text *out);
/* True: it is `who`'s from now on. False without `e`: it was taken before, also by `who`. */
bool store_job_take(store *s, const char *name, const char *who, error *e);
bool store_job_is_taken(const store *s, const char *name);
/* The run whose folders' names begin with `run` lives, until store_jobs_disown or the end of this
 * process. */
bool store_jobs_own(store *s, const char *run, error *e);
void store_jobs_disown(store *s, const char *run);
/* Does that run live? Also where this cannot be found out. */
bool store_jobs_are_owned(store *s, const char *run);
void store_job_path(const store *s, const char *name, const char *file, text *out);
/* Sorted. Owned, with its texts in the same memory. */
bool store_job_names(store *s, char ***names, size_t *count, error *e);
#endif
