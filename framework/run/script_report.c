/* run/script_report.c - see script_report.h */
#include "run/script_report.h"
#include "base/io_error.h"
#include "base/number.h"
#include "run/script_folder.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- one line -------------------------------------------------------------------------------- */

static bool is_param(const loom_op *op, const char *name)
{
    for (const loom_param *row = op->params; row && row->name; row++)
        if (!strcmp(row->name, name)) return true;
    return false;
}

/* "WHERE TEXT": cuts the first word off; NULL for "-". */
static const char *take_place(char **rest)
{
    char *word = *rest, *blank = strchr(word, ' ');
    if (blank) *blank = 0;
    *rest = blank ? blank + 1 : word + strlen(word);
    return strcmp(word, "-") != 0 ? word : NULL;
}

static void on_line(script_report *r, char *line)
{
    assert(r->call && r->op);
    const loom_host *h = r->call->host;
    char *rest = strchr(line, ' ');
    double done;
    if (rest) *rest++ = 0;
    else rest = line + strlen(line);
    if (!strcmp(line, "progress") && number_read(rest, &done)) h->progress(r->call, done, 1);
    else if (!strcmp(line, "note")) h->note(r->call, "%s", rest);
    else if (!strcmp(line, "warn")) {
        const char *where = take_place(&rest);
        h->warn(r->call, where, "%s", rest);
    } else if (!strcmp(line, "fail")) {
        const char *where = take_place(&rest);
        r->failed = true;
        h->fail(r->call, where && is_param(r->op, where) ? LOOM_E_PARAM : LOOM_E_DATA, where, "%s",
                rest);
    } else if (*line) {
        r->failed = true;
        h->fail(r->call, LOOM_E_BUG, NULL,
                "the program reported '%s %s', expected progress, note, warn or fail", line, rest);
    }
}

static void on_error_line(script_report *r, const char *line)
{
    if (!line[strspn(line, " \t")]) return;
    snprintf(r->last, sizeof r->last, "%s", line);
    r->call->host->note(r->call, "%s", line);
}

/* ---- bytes to lines -------------------------------------------------------------------------- */

static void end_line(script_report *r, script_line *l)
{
    assert(l->length < sizeof l->text);
    l->text[l->length] = 0;
    l->length = 0;
    if (l == &r->line) on_line(r, l->text);
    else on_error_line(r, l->text);
}

static void take_bytes(script_report *r, script_line *l, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool end = bytes[i] == '\n' || bytes[i] == '\r';
        if (!end && l->length + 1 < sizeof l->text)
            l->text[l->length++] = bytes[i] ? bytes[i] : ' ';
        else if (end) end_line(r, l);
    }
}

static void read_some(script_report *r, int *fd, script_line *l)
{
    assert(l == &r->line || l == &r->error_line);
    char some[4096];
    ssize_t n;
    while (*fd >= 0 && (n = read(*fd, some, sizeof some)) != 0) {
        if (n > 0) take_bytes(r, l, some, (size_t)n);
        else if (errno != EINTR) return; /* nothing more for now */
    }
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

void script_report_read(script_report *r)
{
    read_some(r, &r->lines, &r->line);
    read_some(r, &r->errors, &r->error_line);
}

void script_report_end(script_report *r)
{
    if (r->line.length) end_line(r, &r->line);
    if (r->error_line.length) end_line(r, &r->error_line);
}

/* ---- beginning and end ----------------------------------------------------------------------- */

bool script_report_open(script_report *r, loom_call *call, const loom_op *op, const char *folder,
                        int *errors, error *e)
{
    assert(call && op && errors);
    char path[SCRIPT_FOLDER_PATH + 16];
    int ends[2];
    *r = (script_report){ .call = call, .op = op, .lines = -1, .errors = -1 };
    snprintf(path, sizeof path, "%s/report", folder);
    /* for reading and writing: it never comes to its end while it is open here */
    if (mkfifo(path, 0600) || (r->lines = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0)
        return io_error(e, errno, IO_USER, "make", path);
    if (pipe2(ends, O_CLOEXEC)) {
        io_error(e, errno, IO_USER, "make a pipe for", op->id);
        script_report_close(r);
        return false;
    }
    r->errors = ends[0];
    *errors = ends[1];
    fcntl(r->errors, F_SETFL, O_NONBLOCK);
    return true;
}

void script_report_close(script_report *r)
{
    if (r->lines >= 0) close(r->lines);
    if (r->errors >= 0) close(r->errors);
    r->lines = r->errors = -1;
}
