/* run/worker_process.c - the life of a worker process, see worker.h: what it makes of itself, tasks
 * in, replies out. */
#include "run/worker.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* How a worker process reaches its coordinator. A process that an op made with fork() has a copy,
 * and is not to use it. */
typedef struct socket_link {
    int fd, log_fd;
    pid_t pid;
    uint64_t serial;
    worker_page *page;
    pthread_mutex_t lock;
} socket_link;

/* Where a message cannot be sent, the coordinator is gone, or an op closed our descriptors, which
 * the page still tells. */
static _Noreturn void end_cut_off(const socket_link *l)
{
    atomic_store(&l->page->cut, true);
    _exit(1);
}

static int32_t ask_to_start(void *user, const need *n)
{
    const socket_link *l = user;
    message_head head;
    text body = { 0 };
    int32_t threads = 1;
    if (!message_send(l->fd, MESSAGE_NEED, l->serial, n, sizeof *n, NULL, 0)
        || !message_receive(l->fd, &head, &body))
        end_cut_off(l);
    assert(head.kind == MESSAGE_GO && head.serial == l->serial && body.length == sizeof threads);
    memcpy(&threads, body.data, sizeof threads);
    text_free(&body);
    return threads;
}

/* As much of `line` as fits into `room` bytes with its NUL: its length with the NUL. */
static size_t cut_text(char *out, size_t room, const char *line)
{
    assert(room > 0);
    int n = snprintf(out, room, "%s", line);
    return (n < (int)room ? (size_t)(n > 0 ? n : 0) : room - 1) + 1;
}

static void send_note(void *user, const char *line)
{
    socket_link *l = user;
    char cut[MAX_NOTE];
    if (getpid() != l->pid) return;
    pthread_mutex_lock(&l->lock);
    fflush(stdout);
    dprintf(l->log_fd, "%s\n", line);
    message_send(l->fd, MESSAGE_NOTE, l->serial, cut, cut_text(cut, sizeof cut, line), NULL, 0);
    pthread_mutex_unlock(&l->lock);
}

static void send_warning(void *user, const char *where, const char *line)
{
    socket_link *l = user;
    char where_cut[MAX_WHERE], cut[MAX_NOTE];
    if (getpid() != l->pid) return;
    size_t n = cut_text(where_cut, sizeof where_cut, where);
    pthread_mutex_lock(&l->lock);
    fflush(stdout);
    dprintf(l->log_fd, "warning: %s\n", line);
    message_send(l->fd, MESSAGE_WARNING, l->serial, where_cut, n, cut,
                 cut_text(cut, sizeof cut, line));
    pthread_mutex_unlock(&l->lock);
}

static worker_page *own_page;

/* An op that does not ask whether malloc worked dies from the NULL it got. That is a lack of
 * memory, not a crash, and errno still says so. */
static void on_death(int number)
{
    if (errno == ENOMEM) atomic_store(&own_page->starved, true);
    raise(number); /* SA_RESETHAND: now it kills */
}

static void watch_deaths(worker_page *page)
{
#ifndef __SANITIZE_ADDRESS__ /* which reports crashes itself */
    static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT };
    struct sigaction action = { .sa_handler = on_death, .sa_flags = SA_RESETHAND | SA_NODEFER };
    own_page = page;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &action, NULL);
#else
    (void)page;
    (void)on_death;
#endif
}

/* Outputs to the log, the usual signals back, one thread each for libraries that would take all
 * cores, and first in line when the kernel runs out of memory: the coordinator must survive. */
static void settle(int log_fd)
{
    assert(log_fd > STDERR_FILENO);
    int null = open("/dev/null", O_RDONLY);
    if (null >= 0) dup2(null, STDIN_FILENO);
    dup2(log_fd, STDOUT_FILENO);
    dup2(log_fd, STDERR_FILENO);
    static const int signals[] = { SIGINT,   SIGTERM, SIGHUP,  SIGPIPE, SIGCHLD,
                                   SIGWINCH, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT };
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* what the children of an op leave is found here */
    setenv("OPENBLAS_NUM_THREADS", "1", 0);
    setenv("OMP_WAIT_POLICY", "passive", 0);
    int oom = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (oom >= 0) {
        if (write(oom, "500", 3) < 0) { /* not allowed here: the kernel chooses for itself */
        }
        close(oom);
    }
}

static int count_outputs(const loom_op *op)
{
    int n = 0;
    while (op->outputs[n].name) n++;
    return n;
}

/* A worker is killed when it is not needed any more, so its counts are written after each action.
 */
static void count_coverage(void)
{
#ifdef ATOMLOOM_COVERAGE
    extern void __gcov_dump(void), __gcov_reset(void);
    __gcov_dump();
    __gcov_reset();
#endif
}

/* One task from its message to its reply. `failed`: what kept this worker from being made, if
 * anything. */
static void serve(worker *w, const graph *g, socket_link *l, const text *body, const error *failed)
{
    assert(body->length >= sizeof(task));
    task t;
    reply r = { .lost_input = -1, .failure = *failed, .store_failed = !w };
    memcpy(&t, body->data, sizeof t);
    int outputs = count_outputs(g->nodes[g->instances[t.instance].node].op->op);
    action_made *made = calloc((size_t)outputs + 1, sizeof *made);
    if (!made) error_memory(&r.failure, "outputs");
    else if (w)
        worker_execute(w, &t, (const task_input *)(const void *)(body->data + sizeof t), &r, made);
    fflush(NULL);
    count_coverage();
    pthread_mutex_lock(&l->lock); /* a thread that the op left may be noting something */
    bool sent = message_send(l->fd, MESSAGE_REPLY, l->serial, &r, sizeof r, made,
                             r.good ? (size_t)outputs * sizeof *made : 0);
    pthread_mutex_unlock(&l->lock);
    if (!sent) end_cut_off(l);
    free(made);
}

_Noreturn void worker_main(const graph *g, const char *store_dir, int fd, int log_fd,
                           worker_page *page)
{
    error e = { 0 };
    message_head head;
    text body = { 0 };
    socket_link l = {
        .fd = fd, .log_fd = log_fd, .pid = getpid(), .page = page, .lock = PTHREAD_MUTEX_INITIALIZER
    };
    settle(log_fd);
    watch_deaths(page);
    store *s = store_open(store_dir, &e);
    worker *w =
        s ? worker_new(g, s, (worker_link){ page, ask_to_start, send_note, send_warning, NULL, &l },
                       &e)
          : NULL;
    while (message_receive(fd, &head, &body) && head.kind == MESSAGE_TASK) {
        l.serial = head.serial;
        serve(w, g, &l, &body, &e);
    }
    _exit(0);
}
