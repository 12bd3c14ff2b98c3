/* base/program.c - see program.h */
#include "base/program.h"
#include "base/io_error.h"
#include "base/signals.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const int signals_set_back[] = { SIGINT,  SIGTERM, SIGHUP,  SIGPIPE,  SIGCHLD,
                                        SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM,  SIGTSTP,
                                        SIGTTIN, SIGTTOU, SIGCONT, SIGWINCH, SIGSEGV,
                                        SIGBUS,  SIGABRT, SIGFPE,  SIGILL };

static void usual_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (size_t i = 0; i < sizeof signals_set_back / sizeof *signals_set_back; i++)
        signal(signals_set_back[i], SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Copies above 2 first, so that none is overwritten before it was used. */
static bool standard_streams(const program *p)
{
    assert(p->input < 0 || p->input != p->output);
    int given[3] = { p->input, p->output, p->errors }, high[3];
    for (int i = 0; i < 3; i++) {
        int from = given[i] >= 0 ? given[i] : open("/dev/null", O_RDWR | O_CLOEXEC);
        high[i] = from < 0 ? -1 : fcntl(from, F_DUPFD_CLOEXEC, 3);
        if (high[i] < 0) return false;
    }
    for (int i = 0; i < 3; i++)
        if (dup2(high[i], i) < 0) return false;
    return true;
}

static bool begins_with_one(const char *s, const char *const *words)
{
    for (; *words; words++)
        if (!strncmp(s, *words, strlen(*words))) return true;
    return false;
}

static void drop_variables(const char *const *names)
{
    char **kept = environ;
    for (char **v = environ; v && *v; v++)
        if (!begins_with_one(*v, names)) *kept++ = *v;
    if (kept) *kept = NULL;
}

/* In the child: becomes the program, or sends errno and ends. */
static _Noreturn void become(const program *p, int report, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    usual_signals();
    if (p->own_group) setpgid(0, 0);
    if (p->without) drop_variables(p->without);
    for (const char *const *s = p->environment; s && *s; s++) putenv((char *)*s);
    if (standard_streams(p) && (!p->directory || !chdir(p->directory))) {
        syscall(SYS_close_range, 3u, ~0u, (unsigned)CLOSE_RANGE_CLOEXEC);
        execvp(p->argv[0], (char *const *)p->argv);
    }
    int why = errno;
    if (write(report, &why, sizeof why) < 0) _exit(126);
    _exit(127);
}

pid_t program_start(const program *p, error *e)
{
    assert(p->argv && p->argv[0]);
    int ends[2], why = 0;
    if (pipe2(ends, O_CLOEXEC)) {
        io_error(e, errno, IO_USER, "start", p->argv[0]);
        return -1;
    }
    fflush(NULL);
    pid_t parent = getpid(), id = fork();
    if (!id) become(p, ends[1], parent);
    if (id < 0) why = errno;
    close(ends[1]);
    ssize_t got = 0;
    while (id > 0 && (got = read(ends[0], &why, sizeof why)) < 0 && errno == EINTR) continue;
    close(ends[0]);
    if (id > 0 && got != (ssize_t)sizeof why) return id;
    if (id > 0) program_wait(id);
    error_set(e, LOOM_E_IO,
              why == ENOENT ? "install it, or put its directory in PATH" : io_todo(why, IO_USER),
              "cannot run '%s' in '%s': %s", p->argv[0], p->directory ? p->directory : ".",
              strerror(why));
    return -1;
}

bool program_is_there(const char *name)
{
    assert(*name && !strchr(name, '/'));
    const char *at = getenv("PATH");
    char path[PATH_MAX];
    while (at && *at) {
        size_t n = strcspn(at, ":");
        int length = snprintf(path, sizeof path, "%.*s/%s", (int)n, at, name);
        if (n && length < (int)sizeof path && !access(path, X_OK)) return true;
        at += n + (at[n] == ':');
    }
    return false;
}

int program_wait(pid_t id)
{
    assert(id > 0);
    int status = 0;
    while (waitpid(id, &status, 0) < 0 && errno == EINTR) continue;
    return status;
}

void program_end_text(int status, char *out, size_t size)
{
    assert(out && size);
    if (WIFSIGNALED(status)) snprintf(out, size, "was ended by %s", signal_name(WTERMSIG(status)));
    else snprintf(out, size, "ended with exit status %d", WEXITSTATUS(status));
}
