/* run/wire.h - what coordinator and worker say to each other: framed messages over a socket pair.
 *
 *   coordinator -> worker   TASK (task, then task.input_count x task_input), GO (int32_t threads)
 *   worker -> coordinator   NEED (need; answered by GO), NOTE (a line), WARNING (where, then a line), REPLY (reply, then reply.output_count x action_made)
 *
 * Both ends are the same program (a worker is a fork), so structs travel as they are. */
#ifndef ATOMLOOM_RUN_WIRE_H
#define ATOMLOOM_RUN_WIRE_H
#include "base/text.h"
#include "store/store.h"

typedef enum message_kind { MESSAGE_TASK = 1, MESSAGE_GO, MESSAGE_NEED, MESSAGE_NOTE, MESSAGE_REPLY, MESSAGE_WARNING } message_kind;
typedef struct message_head { uint32_t kind, bytes; } message_head;

typedef struct task_input { int32_t port; digest value; } task_input; /* port: index into op->inputs */
typedef struct task {
    int32_t instance, threads, input_count;
    uint64_t limit_bytes;  /* 0: none of its own */
} task;

typedef struct need { uint64_t bytes; bool uses_threads; } need;

typedef struct action_made { bool made; digest value; } action_made;
typedef struct reply {
    bool good, store_failed; /* store_failed: the outputs could not be written; no other action's could */
    int32_t lost_input;    /* >= 0: this input's object could not be read; the action did not run */
    int32_t output_count;
    double wall_s, cpu_s;
    uint64_t peak_bytes;
    error failure;
} reply;

/* Blocking; false when the other end is gone. Never raises SIGPIPE. */
bool message_send(int fd, message_kind kind, const void *head, size_t head_bytes, const void *rest, size_t rest_bytes);
/* Waits for a whole message; `body` is replaced. False at the end of the stream. */
bool message_receive(int fd, message_kind *kind, text *body);
#endif
