/* run/process_state.h - what a piece of foreign code may leave changed in the process that ran it:
 * captured before, compared after, put back where that is possible. Floating-point control, signal
 * mask, locale and CPU affinity are those of the calling thread; capture, compare and restore on
 * the same one. */
#ifndef ATOMLOOM_RUN_PROCESS_STATE_H
#define ATOMLOOM_RUN_PROCESS_STATE_H
#include "base/error.h"
#include "base/text.h"

/* name, what it is for people */
/* clang-format off */
#define PROCESS_PARTS(X) \
    X(FLOAT, "floating-point control") /* rounding, flush-to-zero, traps; not the sticky flags */ \
    X(LOCALE, "locale") \
    X(ENVIRONMENT, "environment") \
    X(DIRECTORY, "working directory") \
    X(UMASK, "file creation mask") \
    X(HANDLERS, "signal handlers") /* and the alternate signal stack */ \
    X(MASK, "signal mask") \
    X(LIMITS, "resource limits") \
    X(TIMERS, "timers") \
    X(SCHEDULING, "priority and CPU affinity") \
    X(CONTROL, "process control settings") /* prctl, personality, process group, session, user */ \
    X(DESCRIPTORS, "file descriptors") \
    X(THREADS, "threads") \
    X(CHILDREN, "child processes") \
    X(LIBRARIES, "threads of OpenMP and OpenBLAS")
/* clang-format on */
typedef enum process_part {
#define X(name, text) PROCESS_##name,
    PROCESS_PARTS(X)
#undef X
        PROCESS_PART_COUNT
} process_part;

const char *process_part_text(process_part part); /* static */

/* Sets of parts are bit masks. */
#define PROCESS_BIT(part) (1u << (part))
#define PROCESS_ALL (PROCESS_BIT(PROCESS_PART_COUNT) - 1)

typedef struct process_state process_state;

/* Owned; NULL when out of memory. Holds one descriptor (close-on-exec) of the working directory.
 * Some 0.1 ms. */
process_state *process_state_capture(error *e);
void process_state_free(process_state *s); /* NULL is fine */

/* The parts that differ; one line for each difference goes to `what` (may be NULL), each a verb
 * with its object: "changed the working directory from '/a' to '/b'", "left descriptor 7 open:
 * /tmp/x". Names from outside may hold any byte. */
unsigned process_state_compare(const process_state *before, const process_state *after, text *what);
unsigned process_state_compare_parts(const process_state *before, const process_state *after,
                                     unsigned parts, text *what);

/* Puts these parts back as they were in `before`: descriptors and timers opened since are closed,
 * children since are killed and waited for. Returns the parts that are not as before all the same
 * (a thread left running, a closed descriptor, a limit that may not be raised): such a process
 * should run nothing else. */
unsigned process_state_restore(const process_state *before, unsigned parts, error *e);

/* Ends the idle threads that an OpenMP runtime in this process keeps for the calling thread, and
 * waits until they are gone (0.1 s at most), so that threads left by others can be told from them.
 * Cheap where there are none. */
void process_end_idle_threads(void);
#endif
