/* cli/man.c - the manual page, from the same tables as --help, see options.h */
#include "cli/options.h"
#include <string.h>

/* Text of a page: backslashes and hyphens escaped, no line that begins with a control character. */
static void roff(text *out, const char *s)
{
    bool start = true;
    for (; *s; s++) {
        if (start && (*s == '.' || *s == '\'')) text_puts(out, "\\&");
        start = *s == '\n';
        if (*s == '\n' && s[1] == '\n') {
            text_puts(out, "\n.PP\n");
            while (s[1] == '\n') s++;
        } else if (*s == '\\') text_puts(out, "\\e");
        else if (*s == '-') text_puts(out, "\\-");
        else text_putc(out, *s);
    }
    text_putc(out, '\n');
}

static void option_entry(text *out, const cli_option *o)
{
    text_puts(out, ".TP\n");
    if (o->letter) text_printf(out, "\\fB\\-%c\\fR, ", o->letter);
    text_puts(out, "\\fB\\-\\-");
    for (const char *c = o->name; *c; c++) text_printf(out, "%s%c", *c == '-' ? "\\" : "", *c);
    text_puts(out, "\\fR");
    if (o->argument) text_printf(out, " \\fI%s\\fR", o->argument);
    text_putc(out, '\n');
    text body = { 0 };
    text_puts(&body, o->doc);
    if (o->words) text_printf(&body, "; possible: %s", o->words);
    if (o->otherwise) text_printf(&body, " (otherwise: %s)", o->otherwise);
    if (o->repeat) text_puts(&body, "; may be repeated");
    if (o->example) text_printf(&body, "; example: %s", o->example);
    if (body.data) roff(out, body.data);
    text_free(&body);
}

static void command_section(text *out, const cli_command *c)
{
    text synopsis = { 0 };
    cli_synopsis(c, &synopsis);
    text_puts(out, ".SS atomloom ");
    if (synopsis.data) roff(out, synopsis.data);
    roff(out, c->description);
    for (const cli_operand *o = c->operands; o && o->name; o++) {
        text_printf(out, ".TP\n\\fI%s\\fR\n", o->name);
        roff(out, o->doc);
    }
    for (const cli_option *o = c->options; o && o->name; o++) option_entry(out, o);
    for (const cli_example *x = c->examples; x->line; x++) {
        text_puts(out, ".PP\nExample: ");
        roff(out, x->doc);
        text_puts(out, ".PP\n.in +4n\n.nf\n");
        roff(out, x->line);
        text_puts(out, ".fi\n.in\n");
    }
    text_free(&synopsis);
}

void cli_man(text *out)
{
    text_printf(out,
                ".\\\" made by `atomloom help --man` from the option tables\n.TH ATOMLOOM 1 \"\" "
                "\"atomloom %s\" \"User Commands\"\n",
                ATOMLOOM_VERSION);
    text_puts(
        out,
        ".SH NAME\natomloom \\- run pipelines of ops, keep every value, compute nothing twice\n"
        ".SH SYNOPSIS\n\\fBatomloom\\fR \\fICOMMAND\\fR [\\fIoperands\\fR] [\\fIoptions\\fR]\n.SH "
        "DESCRIPTION\n");
    roff(out,
         "atomloom loads ops from plugins, connects them as a YAML file describes, runs what has "
         "not been computed yet in worker processes on all cores, and keeps every value in a "
         "store, named by its content.");
    text_puts(out, ".SH COMMANDS\n");
    for (const cli_command *const *c = cli_commands; *c; c++) command_section(out, *c);
    text_puts(out, ".SH EXIT STATUS\n");
    static const char *const statuses[][2] = {
        { "0", "done" },
        { "1", "a node failed" },
        { "2", "the pipeline or the command line is wrong" },
        { "3", "the environment is wrong: a file, the store, memory, a plugin" },
        { "70", "a bug of atomloom or of an op" },
        { "130", "interrupted" },
    };
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        text_printf(out, ".TP\n%s\n", statuses[i][0]);
        roff(out, statuses[i][1]);
    }
    text_puts(out, ".SH ENVIRONMENT\n");
    static const char *const variables[][2] = {
        { "ATOMLOOM_STORE",
          "directory of the store, where --store is not given; otherwise $XDG_CACHE_HOME/atomloom, "
          "otherwise "
          "~/.cache/atomloom" },
        { "ATOMLOOM_PLUGIN_PATH",
          "absolute directories of plugins, separated by colons; searched after --plugin-dir and "
          "before the built-in directory" },
        { "NO_COLOR", "where set, messages are not coloured" },
    };
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        text_printf(out, ".TP\n.B %s\n", variables[i][0]);
        roff(out, variables[i][1]);
    }
}
