/* run/host.h - the host's side of one call of an op: inputs in memory, outputs made, the failure
 * and the log kept. */
#ifndef ATOMLOOM_RUN_HOST_H
#define ATOMLOOM_RUN_HOST_H
#include "base/text.h"
#include "plugin/params.h"
#include "store/value.h"

/* several of one port: a list, in order */
typedef struct host_input {
    const char *port;
    const loom_value *value;
} host_input;

/* Memory for outputs and scratch from elsewhere, for those who watch what an op does with it.
 * 64-byte aligned, zeroed for arrays; NULL: none left. */
typedef struct host_memory {
    void *(*array)(size_t bytes, const char *port, const char *name);
    void *(*scratch)(size_t bytes);
    void (*release)(void *data);
} host_memory;

/* What a call needs. All borrowed. */
typedef struct host_request {
    const loom_op *op;
    const param_set *params;
    const host_input *inputs;
    int input_count, threads;
    /* bytes of outputs and scratch together; 0: none */
    size_t memory_limit;
    /* NULL: nobody listens; false asks the op to stop */
    bool (*progress)(void *user, double done, double total);
    bool (*cancelled)(void *user);              /* NULL: never. [any] */
    void (*note)(void *user, const char *line); /* NULL: dropped. [any] */
    /* NULL: dropped; `where` "" for none. [any] */
    void (*warn)(void *user, const char *where, const char *line);
    bool (*finish)(void *user); /* NULL: never; is the op asked to end now with what it has? */
    void *user;
    const host_memory *memory; /* NULL: the host's own */
    /* what the op sees; NULL: host_standard() */
    const loom_host *table;
} host_request;

/* What came of it. `output[i]` belongs to `op->outputs[i]`; NULL for an optional port that was not
 * made. `faulty`: the op claimed success, but an output is not whole or not finite; `failure` says
 * how. */
typedef struct host_result {
    loom_value **output;
    int output_count;
    bool faulty;
    error failure;
    int64_t finished;                /* it ended early, after so many of its steps; 0: it did not */
    size_t peak_bytes, peak_scratch; /* of outputs and scratch together; of scratch */
} host_result;

/* The op that is being called, for one whose `run` is not its own (script_run.c). Borrowed. */
const loom_op *host_op(const loom_call *call);
/* The functions of the host; a copy may be changed and given as `table`. Static. */
const loom_host *host_standard(void);

/* Checks the inputs' types, binds the parameters, runs the op in this process and checks what it
 * made (types, finite, nothing missing). True on success. `host_result_free` in either case. Never
 * aborts because of an op's return value. */
bool host_run(const host_request *request, host_result *result);
void host_result_free(host_result *result);
/* The row of the parameter that counts the op's steps (LOOM_ITERATIONS); -1 where there is none.
 * May the op end after `done` of them: not the last, and a number that the parameter may be? */
int host_iterations_row(const loom_op *op);
bool host_may_finish(const param_set *params, int row, int64_t done);

/* The op's own estimate for these inputs; false where it has none. */
bool host_estimate(const host_request *request, loom_estimate *out);
#endif
