/* run/interrupts.h - the signals that people and systems send to a run under way; for the
 * coordinator's process, one run at a time.
 *
 * SIGINT, SIGTERM, SIGHUP ask it to stop. The first is only counted: the loop sees it and stops
 * cleanly. The second kills the groups of processes that are registered here, from within the
 * handler, so that it works whatever the loop is busy with. The third, or the second where nothing
 * is registered, ends this process by the signal itself. SIGHUP that is ignored when the run begins
 * stays so (nohup); SIGINT does not, since shells let scripts start all jobs of the background so,
 * and then send it.
 *
 * SIGTSTP (Ctrl-Z), SIGTTIN and SIGTTOU stop the groups before they stop this process, and they go
 * on when it does. The time that passes between is known, so that it can be left out of limits and
 * durations. SIGSTOP cannot be caught: workers then go on.
 *
 * Handlers call what is safe there only; what they share with the program is a sig_atomic_t, a
 * number or a lock-free atomic. */
#ifndef ATOMLOOM_RUN_INTERRUPTS_H
#define ATOMLOOM_RUN_INTERRUPTS_H
#include <stdbool.h>
#include <sys/types.h>

/* Before and after a run: a signal ends this process with a message and exit status 130. For
 * programs, once. */
void interrupts_end_at_once(void);

/* From now on the first signal outside a run is remembered, so that what is owed can be written;
 * the second ends this process as before. interrupts_settle: nothing is owed any more; ends it
 * where one came. */
void interrupts_defer(void);
void interrupts_settle(void);

/* Counting begins at 0. `isolated`: workers do the work, so two signals are waited for. */
void interrupts_begin(bool isolated);
void interrupts_end(void); /* what was there before is in place again */

int interrupts_seen(void); /* how many asked to stop; signal-safe */
/* readable when one came since interrupts_clear; -1: none is to be had */
int interrupts_fd(void);
void interrupts_clear(void);
void interrupts_wait(double wait_s); /* until one came, or so many seconds are over */
double interrupts_stopped_s(void);   /* how long this process was stopped since interrupts_begin */

/* A process group to stop, continue and kill with this one. Those of a child that was forked
 * meanwhile are not its own. */
void interrupts_add_group(pid_t group);
void interrupts_remove_group(pid_t group);
#endif
