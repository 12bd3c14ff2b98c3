/* run/script_run.c - see script_run.h */
#include "run/script_run.h"
#include "base/clock.h"
#include "base/io_error.h"
#include "base/program.h"
#include "run/host.h"
#include "run/script_call.h"
#include "run/script_folder.h"
#include "run/script_report.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const double patience_s = 2; /* from SIGTERM to SIGKILL */
enum { LOOK_MS = 20 };              /* how often a request to stop is looked for */

/* ---- starting -------------------------------------------------------------------------------- */

/* The description of the call as a file: a program that does not read it harms nobody. */
static int open_input(const char *folder, const text *call, error *e)
{
    assert(call->data && call->length);
    char path[SCRIPT_FOLDER_PATH + 16];
    snprintf(path, sizeof path, "%s/call.json", folder);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && write(fd, call->data, call->length) == (ssize_t)call->length
        && !lseek(fd, 0, SEEK_SET))
        return fd;
    io_error(e, errno, IO_USER, "write", path);
    if (fd >= 0) close(fd);
    return -1;
}

/* The same result on every machine, and no more threads than are given. */
static pid_t start(const script *s, int threads, const char *folder, int input, int errors,
                   error *e)
{
    assert(threads > 0);
    static const char *const names[] = { "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
                                         "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS",
                                         "JULIA_NUM_THREADS" };
    enum { NAMES = sizeof names / sizeof *names };
    char value[NAMES][48], place[SCRIPT_FOLDER_PATH + 16];
    const char *environment[NAMES + 5] = { "LC_ALL=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1",
                                           "PYTHONHASHSEED=0", place };
    for (int i = 0; i < NAMES; i++) {
        snprintf(value[i], sizeof value[i], "%s=%d", names[i], threads);
        environment[4 + i] = value[i];
    }
    snprintf(place, sizeof place, "TMPDIR=%s", folder);
    const program p = { .argv = s->run,
                        .directory = s->directory,
                        .input = input,
                        .output = STDOUT_FILENO,
                        .errors = errors,
                        .environment = environment };
    return program_start(&p, e);
}

/* ---- while it runs --------------------------------------------------------------------------- */

/* Until it has ended: its status. Two requests to stop: SIGTERM, then SIGKILL. */
static int wait_for(loom_call *call, pid_t id, script_report *report, bool *stopped)
{
    assert(id > 0 && !*stopped);
    double asked = 0;
    int status = 0, ended = (int)syscall(SYS_pidfd_open, id, 0);
    while (waitpid(id, &status, WNOHANG) != id) {
        if (!*stopped && call->host->cancelled(call)) {
            *stopped = true;
            asked = monotonic_s();
            kill(id, SIGTERM);
        } else if (*stopped && monotonic_s() - asked > patience_s) kill(id, SIGKILL);
        struct pollfd p[] = { { .fd = ended, .events = POLLIN },
                              { .fd = report->errors, .events = POLLIN },
                              { .fd = report->lines, .events = POLLIN } };
        poll(p, 3, LOOK_MS);
        script_report_read(report);
    }
    if (ended >= 0) close(ended);
    script_report_read(report);
    script_report_end(report);
    return status;
}

/* False after reporting. */
static bool explain_end(loom_call *call, const script *s, int status, const script_report *report)
{
    const loom_host *h = call->host;
    char how[64];
    if (WIFEXITED(status) && !WEXITSTATUS(status)) return true;
    program_end_text(status, how, sizeof how);
    const char *last = *report->last ? report->last : "it said nothing";
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        h->fail(call, LOOM_E_MEMORY, NULL,
                "the program %s was ended by SIGKILL, as the system does where memory runs out: %s",
                s->run[0], last);
    else
        h->fail(call, WIFSIGNALED(status) ? LOOM_E_BUG : LOOM_E_DATA, NULL, "the program %s %s: %s",
                s->run[0], how, last);
    return false;
}

/* ---- one call -------------------------------------------------------------------------------- */

static bool run_program(loom_call *call, const script *s, const text *description,
                        const script_folder *folder, error *e)
{
    script_report report;
    bool stopped = false;
    int input = open_input(folder->path, description, e), errors = -1;
    if (input < 0) return false;
    pid_t id = -1;
    if (script_report_open(&report, call, &s->op, folder->path, &errors, e)) {
        id = start(s, call->host->threads(call), folder->path, input, errors, e);
        close(errors);
        int status = id > 0 ? wait_for(call, id, &report, &stopped) : 0;
        script_report_close(&report);
        if (id > 0 && !stopped) stopped = !explain_end(call, s, status, &report);
    }
    close(input);
    return id > 0 && !stopped && !report.failed;
}

static loom_status run(loom_call *call, const void *params)
{
    const loom_op *op = host_op(call);
    const script *s = ((const script_op *)(const void *)op)->script;
    assert(op->run && s && !s->op.run);
    error e = { 0 };
    script_folder folder;
    text description = { 0 };
    if (!script_folder_make(&folder, &e))
        return call->host->fail(call, e.status, NULL, "%s; %s", e.message, e.todo);
    bool good = script_write_inputs(call, op, folder.path, &e)
                && script_describe(call, op, params, folder.path, &description, &e)
                && run_program(call, s, &description, &folder, &e)
                && script_read_outputs(call, op, folder.path, &e);
    text_free(&description);
    script_folder_remove(&folder);
    if (good) return LOOM_OK;
    if (call->host->cancelled(call)) return LOOM_E_CANCELLED;
    if (e.status == LOOM_OK) return LOOM_E_DATA; /* it has been said */
    return call->host->fail(call, e.status, *e.where ? e.where : NULL, "%s%s%s", e.message,
                            *e.todo ? "; " : "", e.todo);
}

void script_op_make(script_op *out, const script *s)
{
    assert(!s->op.run);
    *out = (script_op){ s->op, s };
    out->op.run = run;
}
