/* test.misbehave: an op that does what an op must not do; `how` says what. */
#include <atomloom/op.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct params { int32_t how; double seconds; int64_t mebibytes; bool estimated; } params;
static const char *const ways[] = { "well", "crash", "abort", "loop", "allocate", "malloc", "nan", "nothing", "print", "deaf", "exit", "fail", "fork", "sleep",
                                    "write_input", "killed", "warn", NULL };
enum { WELL, CRASH, ABORT, LOOP, ALLOCATE, MALLOC, NOT_FINITE, NOTHING, PRINT, DEAF, EXIT, FAIL, FORK, SLEEP, WRITE_INPUT, KILLED, WARN };
static const loom_param param_table[] = {
    LOOM_PARAM(params, how, .choices = ways, .def = WELL, .doc = "what it does wrong"),
    LOOM_PARAM(params, seconds, .unit = "second", .def = 0, .min = 0, .max = 1000, .doc = "how long it takes"),
    LOOM_PARAM(params, mebibytes, .def = 1, .min = 0, .max = 1e9, .doc = "memory it asks for"),
    LOOM_PARAM(params, estimated, .flags = LOOM_NO_EFFECT, .doc = "estimates its memory truthfully"),
    { 0 }
};
static const loom_port inputs[] = { { "before", "array", "runs after this", LOOM_OPTIONAL }, { 0 } };
static const loom_port outputs[] = { { "out", "array", "one number", 0 }, { 0 } };

/* Polls for cancellation every 10 ms unless deaf. */
static loom_status wait(loom_call *call, double seconds, bool deaf)
{
    for (int i = 0; i < (int)(seconds * 100); i++) {
        usleep(10000);
        if (!deaf && !call->host->progress(call, i + 1, seconds * 100)) return LOOM_E_CANCELLED;
    }
    return LOOM_OK;
}

static loom_status touch_memory(loom_call *call, size_t bytes, bool own)
{
    volatile char *p = own ? malloc(bytes) : call->host->scratch(call, bytes);
    if (!p && !own) return LOOM_E_MEMORY;
    for (size_t i = 0; i < bytes; i += 4096) p[i] = 1; /* malloc is not asked whether it worked: that is the misbehaviour */
    return LOOM_OK;
}

static loom_status misbehave(loom_call *call, const params *p, double *out)
{
    const loom_host *h = call->host;
    switch (p->how) {
    case CRASH: signal(SIGSEGV, SIG_DFL); raise(SIGSEGV); return LOOM_OK; /* past a sanitizer's handler */
    case ABORT: abort();
    case LOOP: for (volatile int i = 0;; i++) i = 0;
    case ALLOCATE: return touch_memory(call, (size_t)p->mebibytes << 20, false);
    case MALLOC: return touch_memory(call, (size_t)p->mebibytes << 20, true);
    case NOT_FINITE: *out = *out / 0.0; return LOOM_OK;
    case PRINT: printf("printed to stdout\n"); fprintf(stderr, "printed to stderr\n"); return LOOM_OK;
    case DEAF: return wait(call, p->seconds, true);
    case SLEEP: return wait(call, p->seconds, false);
    case EXIT: exit(3);
    case FAIL: return h->fail(call, LOOM_E_DATA, "seconds", "it shall fail");
    case FORK: if (!fork()) sleep(1000); return LOOM_OK;
    case WRITE_INPUT: *(double *)h->array(h->input(call, "before", 0), "data")->data += 1; return LOOM_OK;
    case KILLED: raise(SIGKILL); return LOOM_OK; /* as `kill -9` from outside */
    case WARN:
        for (int i = 0; i < 3; i++) h->warn(call, "seconds", "takes %g s, which is implausible", p->seconds); /* the same: once */
        h->warn(call, NULL, "a node is at fault");
        return LOOM_OK;
    default: return LOOM_OK;
    }
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    double *out = NULL;
    if (p->how != NOTHING) {
        out = call->host->add_array(call, call->host->output(call, "out"), "data", LOOM_F64, 0, NULL, NULL);
        if (!out) return LOOM_E_MEMORY;
        *out = 1;
    }
    return misbehave(call, p, out);
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    const params *p = param_struct;
    (void)call;
    if (!p->estimated) return LOOM_E_DATA;
    out->bytes = (uint64_t)p->mebibytes << 20;
    return LOOM_OK;
}

static const loom_op op = {
    .size = sizeof(loom_op), .revision = 1, .id = "test.misbehave", .summary = "Does what an op must not do.", .method = "None.", .cites = "none",
    .limits = "For tests only.", .inputs = inputs, .outputs = outputs, .params = param_table, .params_size = sizeof(params), .estimate = estimate, .run = run,
};
LOOM_PLUGIN("test.misbehave", "1.0", "BSD-3-Clause", &op);
