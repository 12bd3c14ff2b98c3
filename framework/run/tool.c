/* run/tool.c - see tool.h */
#include "run/tool.h"
#include "base/signals.h"
#include "run/machine.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool begins_with_one(const char *s, const char *const *words)
{
    for (; words && *words; words++)
        if (!strncmp(s, *words, strlen(*words))) return true;
    return false;
}

/* The environment without some variables; the texts are borrowed. */
static char **environment_without(const char *const *without)
{
    size_t n = 0, kept = 0;
    assert(environ);
    while (environ[n]) n++;
    char **out = calloc(n + 1, sizeof *out);
    for (size_t i = 0; out && i < n; i++)
        if (!begins_with_one(environ[i], without)) out[kept++] = environ[i];
    assert(!out || kept <= n);
    return out;
}

static int spawn(tool *p, const char *const *argv, char **environment, const int *ends)
{
    assert(!p->pid && ends[0] > STDERR_FILENO && ends[1] > STDERR_FILENO);
    posix_spawn_file_actions_t files;
    posix_spawnattr_t how;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&how);
    posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF
                                       | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setpgroup(&how, 0);
    posix_spawnattr_setsigdefault(&how, &all);
    posix_spawnattr_setsigmask(&how, &none);
    int code = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    for (int k = 0; !code && k < TOOL_ENDS; k++)
        code = posix_spawn_file_actions_adddup2(&files, ends[k], STDOUT_FILENO + k);
    if (!code)
        code = posix_spawnp(&p->pid, argv[0], &files, &how, (char *const *)(uintptr_t)argv,
                            environment);
    posix_spawnattr_destroy(&how);
    posix_spawn_file_actions_destroy(&files);
    return code;
}

bool tool_start(tool *p, const char *const *argv, const char *const *without, double limit_s,
                error *e)
{
    assert(!p->pid && argv[0] && limit_s > 0);
    int out[2] = { -1, -1 }, err[2] = { -1, -1 };
    tool_free(p);
    char **environment = environment_without(without);
    int code = !environment                                                               ? ENOMEM
               : pipe2(out, O_CLOEXEC | O_NONBLOCK) || pipe2(err, O_CLOEXEC | O_NONBLOCK) ? errno
                                                                                          : 0;
    /* its own ends are to wait, as programs expect */
    if (!code && (fcntl(out[1], F_SETFL, 0) || fcntl(err[1], F_SETFL, 0))) code = errno;
    if (!code) code = spawn(p, argv, environment, (int[]){ out[1], err[1] });
    free(environment);
    if (out[1] >= 0) close(out[1]);
    if (err[1] >= 0) close(err[1]);
    p->until = machine_clock_s() + limit_s;
    p->fd[0] = out[0];
    p->fd[1] = err[0];
    if (!code) return true;
    p->pid = 0;
    if (out[0] >= 0) close(out[0]);
    if (err[0] >= 0) close(err[0]);
    *p = (tool){ 0 };
    return error_set(e, LOOM_E_IO,
                     code == ENOENT ? "install it, or add its directory to PATH" : "run again",
                     "the program '%s' cannot be started: %s", argv[0], strerror(code));
}

int tool_ends(const tool *p, struct pollfd out[TOOL_ENDS])
{
    int n = 0;
    for (int k = 0; p->pid && k < TOOL_ENDS; k++)
        if (p->fd[k] >= 0) out[n++] = (struct pollfd){ .fd = p->fd[k], .events = POLLIN };
    return n;
}

/* False at the end of the stream. */
static bool take_in(int fd, text *into)
{
    char chunk[16384];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
        if (!n) return false;
        text_add(into, chunk, (size_t)n);
        if (into->length > TOOL_MAX_OUTPUT) return true;
    }
}

static void kill_group(const tool *p)
{
    assert(p->pid > 1);
    kill(-p->pid, SIGKILL);
    kill(p->pid, SIGKILL);
}

static void close_ends(tool *p)
{
    for (int k = 0; k < TOOL_ENDS; k++) {
        if (p->fd[k] >= 0) close(p->fd[k]);
        p->fd[k] = -1;
    }
}

bool tool_is_over(tool *p)
{
    assert(p->pid > 1);
    text *into[TOOL_ENDS] = { &p->out, &p->err };
    for (int k = 0; k < TOOL_ENDS; k++)
        if (p->fd[k] >= 0 && !take_in(p->fd[k], into[k])) {
            close(p->fd[k]);
            p->fd[k] = -1;
        }
    bool too_much = p->out.length > TOOL_MAX_OUTPUT || p->err.length > TOOL_MAX_OUTPUT;
    if (!p->fault && (too_much || machine_clock_s() > p->until)) {
        p->fault = too_much ? "it printed more than 64 MiB" : "it did not answer in time";
        kill_group(p);
        close_ends(p); /* what it started may hold them open */
    }
    if (p->fd[0] >= 0 || p->fd[1] >= 0) return false;
    pid_t got = waitpid(p->pid, &p->status, WNOHANG);
    if (!got || (got < 0 && errno == EINTR)) return false;
    p->pid = 0;
    if (!p->fault && (p->out.failed || p->err.failed)) p->fault = "no memory for what it printed";
    return true;
}

void tool_finish(tool *p)
{
    struct pollfd ends[TOOL_ENDS];
    enum { LOOK_MS = 50 };
    while (!tool_is_over(p)) {
        int n = tool_ends(p, ends);
        poll(ends, (nfds_t)n, n ? LOOK_MS : 1);
    }
}

bool tool_succeeded(const tool *p)
{
    assert(!p->pid);
    return !p->fault && WIFEXITED(p->status) && !WEXITSTATUS(p->status);
}

void tool_explain(const tool *p, text *out)
{
    assert(!p->pid);
    size_t n = p->err.data ? strcspn(p->err.data, "\n") : 0;
    if (p->fault) text_puts(out, p->fault);
    else if (n) text_printf(out, "%.*s", (int)(n < 400 ? n : 400), p->err.data);
    else if (WIFSIGNALED(p->status))
        text_printf(out, "it died from %s", signal_name(WTERMSIG(p->status)));
    else text_printf(out, "exit status %d", WEXITSTATUS(p->status));
}

void tool_free(tool *p)
{
    if (p->pid > 1) {
        kill_group(p);
        while (waitpid(p->pid, &p->status, 0) < 0 && errno == EINTR) continue;
        close_ends(p);
    }
    text_free(&p->out);
    text_free(&p->err);
    *p = (tool){ 0 };
}
