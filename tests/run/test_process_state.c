/* Properties of a process's state: each change is found as its own part and nothing else, named,
 * and put back where it can be. */
#include "run/process_state.h"
#include "support/suite.h"
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void do_nothing(void) {}
static void round_up(void) { fesetround(FE_UPWARD); }
static void trap_divisions(void) { feenableexcept(FE_DIVBYZERO); }
#if defined __x86_64__
static void flush_to_zero(void) { __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040); }
#endif
static void change_locale(void) { ck_assert_ptr_nonnull(setlocale(LC_NUMERIC, "C.UTF-8")); }
static void change_thread_locale(void)
{
    uselocale(newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0));
}
static void set_variable(void) { setenv("ATOMLOOM_TEST_NEW", "1", 1); }
static void change_variable(void) { setenv("ATOMLOOM_TEST_OLD", "2", 1); }
static void remove_variable(void) { unsetenv("ATOMLOOM_TEST_OLD"); }
static void clear_environment(void) { clearenv(); }
static void change_directory(void) { ck_assert_int_eq(chdir("/"), 0); }
static void change_umask(void) { umask(0123); }
static void on_signal(int number) { (void)number; }
static void handle_signal(void) { signal(SIGUSR1, on_signal); }
static void ignore_signal(void) { signal(SIGRTMIN + 3, SIG_IGN); }
static void use_signal_stack(void)
{
    static char stack[65536];
    ck_assert_int_eq(sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof stack }, NULL), 0);
}
static void block_signal(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}
static void lower_limit(void)
{
    struct rlimit l;
    getrlimit(RLIMIT_NOFILE, &l);
    l.rlim_cur -= 1;
    setrlimit(RLIMIT_NOFILE, &l);
}
static void set_alarm(void) { alarm(1000); }
static void make_timer(void)
{
    timer_t id;
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
    ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, &event, &id), 0);
}
static void pin(void)
{
    cpu_set_t all, one;
    sched_getaffinity(0, sizeof all, &all);
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &all)) {
            CPU_SET(i, &one);
            break;
        }
    sched_setaffinity(0, sizeof one, &one);
}
static void be_nice(void)
{
    ck_assert_int_eq(setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 1), 0);
}
static void die_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGTERM); }
static void leave_open(void) { ck_assert_int_ge(open("/dev/null", O_RDONLY), 0); }
static void close_stdin(void) { close(STDIN_FILENO); }
static void replace_stdin(void)
{
    int fd = open("/proc/self/status", O_RDONLY);
    dup2(fd, STDIN_FILENO);
    close(fd);
}
static void do_not_wait(void)
{
    fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
}
static void *sleep_long(void *unused)
{
    pause();
    return unused;
}
static void start_thread(void)
{
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, sleep_long, NULL), 0);
    pthread_detach(thread);
}
static void leave_child(void)
{
    if (!fork()) {
        pause();
        _exit(0);
    }
}
static void leave_zombie(void)
{
    siginfo_t info;
    pid_t id = fork();
    if (!id) _exit(0);
    waitid(P_PID, (id_t)id, &info, WEXITED | WNOWAIT);
}
static void use_threads_well(void)
{
#pragma omp parallel num_threads(3)
    sched_yield();
    process_end_idle_threads();
}

/* What is done, the part that must differ (PROCESS_PART_COUNT: none), whether it can be put back, a
 * word of the description. */
static const struct {
    void (*disturb)(void);
    process_part part;
    bool restored;
    const char *word;
} changes[] = {
    { do_nothing, PROCESS_PART_COUNT, true, "" },
    { use_threads_well, PROCESS_PART_COUNT, true, "" },
#if defined __x86_64__
    { flush_to_zero, PROCESS_FLOAT, true, "flush-to-zero on" },
#endif
    { round_up, PROCESS_FLOAT, true, "rounding" },
    { trap_divisions, PROCESS_FLOAT, true, "trap" },
    { change_locale, PROCESS_LOCALE, true, "C.UTF-8" },
    { change_thread_locale, PROCESS_LOCALE, true, "thread" },
    { set_variable, PROCESS_ENVIRONMENT, true, "set the environment variable 'ATOMLOOM_TEST_NEW'" },
    { change_variable, PROCESS_ENVIRONMENT, true,
      "changed the environment variable 'ATOMLOOM_TEST_OLD'" },
    { remove_variable, PROCESS_ENVIRONMENT, true,
      "removed the environment variable 'ATOMLOOM_TEST_OLD'" },
    { clear_environment, PROCESS_ENVIRONMENT, true, "'PATH'" },
    { change_directory, PROCESS_DIRECTORY, true, "to '/'" },
    { change_umask, PROCESS_UMASK, true, "123" },
    { handle_signal, PROCESS_HANDLERS, true, "SIGUSR1" },
    { ignore_signal, PROCESS_HANDLERS, true, "ignored" },
    { use_signal_stack, PROCESS_HANDLERS, true, "stack" },
    { block_signal, PROCESS_MASK, true, "blocked SIGUSR2" },
    { lower_limit, PROCESS_LIMITS, true, "open files" },
    { set_alarm, PROCESS_TIMERS, true, "interval timer" },
    { make_timer, PROCESS_TIMERS, true, "POSIX timer" },
    { pin, PROCESS_SCHEDULING, true, "to 1 CPUs" },
    { be_nice, PROCESS_SCHEDULING, false, "priority" },
    { die_with_parent, PROCESS_CONTROL, true, "parent-death" },
    { leave_open, PROCESS_DESCRIPTORS, true, "/dev/null" },
    { close_stdin, PROCESS_DESCRIPTORS, true, "closed descriptor 0" },
    { replace_stdin, PROCESS_DESCRIPTORS, true, "another file as descriptor 0" },
    { do_not_wait, PROCESS_DESCRIPTORS, true, "flags of descriptor 0" },
    { start_thread, PROCESS_THREADS, false, "1 thread running" },
    { leave_child, PROCESS_CHILDREN, true, "child" },
    { leave_zombie, PROCESS_CHILDREN, true, "child" },
};

static bool can_be_tried(int i)
{
    cpu_set_t all;
    sched_getaffinity(0, sizeof all, &all);
    return (changes[i].disturb != pin || CPU_COUNT(&all) > 1)
           && (changes[i].disturb != make_timer || !access("/proc/self/timers", R_OK));
}

START_TEST(each_change_is_found_named_and_put_back)
{
    error e = { 0 };
    text what = { 0 };
    if (!can_be_tried(_i)) return;
    setenv("ATOMLOOM_TEST_OLD", "1", 1);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    if (null != STDIN_FILENO) close(null);
    process_state *before = process_state_capture(&e);
    ck_assert_ptr_nonnull(before);
    changes[_i].disturb();
    process_state *after = process_state_capture(&e);
    unsigned parts = process_state_compare(before, after, &what);
    unsigned expected = changes[_i].part < PROCESS_PART_COUNT ? PROCESS_BIT(changes[_i].part) : 0;
    ck_assert_msg(parts == expected, "change %d: parts %x, expected %x: %s", _i, parts, expected,
                  what.data ? what.data : "");
    ck_assert_msg(!expected || strstr(what.data, changes[_i].word) != NULL, "change %d: %s", _i,
                  what.data);
    process_state_free(after);
    unsigned left = process_state_restore(before, PROCESS_ALL, &e);
    bool is_root = geteuid() == 0; /* who may raise its priority again */
    if (changes[_i].restored) ck_assert_msg(left == 0, "change %d: not put back: %x", _i, left);
    else
        ck_assert_msg(left == expected || (is_root && changes[_i].disturb == be_nice),
                      "change %d: %x", _i, left);
    process_state_free(before);
    text_free(&what);
}
END_TEST

START_TEST(parts_have_names)
{
    for (int i = 0; i < PROCESS_PART_COUNT; i++) ck_assert(strlen(process_part_text(i)) > 3);
    ck_assert_str_eq(process_part_text(PROCESS_PART_COUNT), "?");
}
END_TEST

TEST_MAIN_WITH("run.process_state",
               ((suite_options){ .loop = each_change_is_found_named_and_put_back,
                                 .loops = (int)(sizeof changes / sizeof *changes) }),
               parts_have_names)
