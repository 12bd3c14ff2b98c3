/* run/host_state.h - what the host keeps of one call while an op runs, and what an op makes in it;
 * for host.c. */
#ifndef ATOMLOOM_RUN_HOST_STATE_H
#define ATOMLOOM_RUN_HOST_STATE_H
#include "run/host.h"
#include <pthread.h>

/* a block of scratch; the last one first */
typedef struct scratch {
    struct scratch *next;
    size_t bytes;
    void *data;
} scratch;

typedef struct call_state {
    const host_request *request;
    host_result *result;
    scratch *scratches;
    size_t bytes, scratch_bytes;
    bool refused; /* progress or cancelled said stop */
    text warned;  /* the warnings so far, each with its end */
    int warnings;
    pthread_mutex_t lock; /* failure and log: [any] */
} call_state;

static inline call_state *state_of(loom_call *call) { return call->host_data; }

/* ---- host_state.c ---- */
/* What ops give as a status may be any number: one of ours. */
loom_status host_known_status(loom_status status);
/* `fail` of the table: the first message stays. [any] */
loom_status host_fail(loom_call *call, loom_status status, const char *where, const char *format,
                      ...) __attribute__((format(printf, 4, 5)));
void host_scratch_free(const call_state *s, scratch *block);
void host_state_free(call_state *s);

/* ---- host_made.c: functions of the table ---- */
loom_value *host_output(loom_call *call, const char *port);
void *host_add_array(loom_call *call, loom_value *v, const char *name, loom_dtype dtype,
                     int32_t rank, const int64_t *dim, const char *unit);
void host_set_number(loom_call *call, loom_value *v, const char *name, double value,
                     const char *unit);
void host_set_text(loom_call *call, loom_value *v, const char *name, const char *value);
void *host_scratch(loom_call *call, size_t bytes);
void host_release(loom_call *call, void *pointer);
#endif
