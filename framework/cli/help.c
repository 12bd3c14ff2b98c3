/* cli/help.c - the texts of `--help` and of the overview, see options.h */
#include "cli/options.h"
#include <assert.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { OPTION_COLUMN = 30, COMMAND_COLUMN = 16 };

/* Columns a text takes on a terminal: bytes of UTF-8 that continue a character take none. */
static int columns(const char *s, size_t bytes)
{
    assert(s || !bytes);
    int n = 0;
    for (size_t i = 0; i < bytes; i++) n += ((unsigned char)s[i] & 0xc0) != 0x80;
    return n;
}

static void blanks(text *out, int n)
{
    while (n-- > 0) text_putc(out, ' ');
}

int cli_width(void)
{
    enum { LEAST = 60, USUAL = 80, MOST = 110 /* longer lines are hard to read */ };
    struct winsize w;
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || !w.ws_col)
        return USUAL;
    return w.ws_col < LEAST ? LEAST : w.ws_col > MOST ? MOST : w.ws_col;
}

void cli_wrap(text *out, const char *s, int indent, int width)
{
    assert(indent >= 0 && width > indent);
    int at = indent;
    while (*s) {
        if (*s == '\n') {
            text_putc(out, '\n');
            at = 0;
            for (s++; *s == '\n'; s++) text_putc(out, '\n');
            continue;
        }
        size_t word = strcspn(s, " \n");
        while (s[word] == ' ' && s[word + 1] && strchr("-+*#", s[word + 1]) && s[word + 2] == ' ')
            word += 2; /* a sign at the start of a line would begin a list in Markdown */
        int w = columns(s, word);
        if (at && at > indent && at + 1 + w > width) {
            text_putc(out, '\n');
            at = 0;
        }
        if (!at) {
            blanks(out, indent);
            at = indent;
        } else if (at > indent) {
            text_putc(out, ' ');
            at++;
        }
        text_add(out, s, word);
        at += w;
        s += word;
        s += strspn(s, " ");
    }
    text_putc(out, '\n');
}

/* "  head        body", the body wrapped from its column on. */
static void entry(text *out, const char *head, const char *body, int column)
{
    assert(column > 2);
    int n = 2 + columns(head, strlen(head));
    text_printf(out, "  %s", head);
    if (n + 2 > column) {
        text_putc(out, '\n');
        n = 0;
    }
    blanks(out, column - n);
    cli_wrap(out, body, column, cli_width());
}

void cli_synopsis(const cli_command *c, text *out)
{
    text_puts(out, c->name);
    for (const cli_operand *o = c->operands; o && o->name; o++)
        text_printf(out, " %s%s%s%s", o->optional ? "[" : "", o->name, o->repeat ? "..." : "",
                    o->optional ? "]" : "");
    if (c->options && c->options->name) text_puts(out, " [options]");
}

static void option_help(text *out, const cli_option *o)
{
    text head = { 0 }, body = { 0 };
    if (o->letter) text_printf(&head, "-%c, ", o->letter);
    else text_puts(&head, "    ");
    text_printf(&head, "--%s%s%s", o->name, o->argument ? " " : "", o->argument ? o->argument : "");
    text_puts(&body, o->doc);
    if (o->words) text_printf(&body, "; possible: %s", o->words);
    if (o->otherwise) text_printf(&body, " (otherwise: %s)", o->otherwise);
    if (o->repeat) text_puts(&body, "; may be repeated");
    if (o->example) text_printf(&body, "\n%s", o->example);
    if (head.data && body.data) entry(out, head.data, body.data, OPTION_COLUMN);
    text_free(&head);
    text_free(&body);
}

void cli_help(const cli_command *c, text *out)
{
    text_puts(out, "usage: atomloom ");
    cli_synopsis(c, out);
    text_puts(out, "\n\n");
    cli_wrap(out, c->description, 0, cli_width());
    if (c->operands && c->operands->name) text_putc(out, '\n');
    for (const cli_operand *o = c->operands; o && o->name; o++)
        entry(out, o->name, o->doc, OPTION_COLUMN);
    text_puts(out, "\nOptions:\n");
    for (const cli_option *o = c->options; o && o->name; o++) option_help(out, o);
    entry(out, "-h, --help", "this text", OPTION_COLUMN);
    text_puts(out, "\nExamples:\n");
    for (const cli_example *x = c->examples; x->line; x++) {
        text_printf(out, "  %s\n      ", x->line);
        cli_wrap(out, x->doc, 6, cli_width());
    }
    text_puts(
        out,
        "\nExit status: 0 done; 1 a node failed; 2 the pipeline or the command line is wrong;\n"
        "3 the environment is wrong; 130 interrupted; 70 a bug.\n");
}

void cli_overview(text *out, const char *family)
{
    size_t n = strlen(family);
    text_puts(out,
              "atomloom runs pipelines of ops, keeps every value, and computes nothing twice.\n\n");
    text_printf(out, "usage: atomloom %s%sCOMMAND ...\n", family, n ? " " : "");
    const char *group = "";
    for (const cli_command *const *c = cli_commands; *c; c++) {
        if (n && (strncmp((*c)->name, family, n) != 0 || (*c)->name[n] != ' ')) continue;
        if (strcmp(group, (*c)->group) != 0) text_printf(out, "\n%s:\n", group = (*c)->group);
        entry(out, (*c)->name, (*c)->summary, COMMAND_COLUMN);
    }
    text_printf(out, "\n`atomloom %s%sCOMMAND --help` explains a command, with examples.\n", family,
                n ? " " : "");
    if (!n) text_puts(out, "Start with: atomloom run pipelines/quickstart.yaml\n");
}
