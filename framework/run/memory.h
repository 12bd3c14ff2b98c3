/* run/memory.h - what the last run of a pipeline did, among the notes of the store: the key of each
 * instance and the logs of failures. An aid for explanations only; losing it loses no result. The
 * folder is named by the pipeline's path. */
#ifndef ATOMLOOM_RUN_MEMORY_H
#define ATOMLOOM_RUN_MEMORY_H
#include "run/plan.h"

typedef struct memory memory;

/* Empty where there is nothing (or nothing readable) on disk. NULL: out of memory. Owned. */
memory *memory_open(const plan *p, error *e);
void memory_free(memory *m);
const digest *memory_key(memory *m, const char *instance); /* NULL where it never ran */

/* Keys of all steps that are cached now; the others keep the key they had. Writes only what
 * differs. */
void memory_write(memory *m, const plan *p);
/* The log of an instance that failed (NULL: it did not; forget the old one), and back (false: there
 * is none). */
void memory_put_failure(const plan *p, int32_t instance, const char *log);
bool memory_get_failure(const plan *p, int32_t instance, text *out);
#endif
