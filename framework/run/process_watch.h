/* run/process_watch.h - is a worker process, after foreign code has run in it, what it was before?
 * Results must not depend on what ran in a worker earlier, so what an op leaves changed is found,
 * put back and reported, and the worker that cannot be made as it was is not used again. See
 * process_state.h for the parts that are looked at.
 *
 * Looking at all of them takes as long as a small action, so the usual case is decided by a look at
 * what costs little (some 30 system calls); only where that finds a difference, or descriptors are
 * no longer what they were, is the whole state captured. The quick look leaves out real-time
 * signals, limits without effect on other ops, and all POSIX timers but the first four. */
#ifndef ATOMLOOM_RUN_PROCESS_WATCH_H
#define ATOMLOOM_RUN_PROCESS_WATCH_H
#include "run/process_state.h"

typedef struct process_watch process_watch;

typedef enum process_verdict {
    PROCESS_SAME,
    PROCESS_RESTORED, /* differed; is as before again */
    PROCESS_SPOILT,   /* differs, and cannot be put back: nothing else should run here */
    PROCESS_CUT /* our own descriptors, beyond the standard ones, were closed or replaced: what is
                   written may go anywhere */
} process_verdict;

/* owned; NULL with `e` when out of memory */
process_watch *process_watch_new(error *e);
void process_watch_free(process_watch *w); /* NULL is fine */

/* Before foreign code is called, on the same thread as the two below. */
bool process_watch_begin(process_watch *w, error *e);
/* After a call of an op: what differs, one line for each difference, goes to `what`. */
process_verdict process_watch_end(process_watch *w, text *what);
/* After a library was loaded, which may keep threads and descriptors: those are from now on as they
 * are. */
process_verdict process_watch_loaded(process_watch *w, text *what);

/* What libraries remember from one call to the next: the C library's random numbers begin anew,
 * FFTW forgets its measurements. */
void process_forget(void);
#endif
