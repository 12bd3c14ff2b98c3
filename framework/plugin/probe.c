/* plugin/probe.c - the first look at a plugin file, taken by a child process; see scan.h. */
#include "plugin/scan.h"
#include "base/clock.h"
#include "base/io_error.h"
#include "plugin/load.h"
#include "base/signals.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the child sends: this, then `size` bytes of image where the status is LOOM_OK. */
typedef struct answer {
    loom_status status;
    size_t size;
    char message[1024], todo[512];
} answer;

static bool write_all(int fd, const void *bytes, size_t n)
{
    assert(fd >= 0);
    for (const char *at = bytes; n;) {
        ssize_t k = write(fd, at, n);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return false;
        at += k;
        n -= (size_t)k;
    }
    return true;
}

static _Noreturn void child(const char *path, int out, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(1);
    setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
    int null = open("/dev/null", O_RDWR); /* a plugin has no business on our terminal */
    if (null >= 0) {
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
    }
    error e = { 0 };
    descriptor_image image = { 0 };
    const loom_plugin *p = plugin_load(path, &e);
    if (p) descriptor_pack(p, &image, &e);
    answer a = { .status = e.status, .size = e.status == LOOM_OK ? image.size : 0 };
    snprintf(a.message, sizeof a.message, "%s", e.message);
    snprintf(a.todo, sizeof a.todo, "%s", e.todo);
    bool sent = write_all(out, &a, sizeof a) && write_all(out, image.bytes, a.size);
    _exit(sent ? 0 : 1);
}

/* False at the end of the stream or when time is up (*late). */
static bool read_all(int fd, void *bytes, size_t n, double deadline, bool *late)
{
    assert(fd >= 0);
    for (char *at = bytes; n;) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int wait_ms = (int)((deadline - monotonic_s()) * 1000);
        int ready = wait_ms > 0 ? poll(&p, 1, wait_ms) : 0;
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) {
            *late = true;
            return false;
        }
        ssize_t k = read(fd, at, n);
        if (k < 0 && errno == EINTR) continue;
        if (k <= 0) return false;
        at += k;
        n -= (size_t)k;
    }
    return true;
}

static bool listen_to(int fd, const char *path, double limit_s, descriptor_image *out, bool *late,
                      error *e)
{
    double deadline = monotonic_s() + limit_s;
    answer a;
    if (!read_all(fd, &a, sizeof a, deadline, late)) return false;
    if (a.status != LOOM_OK) return error_set(e, a.status, a.todo, "%s", a.message);
    out->size = a.size;
    out->bytes = malloc(a.size);
    if (!out->bytes) return error_memory(e, path);
    if (read_all(fd, out->bytes, a.size, deadline, late)) return true;
    free(out->bytes);
    return false;
}

bool plugin_probe(const char *path, double limit_s, descriptor_image *out, error *e)
{
    assert(limit_s > 0);
    static const char report[] = "report this to the plugin's author, or remove the file";
    int pipes[2], status = 0;
    *out = (descriptor_image){ 0 };
    if (pipe2(pipes, O_CLOEXEC))
        return error_set(e, LOOM_E_IO, io_todo(errno, IO_USER), "cannot make a pipe: %s",
                         strerror(errno));
    fflush(NULL);
    pid_t parent = getpid(), pid = fork();
    if (!pid) child(path, pipes[1], parent);
    close(pipes[1]);
    bool late = false, good = false;
    if (pid < 0)
        error_set(e, LOOM_E_IO, io_todo(errno, IO_USER), "cannot start a process: %s",
                  strerror(errno));
    else {
        good = listen_to(pipes[0], path, limit_s, out, &late, e);
        if (late) kill(pid, SIGKILL);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
    }
    close(pipes[0]);
    if (good) return true;
    if (late)
        return error_set(e, LOOM_E_BUG, report, "%s: loading it took more than %g s", path,
                         limit_s);
    if (WIFSIGNALED(status))
        return error_set(e, LOOM_E_BUG, report, "%s: loading it crashed with %s", path,
                         signal_name(WTERMSIG(status)));
    return error_set(e, LOOM_E_BUG, report, "%s: loading it ended the process with exit status %d",
                     path, WEXITSTATUS(status));
}
