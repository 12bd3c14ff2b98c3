/* run/history.h - what the last run of a pipeline did, among the notes of the store: the key of
 * each instance and the logs of failures. An aid for explanations; losing it loses no result.
 * The folder is named by the pipeline's path. */
#ifndef ATOMLOOM_RUN_HISTORY_H
#define ATOMLOOM_RUN_HISTORY_H
#include "run/plan.h"

typedef struct history history;

/* Empty where there is nothing (or nothing readable) on disk. NULL: out of memory. Owned. */
history *history_open(const plan *p, error *e);
void history_free(history *m);
const digest *history_key(history *m, const char *instance); /* NULL where it never ran */

/* The folder of the notes of the pipeline at `path`. */
void history_folder(const char *path, char out[33]);

/* What `atomloom finish` asks of a run of the pipeline at `path`: names of nodes or instances, one
 * a line; and the run's answer: how many actions of that name run, and how many of them can end
 * early. A question is there once; taking it removes it. */
typedef struct finish_answer {
    int running, asked;
} finish_answer;
bool finish_ask(store *s, const char *path, const char *name);
bool finish_take(store *s, const char *path, text *names);
void finish_reply(store *s, const char *path, finish_answer answer);
bool finish_answered(store *s, const char *path, finish_answer *out);
void finish_forget(store *s, const char *path);

/* Keys of all steps that are cached now; the others keep the key they had. Writes only what
 * differs. */
void history_write(history *m, const plan *p);
/* Did the last run of another pipeline keep what this action gave? Its notes hold the key, and not
 * among those of nodes with `keep: false`. */
bool history_kept_elsewhere(const plan *p, const digest *key);
/* The log of an instance that failed (NULL: it did not; forget the old one), and back (false: there
 * is none). */
void history_put_failure(const plan *p, int32_t instance, const char *log);
bool history_get_failure(const plan *p, int32_t instance, text *out);
#endif
