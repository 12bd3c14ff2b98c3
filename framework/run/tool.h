/* run/tool.h - another program, run without a shell and without waiting for it: its output is
 * taken in as it comes, and it has a time limit. */
#ifndef ATOMLOOM_RUN_TOOL_H
#define ATOMLOOM_RUN_TOOL_H
#include "base/error.h"
#include "base/text.h"
#include <poll.h>
#include <sys/types.h>

enum { TOOL_ENDS = 2, TOOL_MAX_OUTPUT = 64 << 20 };

/* Zero-initialise; tool_free in the end. One run at a time. */
typedef struct tool {
    pid_t pid; /* 0: none runs */
    int fd[TOOL_ENDS];
    text out, err;
    double until;      /* machine_clock_s at which it is killed */
    const char *fault; /* why it was killed, or what it printed was lost; NULL: neither */
    int status;        /* of waitpid, once it is over */
} tool;

/* argv[0] is looked for on PATH; NULL-terminated. Its stdin is empty, and it is in a process group
 * of its own. Without variables that begin with a word of `without` (NULL-terminated, may be NULL).
 * False with `e` where it cannot be started. */
bool tool_start(tool *p, const char *const *argv, const char *const *without, double limit_s,
                error *e);
/* What to wait for; returns how many. */
int tool_ends(const tool *p, struct pollfd out[TOOL_ENDS]);
/* Takes in what is there. True: it is over, and out, err and status are whole. Never waits. */
bool tool_is_over(tool *p);
/* Waits for its end. */
void tool_finish(tool *p);
bool tool_succeeded(const tool *p); /* of one that is over: exit status 0, within limits */
/* Why it did not, for people: the first line of what it wrote to stderr, or how it ended. */
void tool_explain(const tool *p, text *out);
void tool_free(tool *p); /* ends it; all zero afterwards */
#endif
