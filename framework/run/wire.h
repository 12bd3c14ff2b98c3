/* run/wire.h - what coordinator and worker send each other: framed messages over a socket pair.
 *
 *   coordinator -> worker   TASK (task, then task.input_count x task_input), GO (int32_t threads)
 *   worker -> coordinator   NEED (need; answered by GO), NOTE (a line), WARNING (where, then a
 * line), REPLY (reply, then reply.output_count x action_made)
 *
 * Both ends are the same program (a worker is a fork), so structs travel as they are. A worker
 * trusts its coordinator and waits for it. The coordinator trusts nobody: a worker runs code of
 * plugins, which may have written over anything, or forked. So its end never waits; every message
 * names its action by serial number; how long it may be is known from its head, before its body is
 * awaited; and nothing in it is used before inbox_next has checked it. What a check refuses ends
 * the worker. */
#ifndef ATOMLOOM_RUN_WIRE_H
#define ATOMLOOM_RUN_WIRE_H
#include "base/text.h"
#include "store/store.h"

typedef enum message_kind {
    MESSAGE_TASK = 1,
    MESSAGE_GO,
    MESSAGE_NEED,
    MESSAGE_NOTE,
    MESSAGE_REPLY,
    MESSAGE_WARNING
} message_kind;

/* serial: of the action, from its TASK; `bytes` follow. */
typedef struct message_head {
    uint32_t kind, bytes;
    uint64_t serial;
} message_head;

/* Lengths of texts with their NUL. Longer ones are cut by the sender. */
enum { MAX_NOTE = 1024, MAX_WHERE = 128 };

/* port: index into op->inputs */
typedef struct task_input {
    int32_t port;
    digest value;
} task_input;
typedef struct task {
    int32_t instance, threads, input_count;
    uint64_t limit_bytes; /* 0: none of its own */
} task;

/* Members that say yes or no are bytes: 0 or 1, checked. */
typedef struct need {
    uint64_t bytes;
    uint8_t uses_threads;
} need;
typedef struct action_made {
    uint8_t made;
    digest value;
} action_made;
typedef struct reply {
    /* store_failed: the outputs could not be written; no other action's could */
    uint8_t good, store_failed;
    uint8_t retire;     /* the worker is not to be used again: the op left it changed */
    int32_t lost_input; /* >= 0: this input's object could not be read; the action did not run */
    int32_t output_count;
    double wall_s, cpu_s;
    uint64_t peak_bytes;
    error failure;
} reply;

/* ---- the worker's end: waits ----------------------------------------------------------------- */

/* False when the other end is gone. Never raises SIGPIPE. */
bool message_send(int fd, message_kind kind, uint64_t serial, const void *head, size_t head_bytes,
                  const void *rest, size_t rest_bytes);
/* Waits for a whole message; `body` is replaced. False at the end of the stream. */
bool message_receive(int fd, message_head *head, text *body);

/* ---- the coordinator's end: never waits ------------------------------------------------------ */

/* What is still to be sent. Zero-initialise; text_free in the end. */
bool outbox_post(text *outbox, int fd, message_kind kind, uint64_t serial, const void *head,
                 size_t head_bytes, const void *rest, size_t rest_bytes);
/* Sends what the other end has room for; the rest stays. False when that end is gone. */
bool outbox_flush(text *outbox, int fd);

/* Bytes received and not yet taken. Zero-initialise; inbox_free in the end. */
typedef struct inbox {
    char *data;
    size_t begin, end, capacity;
} inbox;

/* Which messages are in order now. */
typedef struct expectation {
    uint64_t serial;          /* of the action under way; 0: none is, so nothing is in order */
    bool may_need, may_reply; /* one NEED at most, and no reply before the answer to it */
    const loom_port *outputs; /* of the op */
    int32_t input_count;      /* of the task */
} expectation;

/* A message that was checked; the texts are terminated, numbers in range. Valid until the next
 * call. */
typedef struct message {
    message_kind kind;
    const char *where, *line; /* NOTE: line. WARNING: both */
    need need;
    reply reply;
    const action_made *made; /* REPLY that is good: one for each output */
} message;

typedef enum inbox_state {
    INBOX_MESSAGE, /* *out is filled in */
    INBOX_PART,    /* no whole message yet */
    /* it belongs to an action that is over: *e says so; the action under way is not to blame */
    INBOX_STALE,
    INBOX_BROKEN /* against the protocol: *e says how; the stream is of no use any more */
} inbox_state;

/* Takes in what has arrived, 64 KiB at most. False at the end of the stream. */
bool inbox_fill(inbox *b, int fd, error *e);
inbox_state inbox_next(inbox *b, const expectation *x, message *out, error *e);
void inbox_free(inbox *b);
#endif
