/* run/pool.c - see pool.h */
#include "run/pool.h"
#include "run/interrupts.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

bool pool_init(pool *p, const graph *g, const char *store_dir, int count, error *e)
{
    assert(count > 0 && store_dir);
    *p = (pool){ .graph = g,
                 .store_dir = store_dir,
                 .count = count,
                 .worker = calloc((size_t)count, sizeof *p->worker) };
    return p->worker || error_memory(e, "workers");
}

static void close_ends(pool_worker *w)
{
    close(w->fd);
    close(w->log_fd);
    munmap(w->page, sizeof *w->page);
    inbox_free(&w->in);
    text_free(&w->out);
    *w = (pool_worker){ 0 };
}

/* In the child: other workers' ends are not ours to hold open. The byte says that we die with our
 * parent from now on; a worker that was stopped (Ctrl-Z) before that could outlive it for ever. */
static _Noreturn void become_worker(pool *p, int i, int fd, pid_t parent)
{
    assert(i >= 0 && i < p->count && fd > STDERR_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    setpgid(0, 0); /* a terminal's Ctrl-C is for the coordinator, which asks us to stop */
    for (int k = 0; k < p->count; k++)
        if (p->worker[k].state != WORKER_NONE) {
            close(p->worker[k].fd);
            close(p->worker[k].log_fd);
        }
    if (interrupts_fd() >= 0) close(interrupts_fd());
    if (send(fd, "r", 1, MSG_NOSIGNAL) != 1) _exit(0);
    worker_main(p->graph, p->store_dir, fd, p->worker[i].log_fd, p->worker[i].page);
}

/* Forks, and returns when the child is what it is to be. No signal is handled meanwhile. */
static pid_t fork_worker(pool *p, int i, int ends[2])
{
    char ready;
    sigset_t all, before;
    pid_t parent = getpid();
    fflush(NULL);
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t pid = fork();
    if (!pid) {
        close(ends[0]);
        become_worker(p, i, ends[1], parent);
    }
    close(ends[1]);
    ends[1] = -1;
    /* else it is dead, which is found later */
    if (pid > 0 && recv(ends[0], &ready, 1, MSG_WAITALL) == 1) interrupts_add_group(pid);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}

/* An idle worker has nothing to say. One that died, closed its connection or speaks is not to be
 * given anything. */
static bool is_sound(const pool_worker *w)
{
    char any;
    return recv(w->fd, &any, 1, MSG_PEEK | MSG_DONTWAIT) < 0
           && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void pool_retire(pool *p, int i)
{
    uint64_t peak;
    assert(p->worker[i].state == WORKER_IDLE);
    pool_kill(p, i);
    pool_collect(p, i, &peak);
}

bool pool_start(pool *p, int i, error *e)
{
    assert(i >= 0 && i < p->count);
    pool_worker *w = &p->worker[i];
    int ends[2] = { -1, -1 };
    assert(w->state == WORKER_NONE || w->state == WORKER_IDLE);
    if (w->state == WORKER_IDLE && is_sound(w)) return true;
    if (w->state == WORKER_IDLE) pool_retire(p, i);
    w->log_fd = memfd_create("atomloom log", MFD_CLOEXEC);
    w->page =
        mmap(NULL, sizeof *w->page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t pid = -1;
    if (w->log_fd >= 0 && w->page != MAP_FAILED
        && !socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends)) {
        /* after a truncation the next line goes to the beginning */
        fcntl(w->log_fd, F_SETFL, O_APPEND);
        pid = fork_worker(p, i, ends);
    }
    int why = errno;
    if (pid > 0) {
        w->pid = pid;
        w->fd = ends[0];
        w->state = WORKER_IDLE;
        return true;
    }
    if (ends[0] >= 0) close(ends[0]);
    if (w->log_fd >= 0) close(w->log_fd);
    if (w->page != MAP_FAILED) munmap(w->page, sizeof *w->page);
    *w = (pool_worker){ 0 };
    return error_set(e, LOOM_E_MEMORY, "close other programs or lower --jobs",
                     "cannot start a worker process: %s", strerror(why));
}

void pool_send_task(pool *p, int i, const task *t, const task_input *inputs)
{
    assert(inputs || !t->input_count);
    pool_worker *w = &p->worker[i];
    assert(w->state == WORKER_IDLE);
    w->state = WORKER_BUSY;
    w->expects =
        (expectation){ .serial = ++p->serial,
                       .may_need = true,
                       .may_reply = true,
                       .input_count = t->input_count,
                       .outputs =
                           p->graph->nodes[p->graph->instances[t->instance].node].op->op->outputs };
    if (ftruncate(w->log_fd, 0)) { /* then the log begins with the one before */
    }
    atomic_store(&w->page->stop, false);
    atomic_store(&w->page->finish, false);
    atomic_store(&w->page->starved, false);
    atomic_store(&w->page->cut, false);
    atomic_store(&w->page->done, 0.0);
    atomic_store(&w->page->total, 0.0);
    outbox_post(&w->out, w->fd, MESSAGE_TASK, w->expects.serial, t, sizeof *t, inputs,
                (size_t)t->input_count * sizeof *inputs);
}

void pool_send_go(pool *p, int i, int32_t threads)
{
    assert(threads > 0);
    pool_worker *w = &p->worker[i];
    assert(w->state == WORKER_ASKING);
    w->state = WORKER_BUSY;
    w->expects.may_reply = true;
    outbox_post(&w->out, w->fd, MESSAGE_GO, w->expects.serial, &threads, sizeof threads, NULL, 0);
}

bool pool_has_more_to_send(const pool *p, int i) { return p->worker[i].out.length > 0; }

void pool_flush(pool *p, int i)
{
    /* nobody is there to take it */
    if (!outbox_flush(&p->worker[i].out, p->worker[i].fd)) text_clear(&p->worker[i].out);
}

void pool_fill(pool *p, int i, error *e)
{
    assert(p->worker[i].state != WORKER_NONE);
    pool_worker *w = &p->worker[i];
    if (!w->closed && !inbox_fill(&w->in, w->fd, e)) w->closed = true;
}

inbox_state pool_next(pool *p, int i, message *out, error *e)
{
    assert(p->worker[i].state != WORKER_NONE);
    pool_worker *w = &p->worker[i];
    inbox_state got = inbox_next(&w->in, &w->expects, out, e);
    if (got != INBOX_MESSAGE) return got;
    if (out->kind == MESSAGE_NEED) {
        w->state = WORKER_ASKING;
        w->expects.may_need = w->expects.may_reply = false;
    } else if (out->kind == MESSAGE_REPLY) {
        w->state = WORKER_IDLE;
        w->expects = (expectation){ 0 };
    }
    return got;
}

void pool_kill(pool *p, int i)
{
    assert(p->worker[i].pid > 1 /* -1 is every process, 0 our own group */);
    kill(-p->worker[i].pid, SIGKILL);
    kill(p->worker[i].pid, SIGKILL); /* before it made its own group */
}

bool pool_is_dead(const pool *p, int i)
{
    assert(p->worker[i].pid > 1);
    siginfo_t info = { 0 };
    return !waitid(P_PID, (id_t)p->worker[i].pid, &info, WEXITED | WNOHANG | WNOWAIT)
           && info.si_pid;
}

int pool_collect(pool *p, int i, uint64_t *peak_bytes)
{
    assert(p->worker[i].state != WORKER_NONE);
    pool_worker *w = &p->worker[i];
    struct rusage use = { 0 };
    int status = 0;
    while (wait4(w->pid, &status, 0, &use) < 0 && errno == EINTR) continue;
    interrupts_remove_group(w->pid);
    kill(-w->pid, SIGKILL); /* what an op may have started */
    *peak_bytes = (uint64_t)use.ru_maxrss * 1024;
    close_ends(w);
    return status;
}

void pool_free(pool *p)
{
    uint64_t peak;
    for (int i = 0; p->worker && i < p->count; i++)
        if (p->worker[i].state != WORKER_NONE) pool_kill(p, i);
    for (int i = 0; p->worker && i < p->count; i++)
        if (p->worker[i].state != WORKER_NONE) pool_collect(p, i, &peak);
    free(p->worker);
    *p = (pool){ 0 };
}

void pool_read_log(pool *p, int i, text *out)
{
    assert(p->worker[i].state != WORKER_NONE);
    enum { PART = 128 << 10 };
    int fd = p->worker[i].log_fd;
    struct stat st;
    if (fstat(fd, &st) || !st.st_size) return;
    char *chunk = malloc(PART);
    ssize_t n = chunk ? pread(fd, chunk, PART, 0) : 0;
    if (n > 0) text_add(out, chunk, (size_t)n);
    off_t left = st.st_size - n;
    if (left > PART)
        text_printf(out, "\n[... %lld bytes left out ...]\n", (long long)(left - PART));
    if (left > 0
        && (n = pread(fd, chunk, PART, left > PART ? st.st_size - PART : st.st_size - left)) > 0)
        text_add(out, chunk, (size_t)n);
    free(chunk);
    for (size_t k = 0; k < out->length; k++)
        if (!out->data[k]) out->data[k] = ' '; /* a log is a text */
}
