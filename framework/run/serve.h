/* run/serve.h - the other end of a bundle: a process on any machine that carries its actions out,
 * one after another, and leaves what came of each in the store.
 *
 * It is a small coordinator: the actions run in a worker process of the local executor, so a crash,
 * a leak or an abort of an op costs its action and nothing else, and memory and time are held to
 * the limits that the bundle gives. It records no action: whoever gave the bundle does, with what
 * it knows of the pipeline. A signal ends it with its worker; what it has left stays. */
#ifndef ATOMLOOM_RUN_SERVE_H
#define ATOMLOOM_RUN_SERVE_H
#include "run/job_result.h"

enum { SERVE_FILE = 32 };
/* The file of the action at `index` in the folder of its bundle. */
void serve_file(int index, char out[SERVE_FILE]);

typedef struct serve_request {
    const char *name, *who; /* of the bundle, and whom it is taken by */
    const digest *only;     /* this action alone, and the bundle is not taken; NULL: all */
    const char *cache_dir;  /* of descriptors of plugins; NULL: none */
    void (*told)(void *user, const char *instance, const job_result *r);
    void *user;
} serve_request;

/* True when every action has its result there, good or not. False with `e`: there is no such
 * bundle, somebody else has it, or results cannot be written. */
bool serve_bundle(store *s, const serve_request *request, error *e);
#endif
