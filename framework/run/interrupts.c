/* run/interrupts.c - see interrupts.h */
#include "run/interrupts.h"
#include "run/machine.h"
#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { MAX_GROUPS = 4096 };
static const int ending[] = { SIGINT, SIGTERM, SIGHUP }, stopping[] = { SIGTSTP, SIGTTIN, SIGTTOU };
enum { ENDING = sizeof ending / sizeof *ending, STOPPING = sizeof stopping / sizeof *stopping };

static volatile sig_atomic_t seen, patience, deferred, early;
static volatile pid_t groups[MAX_GROUPS];
/* a worker between fork and exec or its own handlers is not to act for us */
static volatile pid_t owner;
static atomic_llong stopped_ns;
static int wake = -1;
static struct sigaction ending_before[ENDING], stopping_before[STOPPING];

static long long now_ns(void) { return (long long)(1e9 * machine_clock_s()); }

static int signal_groups(int number)
{
    int count = 0;
    for (int i = 0; i < MAX_GROUPS; i++) {
        pid_t group = groups[i];
        if (group > 0) count += !kill(-group, number);
    }
    return count;
}

/* The default action, from within the handler: it comes as soon as the signal is let through. */
static void act_by_default(int number)
{
    struct sigaction usual = { .sa_handler = SIG_DFL }, ours;
    sigset_t one, before;
    sigaction(number, &usual, &ours);
    sigemptyset(&one);
    sigaddset(&one, number);
    raise(number);
    pthread_sigmask(SIG_UNBLOCK, &one, &before);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    sigaction(number, &ours, NULL);
}

static void on_end(int number)
{
    int saved = errno;
    const uint64_t one = 1;
    if (getpid() != owner || ++seen > patience) act_by_default(number);
    if (seen > 1) signal_groups(SIGKILL);
    if (write(wake, &one, sizeof one) < 0) { /* it is readable already */
    }
    errno = saved;
}

static void on_stop(int number)
{
    int saved = errno;
    bool ours = getpid() == owner;
    long long began = now_ns();
    if (ours) signal_groups(SIGSTOP);
    act_by_default(number);
    if (ours) signal_groups(SIGCONT);
    if (ours) atomic_fetch_add(&stopped_ns, now_ns() - began);
    errno = saved;
}

static void take(const int *number, int count, struct sigaction *before, void (*handler)(int))
{
    assert(count > 0 && handler);
    struct sigaction ours = { .sa_handler = handler, .sa_flags = SA_RESTART };
    sigemptyset(&ours.sa_mask);
    for (int i = 0; i < count; i++) {
        sigaction(number[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN || number[i] == SIGINT)
            sigaction(number[i], &ours, NULL);
    }
}

static void on_early_end(int number)
{
    static const char message[] = "atomloom: error: interrupted\n    hint: what was computed is "
                                  "kept: the same command goes on from there\n";
    if (getpid() != owner) act_by_default(number);
    if (deferred && !early) {
        early = 1;
        return;
    }
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0) { /* nobody reads it */
    }
    _exit(130);
}

void interrupts_end_at_once(void)
{
    struct sigaction before[ENDING];
    owner = getpid();
    take(ending, ENDING, before, on_early_end);
}

void interrupts_defer(void) { deferred = 1; }

void interrupts_settle(void)
{
    deferred = 0;
    if (early) on_early_end(0);
}

void interrupts_begin(bool isolated)
{
    assert(wake < 0);
    seen = 0;
    patience = isolated ? 2 : 1;
    owner = getpid();
    atomic_store(&stopped_ns, 0);
    for (int i = 0; i < MAX_GROUPS; i++) groups[i] = 0;
    wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    take(ending, ENDING, ending_before, on_end);
    take(stopping, STOPPING, stopping_before, on_stop);
}

void interrupts_end(void)
{
    for (int i = 0; i < ENDING; i++) sigaction(ending[i], &ending_before[i], NULL);
    for (int i = 0; i < STOPPING; i++) sigaction(stopping[i], &stopping_before[i], NULL);
    if (wake >= 0) close(wake);
    wake = -1;
}

int interrupts_seen(void) { return seen; }

int interrupts_fd(void) { return wake; }

void interrupts_clear(void)
{
    uint64_t count;
    if (wake >= 0 && read(wake, &count, sizeof count) < 0) { /* none came */
    }
}

void interrupts_wait(double wait_s)
{
    assert(wait_s >= 0);
    struct pollfd end = { .fd = wake, .events = POLLIN };
    poll(&end, 1, wait_s > 0 ? (int)(1000 * wait_s) + 1 : 0);
}

double interrupts_stopped_s(void) { return 1e-9 * (double)atomic_load(&stopped_ns); }

void interrupts_add_group(pid_t group)
{
    assert(group > 1);
    for (int i = 0; i < MAX_GROUPS; i++)
        if (!groups[i]) {
            groups[i] = group;
            return;
        }
}

void interrupts_remove_group(pid_t group)
{
    assert(group > 1);
    for (int i = 0; i < MAX_GROUPS; i++)
        if (groups[i] == group) groups[i] = 0;
}
