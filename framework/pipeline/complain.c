/* pipeline/complain.c - diagnostics: kept in order of place, printed as compilers print them. */
#include "pipeline/reader.h"
#include "base/show.h"
#include "base/utf8.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DIAGNOSTICS = 1000, WIDEST_LINE = 160 };

const source *source_of(const reader *r, place at)
{
    for (int i = 0; i < r->file_count; i++)
        if (r->files[i].from.path == at.file) return &r->files[i].from;
    return NULL;
}

const char *say(reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *s = arena_vprintf(r->memory, format, args);
    va_end(args);
    return s;
}

const char *keep(reader *r, const char *s) { return s ? arena_text(r->kept, s, strlen(s)) : NULL; }

const char *suggest(reader *r, const char *word, const char *const *known, int n, const char *label)
{
    assert(word && (known || !n));
    int near = nearest_word(word, known, n);
    if (near >= 0) return say(r, "did you mean '%s'?", known[near]);
    if (!n) return NULL;
    text all = { 0 };
    for (int i = 0; i < n && i < 30; i++) text_printf(&all, "%s%s", i ? ", " : "", known[i]);
    if (n > 30) text_printf(&all, ", ... (%d in all)", n);
    const char *s = say(r, "%s: %s", label, all.data ? all.data : "");
    text_free(&all);
    return s;
}

static const char *line_of(const reader *r, place at, arena *memory)
{
    assert(memory);
    const source *s = source_of(r, at);
    if (!s || at.line < 1 || at.line > s->line_count) return NULL;
    size_t start = s->line[at.line - 1], end = s->line[at.line] - 1;
    if (end > start && s->text[end - 1] == '\r') end--;
    return arena_text(memory, s->text + start, end - start);
}

/* The text of a --set, --var or --sweep stands in `file` after its name: "--set recon.op=x". */
static diagnostic *add(reader *r, span at)
{
    diagnostics *d = r->diagnostics;
    if (d->count == MAX_DIAGNOSTICS) return NULL;
    if (d->count == d->room) {
        int room = d->room ? 2 * d->room : 16;
        diagnostic *item = realloc(d->item, (size_t)room * sizeof *item);
        if (!item) longjmp(*r->memory->unwind, 1);
        d->item = item;
        d->room = room;
    }
    arena *memory = d->memory;
    const source *s = source_of(r, at.at);
    /* "--set recon.op=x": the option, then what was given */
    const char *given = s ? NULL : strchr(at.at.file, ' ');
    diagnostic *item = &d->item[d->count++];
    *item = (diagnostic){ .at = at.at, .length = at.length > 0 ? at.length : 1 };
    item->at.file =
        arena_text(memory, at.at.file, given ? (size_t)(given - at.at.file) : strlen(at.at.file));
    item->source =
        given ? arena_text(memory, given + 1, strlen(given + 1)) : line_of(r, at.at, memory);
    return item;
}

/* Does a diagnostic stand where `at` does? What was given on the command line is its source. */
static bool is_at(const diagnostic *d, place at)
{
    assert(d->at.file && at.file);
    const char *given = at.line ? NULL : strchr(at.file, ' ');
    size_t n = given ? (size_t)(given - at.file) : strlen(at.file);
    return d->at.line == at.line && d->at.column == at.column && !strncmp(d->at.file, at.file, n)
           && !d->at.file[n] && (!given || !strcmp(d->source, given + 1));
}

static bool told_already(const diagnostics *d, place at, const char *message)
{
    for (int i = d->count - 1; i >= 0 && i >= d->count - 64;
         i--) /* one file used twice, one part at many points: close together */
        if (is_at(&d->item[i], at) && !strcmp(d->item[i].message, message)) return true;
    return false;
}

static void tell(reader *r, span at, bool warning, const char *hint, const char *format,
                 va_list args)
{
    arena *memory = r->diagnostics->memory;
    char *message = arena_vprintf(memory, format, args);
    r->errors += !warning;
    if (told_already(r->diagnostics, at.at, message)) return;
    diagnostic *item = add(r, at);
    if (!item) return;
    item->warning = warning;
    item->message = message;
    item->hint = hint ? arena_text(memory, hint, strlen(hint)) : NULL;
}

void complain(reader *r, span at, const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(r, at, false, hint, format, args);
    va_end(args);
}

void warn(reader *r, span at, const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tell(r, at, true, hint, format, args);
    va_end(args);
}

static int compare(const void *a, const void *b)
{
    const diagnostic *x = a, *y = b;
    int file = strcmp(x->at.file, y->at.file);
    if (file) return file;
    if (x->at.line != y->at.line) return x->at.line < y->at.line ? -1 : 1;
    if (x->at.column != y->at.column) return x->at.column < y->at.column ? -1 : 1;
    return strcmp(x->message, y->message);
}

void diagnostics_sort(reader *r)
{
    diagnostics *d = r->diagnostics;
    if (d->count) qsort(d->item, (size_t)d->count, sizeof *d->item, compare);
}

/* ---- printing -------------------------------------------------------------------------------- */

/* The characters of a line that are shown: [from, end), of `length` bytes each. */
typedef struct window {
    const char *line;
    size_t bytes;
    int column, length;      /* of the mark */
    int shown, mark, marked; /* columns: shown so far, where the mark begins, how long it is */
} window;

/* One character, and how many columns it takes when it is shown; a tab takes one. */
static size_t show_character(window *w, size_t at, int column, text *out)
{
    assert(at < w->bytes);
    size_t n = utf8_read(w->line + at, w->bytes - at, NULL), before = out->length;
    if (!n) n = 1;
    if (w->line[at] == '\t') text_putc(out, ' ');
    else show_line(out, w->line + at, n);
    int columns = utf8_count(out->data + before, out->length - before);
    if (column == w->column) w->mark = w->shown;
    if (column >= w->column && column < w->column + w->length) w->marked += columns;
    w->shown += columns;
    return n;
}

/* The line and, under the marked part, ^~~~. A very long line is cut to what surrounds the mark. */
static void print_line(const char *line, int column, int length, const char *mark_on,
                       const char *mark_off, text *out)
{
    window w = { .line = line, .bytes = strlen(line), .column = column, .length = length };
    int total = utf8_count(line, w.bytes), first = 1;
    if (w.column < 1 || w.column > total + 1) w.column = 1;
    if (total > WIDEST_LINE && w.column > WIDEST_LINE / 2) first = w.column - WIDEST_LINE / 2 + 1;
    text_puts(out, first > 1 ? "    ..." : "    ");
    w.shown = w.mark = first > 1 ? 7 : 4;
    size_t at = 0;
    int k = 1;
    for (; at < w.bytes && k < first + WIDEST_LINE; k++) {
        size_t n = utf8_read(line + at, w.bytes - at, NULL);
        at += k < first ? n ? n : 1 : show_character(&w, at, k, out);
    }
    if (w.column == k) w.mark = w.shown; /* behind the last character */
    text_printf(out, "%s\n%*s%s^", at < w.bytes ? "..." : "", w.mark, "", mark_on);
    for (int i = 1; i < w.marked; i++) text_putc(out, '~');
    text_printf(out, "%s\n", mark_off);
}

static void shown(text *out, const char *s) { show_line(out, s, strlen(s)); }

static void print_one(const diagnostic *d, bool colour, text *out)
{
    assert(d->length > 0 && d->message);
    const char *bold = colour ? "\033[1m" : "", *kind = !colour      ? ""
                                                        : d->warning ? "\033[1;35m"
                                                                     : "\033[1;31m";
    const char *green = colour ? "\033[1;32m" : "", *off = colour ? "\033[0m" : "";
    text_puts(out, bold);
    shown(out, d->at.file);
    text_puts(out, ":");
    if (d->at.line > 0) text_printf(out, "%d:%d:", d->at.line, d->at.column);
    text_printf(out, " %s%s:%s %s", kind, d->warning ? "warning" : "error", off, bold);
    shown(out, d->message);
    text_printf(out, "%s\n", off);
    if (d->source) print_line(d->source, d->at.column, d->length, green, off, out);
    if (!d->hint) return;
    text_puts(out, "    hint: ");
    shown(out, d->hint);
    text_putc(out, '\n');
}

void diagnostics_print(const diagnostics *d, bool colour, text *out)
{
    for (int i = 0; i < d->count; i++) print_one(&d->item[i], colour, out);
    if (d->count == MAX_DIAGNOSTICS)
        text_printf(out, "only the first %d problems are shown\n", MAX_DIAGNOSTICS);
}

void diagnostics_free(diagnostics *d)
{
    free(d->item);
    arena_free(d->memory);
    *d = (diagnostics){ 0 };
}

/* One line of a file, without its end; owned; NULL where it cannot be had. */
static char *read_line(const char *path, int line)
{
    FILE *f = line > 0 ? fopen(path, "r") : NULL;
    char *s = NULL;
    size_t room = 0;
    ssize_t n = -1;
    for (int i = 0; f && i < line; i++)
        if ((n = getline(&s, &room, f)) < 0) break;
    if (f) fclose(f);
    if (n < 0) {
        free(s);
        return NULL;
    }
    s[strcspn(s, "\r\n")] = 0;
    return s;
}

/* Characters of the word that begins at a column. */
static int word_length(const char *line, int column)
{
    assert(line);
    size_t at = 0, bytes = strlen(line);
    for (int k = 1; k < column && at < bytes; k++) {
        size_t n = utf8_read(line + at, bytes - at, NULL);
        at += n ? n : 1;
    }
    return utf8_count(line + at, strcspn(line + at, " ,]}\t"));
}

void place_print(place at, bool warning, const char *message, const char *hint, bool colour,
                 text *out)
{
    const char *given = at.file && !at.line ? strchr(at.file, ' ') : NULL; /* "--set recon.op=x" */
    char *option = given ? strndup(at.file, (size_t)(given - at.file)) : NULL;
    char *line = option ? strdup(given + 1) : at.file ? read_line(at.file, at.line) : NULL;
    diagnostic d = { .at = at,
                     .length = line ? word_length(line, at.column) : 1,
                     .message = (char *)(uintptr_t)message,
                     .warning = warning,
                     .hint = (char *)(uintptr_t)hint,
                     .source = line };
    d.at.file = option ? option : at.file ? at.file : "atomloom";
    print_one(&d, colour, out);
    free(line);
    free(option);
}
