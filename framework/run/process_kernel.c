/* run/process_kernel.c - the parts of a process's state that are settings in the kernel: signals,
 * limits, timers, scheduling. */
#include "run/process_inside.h"
#include "base/signals.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- signals --------------------------------------------------------------------------------- */

static bool handlers_capture(process_state *s)
{
    for (int i = 1; i < PROCESS_SIGNALS; i++)
        if (sigaction(i, NULL, &s->handler[i])) s->handler[i] = (struct sigaction){ 0 };
    if (sigaltstack(NULL, &s->stack)) s->stack = (stack_t){ .ss_flags = SS_DISABLE };
    return true;
}

bool process_same_handler(const struct sigaction *a, const struct sigaction *b)
{
    enum { OF_LIBRARY = 0x04000000 }; /* SA_RESTORER: the C library sets it with each handler */
    return a->sa_handler == b->sa_handler && !((a->sa_flags ^ b->sa_flags) & ~OF_LIBRARY)
           && !memcmp(&a->sa_mask, &b->sa_mask, 8);
}

static bool same_stack(const stack_t *a, const stack_t *b)
{
    if (a->ss_flags & b->ss_flags & SS_DISABLE) return true;
    return a->ss_sp == b->ss_sp && a->ss_size == b->ss_size && a->ss_flags == b->ss_flags;
}

static bool handlers_compare(const process_state *before, const process_state *after, text *what)
{
    bool differs = false;
    for (int i = 1; i < PROCESS_SIGNALS; i++) {
        const struct sigaction *new = &after->handler[i];
        if (process_same_handler(&before->handler[i], new)) continue;
        const char *now = new->sa_handler == SIG_DFL   ? "made the default again"
                          : new->sa_handler == SIG_IGN ? "ignored"
                                                       : "handled";
        text_printf(what, "changed what %s does: it is now %s\n", signal_name(i), now);
        differs = true;
    }
    if (same_stack(&before->stack, &after->stack)) return differs;
    text_puts(what, "changed the alternate signal stack\n");
    return true;
}

static void handlers_restore(const process_state *before, const process_state *now)
{
    for (int i = 1; i < PROCESS_SIGNALS; i++)
        if (!process_same_handler(&before->handler[i], &now->handler[i]))
            sigaction(i, &before->handler[i], NULL);
    if (!same_stack(&before->stack, &now->stack)) sigaltstack(&before->stack, NULL);
}

static bool mask_capture(process_state *s)
{
    sigemptyset(&s->blocked);
    pthread_sigmask(SIG_SETMASK, NULL, &s->blocked);
    return true;
}

static bool mask_compare(const process_state *before, const process_state *after, text *what)
{
    bool differs = false;
    for (int i = 1; i < PROCESS_SIGNALS; i++) {
        bool old = sigismember(&before->blocked, i) == 1,
             new = sigismember(&after->blocked, i) == 1;
        if (old == new) continue;
        text_printf(what, "%s %s\n", new ? "blocked" : "unblocked", signal_name(i));
        differs = true;
    }
    return differs;
}

static void mask_restore(const process_state *before, const process_state *now)
{
    (void)now;
    pthread_sigmask(SIG_SETMASK, &before->blocked, NULL);
}

/* ---- resource limits ------------------------------------------------------------------------- */

static const char *limit_name(int limit)
{
    assert(limit >= 0);
    static const char *const names[] = {
        [RLIMIT_CPU] = "CPU time",
        [RLIMIT_FSIZE] = "file size",
        [RLIMIT_DATA] = "data",
        [RLIMIT_STACK] = "stack",
        [RLIMIT_CORE] = "core size",
        [RLIMIT_RSS] = "resident memory",
        [RLIMIT_NPROC] = "processes",
        [RLIMIT_NOFILE] = "open files",
        [RLIMIT_MEMLOCK] = "locked memory",
        [RLIMIT_AS] = "address space",
        [RLIMIT_LOCKS] = "file locks",
        [RLIMIT_SIGPENDING] = "pending signals",
        [RLIMIT_MSGQUEUE] = "message queues",
        [RLIMIT_NICE] = "priority",
        [RLIMIT_RTPRIO] = "real-time priority",
        [RLIMIT_RTTIME] = "real-time CPU time",
    };
    return limit < (int)(sizeof names / sizeof *names) && names[limit] ? names[limit]
                                                                       : "another resource";
}

static bool limits_capture(process_state *s)
{
    for (int i = 0; i < RLIM_NLIMITS; i++)
        if (getrlimit((__rlimit_resource_t)i, &s->limit[i])) s->limit[i] = (struct rlimit){ 0 };
    return true;
}

static bool same_limit(const struct rlimit *a, const struct rlimit *b)
{
    return a->rlim_cur == b->rlim_cur && a->rlim_max == b->rlim_max;
}

static bool limits_compare(const process_state *before, const process_state *after, text *what)
{
    bool differs = false;
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        if (same_limit(&before->limit[i], &after->limit[i])) continue;
        text_printf(what, "changed the limit of %s\n", limit_name(i));
        differs = true;
    }
    return differs;
}

static void limits_restore(const process_state *before, const process_state *now)
{
    for (int i = 0; i < RLIM_NLIMITS; i++) {
        if (same_limit(&before->limit[i], &now->limit[i])) continue;
        if (!setrlimit((__rlimit_resource_t)i, &before->limit[i])) continue;
        /* the hard limit was lowered: as near as may be */
        rlim_t most = now->limit[i].rlim_max, want = before->limit[i].rlim_cur;
        setrlimit((__rlimit_resource_t)i, &(struct rlimit){ want < most ? want : most, most });
    }
}

/* ---- timers ---------------------------------------------------------------------------------- */

static const int itimers[PROCESS_ITIMERS] = { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };

static bool timers_capture(process_state *s)
{
    for (int i = 0; i < PROCESS_ITIMERS; i++)
        if (getitimer((__itimer_which_t)itimers[i], &s->timer[i]))
            s->timer[i] = (struct itimerval){ 0 };
    FILE *f = fopen("/proc/self/timers", "re"); /* POSIX timers; absent in some kernels */
    char line[256];
    bool good = true;
    for (int id; f && good && fgets(line, sizeof line, f);)
        if (sscanf(line, "ID: %d", &id) == 1) good = ids_add(&s->posix_timer, id);
    if (f) fclose(f);
    ids_sort(&s->posix_timer);
    return good;
}

static bool is_armed(const struct itimerval *t)
{
    return t->it_value.tv_sec || t->it_value.tv_usec;
}

/* What is left of a timer goes down by itself; that it is armed, and its period, do not change so.
 */
static bool same_timer(const struct itimerval *a, const struct itimerval *b)
{
    return is_armed(a) == is_armed(b) && a->it_interval.tv_sec == b->it_interval.tv_sec
           && a->it_interval.tv_usec == b->it_interval.tv_usec;
}

static bool timers_compare(const process_state *before, const process_state *after, text *what)
{
    bool differs = false;
    for (int i = 0; i < PROCESS_ITIMERS; i++) {
        if (same_timer(&before->timer[i], &after->timer[i])) continue;
        text_printf(what, "%s an interval timer\n",
                    is_armed(&after->timer[i]) ? "left" : "stopped");
        differs = true;
    }
    for (size_t i = 0; i < after->posix_timer.count; i++) {
        if (ids_hold(&before->posix_timer, after->posix_timer.id[i])) continue;
        text_puts(what, "left a POSIX timer\n");
        differs = true;
    }
    return differs;
}

static void timers_restore(const process_state *before, const process_state *now)
{
    for (int i = 0; i < PROCESS_ITIMERS; i++)
        if (!same_timer(&before->timer[i], &now->timer[i]))
            setitimer((__itimer_which_t)itimers[i], &before->timer[i], NULL);
    for (size_t i = 0; i < now->posix_timer.count; i++)
        if (!ids_hold(&before->posix_timer, now->posix_timer.id[i]))
            syscall(SYS_timer_delete, now->posix_timer.id[i]);
}

/* ---- scheduling ------------------------------------------------------------------------------ */

static bool scheduling_capture(process_state *s)
{
    s->nice = getpriority(PRIO_PROCESS, 0);
    s->policy = sched_getscheduler(0);
    CPU_ZERO(&s->cpus);
    /* fails on more CPUs than a set holds: then it is empty on both sides */
    sched_getaffinity(0, sizeof s->cpus, &s->cpus);
    return true;
}

static bool scheduling_compare(const process_state *before, const process_state *after, text *what)
{
    bool cpus = !CPU_EQUAL(&before->cpus, &after->cpus),
         priority = before->nice != after->nice || before->policy != after->policy;
    if (cpus)
        text_printf(what, "changed the CPU affinity from %d to %d CPUs\n", CPU_COUNT(&before->cpus),
                    CPU_COUNT(&after->cpus));
    if (priority)
        text_printf(what, "changed the priority from %d to %d\n", before->nice, after->nice);
    return cpus || priority;
}

static void scheduling_restore(const process_state *before, const process_state *now)
{
    if (before->policy != now->policy)
        sched_setscheduler(0, before->policy, &(struct sched_param){ 0 });
    if (before->nice != now->nice) setpriority(PRIO_PROCESS, 0, before->nice);
    if (!CPU_EQUAL(&before->cpus, &now->cpus))
        sched_setaffinity(0, sizeof before->cpus, &before->cpus);
}

/* ---- prctl and its like ---------------------------------------------------------------------- */

static long parent_death_signal(void)
{
    int number = 0;
    return prctl(PR_GET_PDEATHSIG, &number) ? -1 : number;
}

static long child_subreaper(void)
{
    int on = 0;
    return prctl(PR_GET_CHILD_SUBREAPER, &on) ? -1 : on;
}

/* Group, session and user cannot be put back in general, nor can a seccomp filter or no_new_privs
 * be taken off. */
static const char *const control_names[PROCESS_CONTROLS] = {
    "the parent-death signal",
    "the child-subreaper flag",
    "the dumpable flag",
    "the timer slack",
    "the personality",
    "no_new_privs",
    "the seccomp mode",
    "the process group",
    "the session",
    "the user",
    "the group",
};

void process_control_read(long out[PROCESS_CONTROLS])
{
    const long now[PROCESS_CONTROLS] = {
        parent_death_signal(),
        child_subreaper(),
        prctl(PR_GET_DUMPABLE),
        prctl(PR_GET_TIMERSLACK),
        personality(0xffffffff),
        prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
        prctl(PR_GET_SECCOMP),
        getpgrp(),
        getsid(0),
        (long)geteuid(),
        (long)getegid(),
    };
    memcpy(out, now, sizeof now);
}

static bool control_capture(process_state *s)
{
    process_control_read(s->control);
    return true;
}

static bool control_compare(const process_state *before, const process_state *after, text *what)
{
    bool differs = false;
    for (int i = 0; i < PROCESS_CONTROLS; i++) {
        if (before->control[i] == after->control[i]) continue;
        text_printf(what, "changed %s from %ld to %ld\n", control_names[i], before->control[i],
                    after->control[i]);
        differs = true;
    }
    return differs;
}

static void control_restore(const process_state *before, const process_state *now)
{
    const long *old = before->control, *new = now->control;
    if (old[0] != new[0]) prctl(PR_SET_PDEATHSIG, old[0]);
    if (old[1] != new[1]) prctl(PR_SET_CHILD_SUBREAPER, old[1]);
    if (old[2] != new[2]) prctl(PR_SET_DUMPABLE, old[2]);
    if (old[3] != new[3]) prctl(PR_SET_TIMERSLACK, old[3]);
    if (old[4] != new[4]) personality((unsigned long)old[4]);
    if (old[7] != new[7]) setpgid(0, (pid_t)old[7]);
}

const part_work process_work_handlers = { handlers_capture, handlers_compare, handlers_restore };
const part_work process_work_mask = { mask_capture, mask_compare, mask_restore };
const part_work process_work_limits = { limits_capture, limits_compare, limits_restore };
const part_work process_work_timers = { timers_capture, timers_compare, timers_restore };
const part_work process_work_scheduling = { scheduling_capture, scheduling_compare,
                                            scheduling_restore };
const part_work process_work_control = { control_capture, control_compare, control_restore };
