/* run/history.h - what the last run of a pipeline did, among the notes of the store: the key of
 * each instance and the logs of failures. An aid for explanations only; losing it loses no result.
 * The folder is named by the pipeline's path. */
#ifndef ATOMLOOM_RUN_HISTORY_H
#define ATOMLOOM_RUN_HISTORY_H
#include "run/plan.h"

typedef struct history history;

/* Empty where there is nothing (or nothing readable) on disk. NULL: out of memory. Owned. */
history *history_open(const plan *p, error *e);
void history_free(history *m);
const digest *history_key(history *m, const char *instance); /* NULL where it never ran */

/* Keys of all steps that are cached now; the others keep the key they had. Writes only what
 * differs. */
void history_write(history *m, const plan *p);
/* The log of an instance that failed (NULL: it did not; forget the old one), and back (false: there
 * is none). */
void history_put_failure(const plan *p, int32_t instance, const char *log);
bool history_get_failure(const plan *p, int32_t instance, text *out);
#endif
