/* cli/print.c - see print.h */
#include "cli/print.h"
#include "base/io_error.h"
#include "base/json.h"
#include "base/show.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool cli_terminal(FILE *stream)
{
    const char *terminal = getenv("TERM");
    return isatty(fileno(stream)) && terminal && *terminal && strcmp(terminal, "dumb") != 0;
}

bool cli_colour(FILE *stream)
{
    const char *no = getenv("NO_COLOR");
    return cli_terminal(stream) && !(no && *no);
}

void cli_put(FILE *stream, text *t)
{
    if (t->length) fwrite(t->data, 1, t->length, stream);
    fflush(stream);
    text_free(t);
}

/* ---- messages -------------------------------------------------------------------------------- */

/* "atomloom: error: " in the colour of `kind`, and what follows it. */
static void message(const char *kind, const char *on, const char *line, text *out)
{
    assert(kind && line);
    bool colour = cli_colour(stderr);
    text_printf(out, "atomloom: %s%s:%s ", colour ? on : "", kind, colour ? "\033[0m" : "");
    show_line(out, line, strlen(line));
    text_putc(out, '\n');
}

int cli_report(const error *e)
{
    assert(e->status != LOOM_OK);
    text t = { 0 };
    message("error", "\033[1;31m", e->message, &t);
    if (*e->todo) {
        text_puts(&t, "    hint: ");
        show_line(&t, e->todo, strlen(e->todo));
        text_putc(&t, '\n');
    }
    cli_put(stderr, &t);
    return status_exit(e->status);
}

int cli_fail(loom_status status, const char *todo, const char *format, ...)
{
    assert(status != LOOM_OK);
    error e = { 0 };
    va_list args;
    va_start(args, format);
    error_vset(&e, status, NULL, todo, format, args);
    va_end(args);
    return cli_report(&e);
}

void cli_warn(const char *format, ...)
{
    text line = { 0 }, t = { 0 };
    va_list args;
    va_start(args, format);
    text_vprintf(&line, format, args);
    va_end(args);
    message("warning", "\033[1;35m", line.data ? line.data : "", &t);
    text_free(&line);
    cli_put(stderr, &t);
}

static void print_line(FILE *stream, const char *format, va_list args)
{
    text line = { 0 }, t = { 0 };
    text_vprintf(&line, format, args);
    show_line(&t, line.data ? line.data : "", line.length);
    text_putc(&t, '\n');
    text_free(&line);
    cli_put(stream, &t);
}

void cli_say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_line(stderr, format, args);
    va_end(args);
}

void cli_line(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_line(stdout, format, args);
    va_end(args);
}

/* ---- results --------------------------------------------------------------------------------- */

int cli_print(text *t)
{
    text shown = { 0 };
    show_lines(&shown, t->data ? t->data : "", t->length);
    bool whole = !t->failed && !shown.failed;
    text_free(t);
    cli_put(stdout, &shown);
    if (!whole)
        return cli_fail(LOOM_E_MEMORY, "close other programs",
                        "out of memory for the text to print");
    if (!ferror(stdout)) return 0;
    return cli_fail(LOOM_E_IO, errno ? io_todo(errno, IO_USER) : "check where the output goes",
                    "cannot write to standard output: %s", strerror(errno));
}

int cli_print_json(json_t *value)
{
    text t = { 0 };
    char *s =
        value ? json_dumps(value, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15))
              : NULL;
    json_decref(value);
    if (!s)
        return cli_fail(LOOM_E_MEMORY, "close other programs",
                        "out of memory for the JSON to print");
    json_escape(&t, s);
    text_putc(&t, '\n');
    free(s);
    return cli_print(&t);
}
