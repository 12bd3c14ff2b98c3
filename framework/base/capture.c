/* base/capture.c - see capture.h */
#include "base/capture.h"
#include "base/clock.h"
#include "base/io_error.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Two pipes whose ends for reading never wait. False with errno. */
static bool open_pipes(int out[2], int err[2])
{
    if (pipe2(out, O_CLOEXEC)) return false;
    if (!pipe2(err, O_CLOEXEC)) {
        if (!fcntl(out[0], F_SETFL, O_NONBLOCK) && !fcntl(err[0], F_SETFL, O_NONBLOCK)) return true;
        close(err[0]);
        close(err[1]);
    }
    close(out[0]);
    close(out[1]);
    return false;
}

bool capture_start(capture *c, const program *p, capture_limits limits, error *e)
{
    assert(!c->pid && limits.time_s > 0 && limits.bytes > 0);
    int out[2], err[2];
    program given = *p;
    capture_free(c);
    if (!open_pipes(out, err)) return io_error(e, errno, IO_USER, "start", p->argv[0]);
    given.input = -1;
    given.output = out[1];
    given.errors = err[1];
    given.own_group = true;
    pid_t pid = program_start(&given, e);
    close(out[1]);
    close(err[1]);
    if (pid < 0) {
        close(out[0]);
        close(err[0]);
        return false;
    }
    *c = (capture){ .pid = pid,
                    .fd = { out[0], err[0] },
                    .most = limits.bytes,
                    .until = monotonic_s() + limits.time_s };
    return true;
}

int capture_ends(const capture *c, struct pollfd out[CAPTURE_ENDS])
{
    int n = 0;
    for (int k = 0; c->pid && k < CAPTURE_ENDS; k++)
        if (c->fd[k] >= 0) out[n++] = (struct pollfd){ .fd = c->fd[k], .events = POLLIN };
    return n;
}

/* False at the end of the stream. */
static bool take_in(int fd, size_t most, text *into)
{
    assert(fd >= 0);
    char chunk[16384];
    while (into->length <= most && !into->failed) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
        if (!n) return false;
        text_add(into, chunk, (size_t)n);
    }
    return true;
}

static void kill_group(const capture *c)
{
    assert(c->pid > 1);
    kill(-c->pid, SIGKILL);
    kill(c->pid, SIGKILL);
}

static void close_ends(capture *c)
{
    for (int k = 0; k < CAPTURE_ENDS; k++) {
        if (c->fd[k] >= 0) close(c->fd[k]);
        c->fd[k] = -1;
    }
}

static const char *fault_of(const capture *c)
{
    if (c->out.failed || c->err.failed) return "printed more than there is memory for";
    if (c->out.length > c->most || c->err.length > c->most) return "printed too much";
    return monotonic_s() > c->until ? "did not end in time" : NULL;
}

bool capture_is_over(capture *c)
{
    assert(c->pid > 1);
    text *into[CAPTURE_ENDS] = { &c->out, &c->err };
    for (int k = 0; k < CAPTURE_ENDS; k++)
        if (c->fd[k] >= 0 && !take_in(c->fd[k], c->most, into[k])) {
            close(c->fd[k]);
            c->fd[k] = -1;
        }
    if (!c->fault && (c->fault = fault_of(c))) {
        kill_group(c);
        close_ends(c); /* what it started may hold them open */
    }
    if (c->fd[0] >= 0 || c->fd[1] >= 0) return false;
    pid_t got = waitpid(c->pid, &c->status, WNOHANG);
    if (!got || (got < 0 && errno == EINTR)) return false;
    c->pid = 0;
    return true;
}

void capture_finish(capture *c)
{
    struct pollfd ends[CAPTURE_ENDS];
    enum { LOOK_MS = 50 };
    while (!capture_is_over(c)) {
        int n = capture_ends(c, ends);
        poll(ends, (nfds_t)n, n ? LOOK_MS : 1);
    }
}

bool capture_succeeded(const capture *c)
{
    assert(!c->pid);
    return !c->fault && WIFEXITED(c->status) && !WEXITSTATUS(c->status);
}

void capture_end_text(const capture *c, char *out, size_t size)
{
    assert(!c->pid);
    if (c->fault) snprintf(out, size, "%s", c->fault);
    else program_end_text(c->status, out, size);
}

void capture_explain(const capture *c, text *out)
{
    enum { MOST = 400 };
    assert(!c->pid);
    char how[64];
    size_t n = c->err.data ? strcspn(c->err.data, "\n") : 0;
    capture_end_text(c, how, sizeof how);
    if (n && !c->fault) text_add(out, c->err.data, n < MOST ? n : MOST);
    else text_puts(out, how);
}

void capture_free(capture *c)
{
    if (c->pid > 1) {
        kill_group(c);
        c->status = program_wait(c->pid);
        close_ends(c);
    }
    text_free(&c->out);
    text_free(&c->err);
    *c = (capture){ 0 };
}
