/* Ops for tests of workers: test.disturb leaves its process changed, in a way of your choice;
 * test.observe puts what it finds in its process into its output, so that it shows what was there
 * before. */
#include <atomloom/op.h>
#include <dirent.h>
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <omp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __x86_64__
static void flush_to_zero(void) { __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040); }
static void flush_no_more(void) { __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() & ~0x8040u); }
#else
static void flush_to_zero(void) { fesetround(FE_DOWNWARD); }
static void flush_no_more(void) { fesetround(FE_TONEAREST); }
#endif
static void change_rounding(void) { fesetround(FE_UPWARD); }
static void trap_divisions(void) { feenableexcept(FE_DIVBYZERO); }
static void change_locale(void) { setlocale(LC_ALL, "C.UTF-8"); }
static void change_thread_locale(void)
{
    uselocale(newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0));
}
static void set_variable(void) { setenv("ATOMLOOM_TEST_DISTURBED", "yes", 1); }
static void remove_variable(void) { unsetenv("HOME"); }
static void change_directory(void)
{
    if (chdir("/")) abort();
}
static void change_umask(void) { umask(0); }
static void set_alarm(void) { alarm(3); }
static void make_timer(void)
{
    timer_t t;
    struct sigevent quiet = { .sigev_notify = SIGEV_NONE };
    timer_create(CLOCK_MONOTONIC, &quiet, &t);
}
static void block_signal(void)
{
    sigset_t s;
    sigemptyset(&s);
    sigaddset(&s, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &s, NULL);
}
static void on_signal(int number) { (void)number; }
static void handle_signal(void) { signal(SIGUSR1, on_signal); }
static void ignore_signal(void) { signal(SIGTERM, SIG_IGN); }
static void lower_limit(void)
{
    struct rlimit l;
    getrlimit(RLIMIT_NOFILE, &l);
    l.rlim_cur = 40;
    setrlimit(RLIMIT_NOFILE, &l);
}
static void be_nice(void) { setpriority(PRIO_PROCESS, 0, 15); }
static void pin(void)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
}
static void *sleep_long(void *unused)
{
    sleep(1000);
    return unused;
}
static void leave_thread(void)
{
    pthread_t t;
    pthread_create(&t, NULL, sleep_long, NULL);
}
static void leave_child(void)
{
    if (!fork()) {
        sleep(1000);
        _exit(0);
    }
}
static void leave_zombie(void)
{
    if (!fork()) _exit(0);
    usleep(20000);
}
static void leave_daemon(void) /* the child of a child, in a session of its own */
{
    pid_t child = fork();
    if (!child) {
        setsid();
        if (fork()) _exit(0);
        sleep(1000);
        _exit(0);
    }
    waitpid(child, NULL, 0);
}
static void leave_open(void)
{
    if (open("/dev/zero", O_RDONLY) < 0) abort();
}
static void leave_high(void)
{
    if (fcntl(0, F_DUPFD_CLOEXEC, 200) < 0) abort();
}
static void close_standard(void) { close(STDOUT_FILENO); }
static void replace_standard(void)
{
    close(STDERR_FILENO);
    if (open("/dev/full", O_WRONLY) < 0) abort();
}
static void do_not_wait(void)
{
    fcntl(STDOUT_FILENO, F_SETFL, fcntl(STDOUT_FILENO, F_GETFL) | O_NONBLOCK);
}
static void outlive_parent(void) { prctl(PR_SET_PDEATHSIG, 0); }
static void leave_session(void) { setpgid(0, 0), setsid(); }
static void take_threads(void) { omp_set_num_threads(omp_get_max_threads() + 3); }
static void change_schedule(void) { omp_set_schedule(omp_sched_dynamic, 7); }
/* As careful authors do: switched off again, but the threads that were made meanwhile keep it. */
static void flush_in_threads(void)
{
    volatile double sum = 0;
    flush_to_zero();
#pragma omp parallel num_threads(4)
    {
#pragma omp atomic
        sum += 1;
    }
    flush_no_more();
}
static void draw_random(void)
{
    for (int i = 0; i < 10; i++) {
        if (rand() < 0) abort();
        if (drand48() < 0) abort();
    }
}
static void leave_stack(void)
{
    static char stack[65536];
    sigaltstack(&(stack_t){ .ss_sp = stack, .ss_size = sizeof stack }, NULL);
}

/* clang-format off */
#define WAYS(X) \
    X(flush_to_zero) X(change_rounding) X(trap_divisions) X(change_locale) \
    X(change_thread_locale) X(set_variable) X(remove_variable) X(change_directory) \
    X(change_umask) X(set_alarm) X(make_timer) X(block_signal) X(handle_signal) X(ignore_signal) \
    X(lower_limit) X(be_nice) X(pin) X(leave_thread) X(leave_child) X(leave_zombie) \
    X(leave_daemon) X(leave_open) X(leave_high) X(close_standard) X(replace_standard) \
    X(do_not_wait) X(outlive_parent) X(leave_session) X(take_threads) X(change_schedule) \
    X(flush_in_threads) X(draw_random) X(leave_stack)
/* clang-format on */
static const char *const ways[] = { "not",
#define X(name) #name,
                                    WAYS(X)
#undef X
                                        NULL };
static void (*const disturbances[])(void) = { NULL,
#define X(name) name,
                                              WAYS(X)
#undef X
};

typedef struct params {
    int32_t how;
    bool estimating;
    int64_t nth;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, how, .choices = ways, .doc = "what it leaves changed"),
    LOOM_PARAM(params, estimating, .doc = "in `estimate` instead of `run`"),
    LOOM_PARAM(params, nth, .doc = "tells one action from another"),
    { 0 }
};
static const loom_port inputs[] = { { "before", "array", "runs after this", LOOM_OPTIONAL },
                                    { 0 } };
static const loom_port outputs[] = { { "out", "array", "what was found", 0 }, { 0 } };

static double *make_output(loom_call *call, int64_t n)
{
    return call->host->add_array(call, call->host->output(call, "out"), "data", LOOM_F64, 1, &n,
                                 NULL);
}

static loom_status disturb(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    double *out = make_output(call, 1);
    if (!out) return LOOM_E_MEMORY;
    *out = p->how;
    if (p->how && !p->estimating) disturbances[p->how]();
    return LOOM_OK;
}

static loom_status estimate(loom_call *call, const void *param_struct, loom_estimate *out)
{
    const params *p = param_struct;
    (void)call;
    out->bytes = 1;
    if (p->how && p->estimating) disturbances[p->how]();
    return LOOM_OK;
}

/* ---- what there is to see ---- */

static double product_of_small(void)
{
    volatile double a = 1e-300, b = 1e-10; /* not zero unless it is flushed */
    return a * b;
}

static double names_in(const char *path)
{
    DIR *d = opendir(path);
    double n = 0;
    while (d && readdir(d)) n++;
    if (d) closedir(d);
    return n;
}

static double small_in_threads(void)
{
    double sum = 0;
#pragma omp parallel num_threads(4) reduction(+ : sum)
    sum += product_of_small() > 0;
    return sum;
}

static double hash_of(const char *text)
{
    uint32_t h = 2166136261u;
    for (; text && *text; text++) h = (h ^ (unsigned char)*text) * 16777619u;
    return text ? (double)h : -1.0;
}

static double third(void)
{
    volatile double one = 1, three = 3;
    return one / three;
}

static double blocked(int number)
{
    sigset_t s;
    pthread_sigmask(SIG_SETMASK, NULL, &s);
    return sigismember(&s, number);
}

static double handler_of(int number)
{
    struct sigaction a;
    sigaction(number, NULL, &a);
    return a.sa_handler == SIG_DFL ? 0 : 1;
}

static double limit_of(__rlimit_resource_t what)
{
    struct rlimit l;
    getrlimit(what, &l);
    return (double)l.rlim_cur;
}

static double cpus(void)
{
    cpu_set_t s;
    CPU_ZERO(&s);
    sched_getaffinity(0, sizeof s, &s);
    return CPU_COUNT(&s);
}

static double flags_of(int fd) { return fcntl(fd, F_GETFL); }

static double inode_of(int fd)
{
    struct stat st;
    return fstat(fd, &st) ? -1.0 : (double)(st.st_mode & S_IFMT);
}

static double open_files(const char *wanted)
{
    char link[64], name[256];
    double found = 0;
    for (int fd = 0; fd < 256; fd++) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t n = readlink(link, name, sizeof name - 1);
        name[n > 0 ? n : 0] = 0;
        found += !strcmp(name, wanted);
    }
    return found;
}

static double schedule(void)
{
    omp_sched_t kind;
    int chunk;
    omp_get_schedule(&kind, &chunk);
    return (int)kind * 1000.0 + chunk;
}

static double death_signal(void)
{
    int number = 0;
    prctl(PR_GET_PDEATHSIG, &number);
    return number;
}

static loom_status observe(loom_call *call, const void *param_struct)
{
    char here[4096];
    mode_t mask = umask(077);
    struct itimerval timer;
    umask(mask);
    getitimer(ITIMER_REAL, &timer);
    double small = product_of_small(), threads = names_in("/proc/self/task");
    stack_t stack;
    sigaltstack(NULL, &stack);
    const double seen[] = {
        small,
        third(),
        fegetexcept(),
        hash_of(setlocale(LC_ALL, NULL)),
        uselocale((locale_t)0) == LC_GLOBAL_LOCALE,
        hash_of(getenv("ATOMLOOM_TEST_DISTURBED")),
        hash_of(getenv("HOME")),
        hash_of(getcwd(here, sizeof here)),
        mask,
        timer.it_value.tv_sec > 0,
        blocked(SIGTERM),
        handler_of(SIGUSR1),
        handler_of(SIGTERM),
        limit_of(RLIMIT_NOFILE),
        getpriority(PRIO_PROCESS, 0),
        cpus(),
        threads,
        waitpid(-1, NULL, WNOHANG),
        open_files("/dev/zero"),
        flags_of(200),
        flags_of(1),
        inode_of(1),
        inode_of(2),
        death_signal(),
        getsid(0) == getpid(),
        omp_get_max_threads(),
        schedule(),
        small_in_threads(),
        rand(),
        drand48(),
        stack.ss_flags & SS_DISABLE,
    };
    double *out = make_output(call, sizeof seen / sizeof *seen);
    (void)param_struct;
    if (!out) return LOOM_E_MEMORY;
    memcpy(out, seen, sizeof seen);
    return LOOM_OK;
}

#define OP(ID, RUN, ESTIMATE) \
    { \
        .size = sizeof(loom_op), .revision = 1, .id = ID, .summary = "For tests.", \
        .method = "None.", .cites = "none", .limits = "For tests only.", .inputs = inputs, \
        .outputs = outputs, .params = param_table, .params_size = sizeof(params), .run = RUN, \
        .estimate = ESTIMATE \
    }
static const loom_op disturb_op = OP("test.disturb", disturb, estimate),
                     observe_op = OP("test.observe", observe, NULL);
LOOM_PLUGIN("test.disturb", "1.0", "BSD-3-Clause", &disturb_op, &observe_op);
