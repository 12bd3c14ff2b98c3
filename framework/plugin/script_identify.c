/* plugin/script_identify.c - what an op's program depends on besides its files; see script.h */
#include "base/clock.h"
#include "base/io_error.h"
#include "base/program.h"
#include "base/text.h"
#include "plugin/script.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_PRINTED = 64 << 10 };

/* Up to its end; false where it takes too long or prints too much. */
static bool read_printed(int fd, text *out)
{
    assert(fd >= 0);
    double deadline = monotonic_s() + SCRIPT_IDENTIFY_LIMIT_S;
    char some[4096];
    for (;;) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int left_ms = (int)((deadline - monotonic_s()) * 1000),
            ready = left_ms > 0 ? poll(&p, 1, left_ms) : 0;
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) return false;
        ssize_t n = read(fd, some, sizeof some);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return true;
        text_add(out, some, (size_t)n);
        if (out->length > MAX_PRINTED) return false;
    }
}

/* The last line of what it said as an error, for a message. */
static const char *last_line(int fd, text *t)
{
    char some[4096];
    off_t size = lseek(fd, 0, SEEK_END);
    ssize_t n = size < 0 ? 0
                         : pread(fd, some, sizeof some,
                                 size > (off_t)sizeof some ? size - (off_t)sizeof some : 0);
    text_add(t, some, n > 0 ? (size_t)n : 0);
    while (t->length && strchr("\n\r ", t->data[t->length - 1])) t->data[--t->length] = 0;
    const char *line = t->length ? strrchr(t->data, '\n') : NULL;
    return line ? line + 1 : t->length ? t->data : "it says nothing";
}

static bool refuse(const script *s, const char *how, int errors, error *e)
{
    assert(s->identify);
    text said = { 0 };
    error_set(e, LOOM_E_IO,
              "make its program and libraries available here; `identify` of its description "
              "says what is run",
              "the op %s cannot be identified: %s %s: %s", s->op.id, s->identify[0], how,
              last_line(errors, &said));
    text_free(&said);
    return false;
}

static bool identify(const script *s, error *e)
{
    assert(s->identify);
    int ends[2], errors = memfd_create("errors", MFD_CLOEXEC);
    char how[64];
    text printed = { 0 };
    if (errors < 0 || pipe2(ends, O_CLOEXEC)) {
        error_set(e, LOOM_E_IO, io_todo(errno, IO_USER), "cannot make a pipe: %s", strerror(errno));
        if (errors >= 0) close(errors);
        return false;
    }
    program p = { s->identify, s->directory, -1, ends[1], errors, NULL };
    pid_t id = program_start(&p, e);
    close(ends[1]);
    bool whole = id > 0 && read_printed(ends[0], &printed);
    close(ends[0]);
    if (id < 0) {
        close(errors);
        return false;
    }
    if (!whole) kill(id, SIGKILL);
    int status = program_wait(id);
    program_end_text(status, how, sizeof how);
    bool good =
        whole && WIFEXITED(status) && !WEXITSTATUS(status) && printed.length && !printed.failed;
    if (good) s->identity->of = sha256_of(printed.data, printed.length);
    else refuse(s, whole ? how : "did not end in time, or printed too much", errors, e);
    close(errors);
    s->identity->known = good;
    text_free(&printed);
    return good;
}

bool script_identify(const script *s, digest *out, error *e)
{
    if (!s->identity->known && !identify(s, e)) return false;
    *out = s->identity->of;
    return true;
}
