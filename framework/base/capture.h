/* base/capture.h - another program whose output is taken in as it comes, within limits of time and
 * size, so that nobody need wait for it. */
#ifndef ATOMLOOM_BASE_CAPTURE_H
#define ATOMLOOM_BASE_CAPTURE_H
#include "base/program.h"
#include "base/text.h"
#include <poll.h>

enum { CAPTURE_ENDS = 2 };

typedef struct capture_limits {
    double time_s;
    size_t bytes; /* of what it prints, and of what it writes to stderr */
} capture_limits;

/* Zero-initialise; capture_free in the end. One run at a time. */
typedef struct capture {
    pid_t pid; /* 0: none runs */
    int fd[CAPTURE_ENDS];
    text out, err;
    size_t most;
    double until;      /* monotonic_s at which it is killed */
    const char *fault; /* why it was killed, or what it printed was lost; NULL: neither */
    int status;        /* of waitpid, once it is over */
} capture;

/* `p` without its descriptors: its stdin is empty, and it has a process group of its own, all of
 * which ends with it where a limit is exceeded. False with `e` where it cannot be started. */
bool capture_start(capture *c, const program *p, capture_limits limits, error *e);
/* What to wait for; returns how many. */
int capture_ends(const capture *c, struct pollfd out[CAPTURE_ENDS]);
/* Takes in what is there. True: it is over, and out, err and status are whole. Never waits. */
bool capture_is_over(capture *c);
/* Waits for its end. */
void capture_finish(capture *c);
bool capture_succeeded(const capture *c); /* of one that is over: exit status 0, within limits */
/* How it ended, as program_end_text has it, or which limit it exceeded. */
void capture_end_text(const capture *c, char *out, size_t size);
/* Why it did not succeed, for people: the first line of what it wrote to stderr, else how it
 * ended. */
void capture_explain(const capture *c, text *out);
void capture_free(capture *c); /* ends it; all zero afterwards */
#endif
