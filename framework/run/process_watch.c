/* run/process_watch.c - see process_watch.h */
#include "run/process_watch.h"
#include "run/process_inside.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct process_watch {
    process_state *usual;
};

process_watch *process_watch_new(error *e)
{
    process_watch *w = calloc(1, sizeof *w);
    if (!w) error_memory(e, "the state of the process");
    return w;
}

void process_watch_free(process_watch *w)
{
    if (!w) return;
    process_state_free(w->usual);
    free(w);
}

/* ---- the quick look -------------------------------------------------------------------------- */

static bool same_environment(const process_state *s)
{
    size_t i = 0;
    for (; environ && environ[i] && s->environment[i]; i++)
        if (strcmp(environ[i], s->environment[i]) != 0) return false;
    return !s->environment[i] && (!environ || !environ[i]);
}

static bool same_memory_settings(const process_state *s) /* those that cost no system call */
{
    unsigned word[PROCESS_FLOAT_WORDS];
    int library[PROCESS_LIBRARY_WORDS];
    process_float_read(word);
    process_libraries_read(library);
    return !memcmp(word, s->floating, sizeof word) && !memcmp(library, s->library, sizeof library)
           && same_environment(s) && uselocale((locale_t)0) == s->thread_locale
           && !strcmp(setlocale(LC_ALL, NULL), s->locale_name);
}

static bool same_files_settings(const process_state *s)
{
    struct stat st;
    mode_t mask = umask(077);
    umask(mask);
    return mask == s->mask && !stat(".", &st) && st.st_dev == s->directory_is.st_dev
           && st.st_ino == s->directory_is.st_ino;
}

static bool same_signals(const process_state *s)
{
    enum { STANDARD = 31 };
    struct sigaction now;
    stack_t stack;
    sigset_t blocked;
    for (int i = 1; i <= STANDARD; i++)
        if (!sigaction(i, NULL, &now) && !process_same_handler(&now, &s->handler[i])) return false;
    if (pthread_sigmask(SIG_SETMASK, NULL, &blocked) || memcmp(&blocked, &s->blocked, sizeof(long)))
        return false;
    return !sigaltstack(NULL, &stack)
           && (stack.ss_flags & SS_DISABLE) == (s->stack.ss_flags & SS_DISABLE);
}

static bool same_limits(const process_state *s)
{
    static const int telling[] = { RLIMIT_DATA,  RLIMIT_STACK, RLIMIT_NOFILE, RLIMIT_AS,
                                   RLIMIT_FSIZE, RLIMIT_CPU,   RLIMIT_NPROC,  RLIMIT_CORE };
    struct rlimit now;
    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++) {
        const struct rlimit *old = &s->limit[telling[i]];
        if (!getrlimit((__rlimit_resource_t)telling[i], &now)
            && (now.rlim_cur != old->rlim_cur || now.rlim_max != old->rlim_max))
            return false;
    }
    return true;
}

/* Numbers of POSIX timers begin at 0 and are not used again. */
static bool same_timers(const process_state *s)
{
    static const int kinds[PROCESS_ITIMERS] = { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF };
    struct itimerval now;
    struct itimerspec posix;
    for (int i = 0; i < PROCESS_ITIMERS; i++) {
        if (getitimer((__itimer_which_t)kinds[i], &now)) continue;
        const struct itimerval *old = &s->timer[i];
        bool armed = now.it_value.tv_sec || now.it_value.tv_usec,
             was_armed = old->it_value.tv_sec || old->it_value.tv_usec;
        if (armed != was_armed) return false;
    }
    for (int id = 0; id < 4; id++)
        if (!ids_hold(&s->posix_timer, id) && !syscall(SYS_timer_gettime, id, &posix)) return false;
    return true;
}

static bool same_scheduling(const process_state *s)
{
    long now[PROCESS_CONTROLS];
    cpu_set_t cpus;
    process_control_read(now);
    if (memcmp(now, s->control, sizeof now)) return false;
    CPU_ZERO(&cpus);
    sched_getaffinity(0, sizeof cpus, &cpus);
    return CPU_EQUAL(&cpus, &s->cpus) && getpriority(PRIO_PROCESS, 0) == s->nice
           && sched_getscheduler(0) == s->policy;
}

/* Those there were are there still, and the lowest number that was free is. */
static bool same_files(const process_state *s)
{
    struct stat st;
    int lowest = 0;
    for (size_t i = 0; i < s->files.count; i++) {
        const open_file *f = &s->files.file[i];
        while (lowest == s->directory) lowest++;
        lowest += f->fd == lowest;
        if (fstat(f->fd, &st) || st.st_dev != f->device || st.st_ino != f->inode
            || fcntl(f->fd, F_GETFL) != f->status_flags)
            return false;
    }
    while (lowest == s->directory) lowest++;
    return fcntl(lowest, F_GETFD) < 0;
}

/* Newer kernels say how many there are. */
static bool same_file_count(const process_state *s)
{
    struct stat st;
    return stat("/proc/self/fd", &st) || !st.st_size
           || st.st_size == (off_t)s->files.count + (s->directory >= 0);
}

/* The directory of threads has two links more than there are threads. */
static size_t thread_count(void)
{
    struct stat st;
    return stat("/proc/self/task", &st) || st.st_nlink < 3 ? 1 : (size_t)st.st_nlink - 2;
}

static bool same_processes(const process_state *s)
{
    siginfo_t info = { 0 };
    size_t threads = thread_count();
    if (threads > s->thread.count) {
        process_end_idle_threads();
        threads = thread_count();
    }
    bool children = !waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
    return threads == s->thread.count && children == (s->child.count > 0);
}

static bool looks_same(const process_state *s)
{
    return same_memory_settings(s) && same_files_settings(s) && same_signals(s) && same_limits(s)
           && same_timers(s) && same_scheduling(s) && same_files(s) && same_file_count(s)
           && same_processes(s);
}

/* ---- the whole state ------------------------------------------------------------------------- */

static bool capture(process_watch *w, error *e)
{
    process_state_free(w->usual);
    w->usual = process_state_capture(e);
    return w->usual != NULL;
}

bool process_watch_begin(process_watch *w, error *e)
{
    if (!w->usual || !same_files(w->usual)) return capture(w, e);
    /* another one for each action, set by the worker */
    getrlimit(RLIMIT_DATA, &w->usual->limit[RLIMIT_DATA]);
    return true;
}

static bool lost_descriptors(const process_state *s)
{
    struct stat st;
    for (size_t i = 0; i < s->files.count; i++) {
        const open_file *f = &s->files.file[i];
        if (f->fd > STDERR_FILENO
            && (fstat(f->fd, &st) || st.st_dev != f->device || st.st_ino != f->inode))
            return true;
    }
    return false;
}

static process_verdict put_back(process_watch *w, unsigned expected, text *what)
{
    assert(w->usual && !(expected & ~PROCESS_ALL));
    error e = { 0 };
    process_state *now = process_state_capture(&e);
    bool cut = lost_descriptors(w->usual);
    if (!now) return PROCESS_SPOILT;
    unsigned differs = process_state_compare(w->usual, now, NULL) & ~expected;
    if (differs) process_state_compare_parts(w->usual, now, differs, what);
    process_state_free(now);
    unsigned left = differs ? process_state_restore(w->usual, differs, &e) : 0;
    if (left) capture(w, &e); /* what cannot be put back is nobody else's fault */
    return cut ? PROCESS_CUT : left ? PROCESS_SPOILT : differs ? PROCESS_RESTORED : PROCESS_SAME;
}

process_verdict process_watch_end(process_watch *w, text *what)
{
    assert(w->usual /* process_watch_begin */);
    return looks_same(w->usual) ? PROCESS_SAME : put_back(w, 0, what);
}

process_verdict process_watch_loaded(process_watch *w, text *what)
{
    error e = { 0 };
    process_verdict v = put_back(w,
                                 PROCESS_BIT(PROCESS_THREADS) | PROCESS_BIT(PROCESS_DESCRIPTORS)
                                     | PROCESS_BIT(PROCESS_LIBRARIES),
                                 what);
    return capture(w, &e) ? v : PROCESS_SPOILT;
}
