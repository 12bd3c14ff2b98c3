/* check/child.c - one probe in one child process: whatever the op does there, the parent hears how
 * it ended. */
#include "check/inside.h"
#include "base/signals.h"
#include "run/machine.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

/* ---- findings -------------------------------------------------------------------------------- */

void check_settle(check_case *c, check_rule rule, check_verdict verdict, const char *format, ...)
{
    assert((unsigned)rule < CHECK_RULE_COUNT);
    check_report *r = c->report;
    va_list args;
    if (r->verdict[rule] == CHECK_BROKEN || getpid() != r->owner) return;
    r->verdict[rule] = verdict;
    va_start(args, format);
    vsnprintf(r->why[rule], sizeof r->why[rule], format, args);
    va_end(args);
}

void check_settle_text(check_case *c, check_rule rule, check_verdict otherwise, text *why)
{
    while (why->length && why->data[why->length - 1] == '\n') why->data[--why->length] = 0;
    for (size_t i = 0; i < why->length; i++)
        if (why->data[i] == '\n') why->data[i] = ';';
    check_settle(c, rule, why->length ? CHECK_BROKEN : otherwise, "%s",
                 why->length ? why->data : "");
    text_free(why);
}

/* ---- in the child ---------------------------------------------------------------------------- */

static check_report *own_report; /* for the handler */

static bool was_write(const ucontext_t *context)
{
#if defined __x86_64__
    return context->uc_mcontext.gregs[REG_ERR] & 2;
#else
    (void)context;
    return false;
#endif
}

/* The process is lost; all that is left to do is to say why. Also on a stack that has overflowed:
 * it has one of its own. */
static void on_death(int number, siginfo_t *info, void *context)
{
    check_report *r = own_report;
    int n = snprintf(r->crash, sizeof r->crash, "it crashed: %s", signal_name(number));
    if ((number == SIGSEGV || number == SIGBUS) && info->si_code > 0)
        check_memory_explain(info->si_addr, was_write(context), r->crash + n,
                             sizeof r->crash - (size_t)n);
    _exit(1);
}

static void watch_deaths(void)
{
    static char stack[1 << 16];
    static const int deadly[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };
    sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof stack }, NULL);
    struct sigaction action = { .sa_sigaction = on_death,
                                .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND | SA_NODEFER };
    for (size_t i = 0; i < sizeof deadly / sizeof *deadly; i++) sigaction(deadly[i], &action, NULL);
}

int check_stdout_size(void)
{
    struct stat st;
    fflush(stdout);
    return fstat(STDOUT_FILENO, &st) ? 0 : (int)st.st_size;
}

/* Outputs go to files in memory: what an op prints is counted, not shown. Sanitizers report on the
 * standard error. */
static void silence(void)
{
    int out = memfd_create("stdout", 0), nothing = open("/dev/null", O_RDONLY);
    if (nothing > STDIN_FILENO) {
        dup2(nothing, STDIN_FILENO);
        close(nothing);
    }
    if (out >= 0) dup2(out, STDOUT_FILENO);
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    if (out >= 0) {
        int log = memfd_create("stderr", 0);
        if (log >= 0) dup2(log, STDERR_FILENO);
        if (log > STDERR_FILENO) close(log);
    }
#endif
    if (out > STDERR_FILENO) close(out);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ); /* what stays in a buffer would not be counted */
}

/* Memory; and libraries that take all cores unless told otherwise; and, for rule `given`, three
 * threads where an op does not say how many. */
static void settle_process(void)
{
    mallopt(M_PERTURB, 0x55); /* new memory holds the same in every run, so that only rule `fill`
                                 sees who reads it */
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    setenv("OMP_NUM_THREADS", "3", 1);
    setenv("OMP_DYNAMIC", "false", 1);
    setenv("OMP_WAIT_POLICY", "passive", 1);
}

static _Noreturn void child(check_case *c, check_work *work, pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* what a child leaves behind is left by the op */
    if (getppid() != parent) _exit(1);
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    own_report = c->report;
    own_report->owner = getpid();
    silence();
    settle_process();
    watch_deaths();
    work(c);
    if (getpid() == own_report->owner) atomic_store(&own_report->done, true);
    _exit(0);
}

/* ---- in the parent --------------------------------------------------------------------------- */

/* False when the time is over and the child still runs; it is not waited for yet. */
static bool wait_until_dead(pid_t id, double limit_s)
{
    assert(id > 1 && limit_s > 0);
    double end = machine_clock_s() + limit_s;
    int fd = (int)syscall(SYS_pidfd_open, id, 0);
    for (;;) {
        siginfo_t info = { 0 };
        if (!waitid(P_PID, (id_t)id, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid == id)
            break;
        double left = end - machine_clock_s();
        if (left <= 0) {
            if (fd >= 0) close(fd);
            return false;
        }
        struct pollfd p = { .fd = fd, .events = POLLIN };
        poll(&p, fd >= 0, fd >= 0 ? (int)(left * 1000) + 1 : 2);
    }
    if (fd >= 0) close(fd);
    return true;
}

/* All that the child left behind ends with it: its process group, and what this process inherited
 * as a subreaper. */
static void sweep(pid_t group)
{
    assert(group > 1);
    kill(-group, SIGKILL);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    FILE *f = fopen(path, "re");
    for (int id; f && fscanf(f, "%d", &id) == 1;) kill(id, SIGKILL);
    if (f) fclose(f);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {}
}

static void explain_end(check_report *r, check_rule lead, bool in_time, double limit_s, int status)
{
    assert(limit_s > 0);
    char *why = r->why[lead];
    r->verdict[lead] = CHECK_BROKEN;
    r->doing[sizeof r->doing - 1] = 0;
    int n = snprintf(why, WHY_BYTES, "%s", r->doing);
    char *end = why + n;
    size_t room = WHY_BYTES - (size_t)n;
    if (!in_time)
        snprintf(
            end, room,
            "it did not return within %.0f s; --time gives it longer, --set cheaper parameters",
            limit_s);
    else if (*r->crash) snprintf(end, room, "%s", r->crash);
    else if (WIFSIGNALED(status))
        snprintf(end, room, "it crashed: %s", signal_name(WTERMSIG(status)));
    else
        snprintf(end, room,
                 "it ended the process with exit status %d; `run` returns, whatever happens",
                 WEXITSTATUS(status));
}

void check_in_child(check_case *c, check_work *work, check_rule lead, double limit_s)
{
    assert(work && limit_s > 0);
    check_report *r = c->report;
    int status = 0;
    atomic_store(&r->done, false);
    *r->crash = *r->doing = 0;
    fflush(NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t parent = getpid(), id = fork();
    if (id == 0) child(c, work, parent);
    if (id < 0) {
        snprintf(r->why[lead], WHY_BYTES, "no process could be started: %s", strerror(errno));
        return;
    }
    bool in_time = wait_until_dead(id, limit_s);
    if (!in_time) kill(id, SIGKILL);
    while (waitpid(id, &status, 0) < 0 && errno == EINTR) {}
    sweep(id);
    if (!atomic_load(&r->done)) explain_end(r, lead, in_time, limit_s, status);
}
