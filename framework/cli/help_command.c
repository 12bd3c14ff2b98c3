/* cli/help_command.c - `atomloom help` and `atomloom completion`: what the option tables say, in
 * other forms. */
#include "cli/commands.h"
#include "cli/common.h"
#include <string.h>

/* docs/errors.md: the statuses of an op and of the program, from the one list in op.h. */
static void statuses(text *out)
{
    text_puts(
        out,
        "# Statuses\n\nMade by `bash docs/update.sh` from the list in `atomloom/op.h`; do "
        "not edit. An op returns\none of these; the program ends with the exit status of "
        "the error, or with 1 when nodes of a run\nfailed.\n\n| status | exit status | meaning "
        "|\n|---|---|---|\n");
    for (int i = 0; i < LOOM_STATUS_COUNT; i++)
        text_printf(out, "| `LOOM_%s` | %d | %s |\n", status_name((loom_status)i),
                    status_exit((loom_status)i), status_text((loom_status)i));
}

static int run_help(const cli_args *args)
{
    text t = { 0 };
    error e = { 0 };
    int used;
    if (cli_has(args, "man")) cli_man(&t);
    else if (cli_has(args, "statuses")) statuses(&t);
    else if (!args->operand_count) cli_overview(&t, "");
    else if (args->operand_count == 1 && cli_is_family(args->operand[0]))
        cli_overview(&t, args->operand[0]);
    else {
        const cli_command *c = cli_find(args->operand, args->operand_count, &used, &e);
        if (!c) return cli_report(&e);
        cli_help(c, &t);
    }
    return cli_print(&t);
}

const cli_command command_help = {
    .name = "help",
    .group = "This installation",
    .summary = "explain a command, or list them all",
    .run = run_help,
    .description =
        "Prints what `--help` of a command prints; without a command, the list of all commands.",
    .operands = (const cli_operand[]){ { .name = "COMMAND",
                                         .doc = "the command, in one or two words",
                                         .optional = true,
                                         .repeat = true,
                                         .complete = COMPLETE_COMMAND },
                                       { 0 } },
    .options =
        (const cli_option[]){
            { .name = "man", .doc = "print the manual page (roff) of the whole program" },
            { .name = "statuses",
              .doc = "print a table of the statuses of ops and their exit statuses" },
            { 0 } },
    .examples = (const cli_example[]){ { "atomloom help run", "options of `atomloom run`" },
                                       { "atomloom help --man > atomloom.1 && man -l atomloom.1",
                                         "read the manual page" },
                                       { 0 } },
};

static int run_completion(const cli_args *args)
{
    text t = { 0 };
    cli_completion(cli_operand_at(args, 0), &t);
    return cli_print(&t);
}

const cli_command command_completion = {
    .name = "completion",
    .group = "This installation",
    .summary = "print a completion script for bash, zsh or fish",
    .run = run_completion,
    .description = "Commands, options, op names and files are then completed with the TAB key.",
    .operands = (const cli_operand[]){ { .name = "SHELL",
                                         .doc = "bash, zsh or fish",
                                         .words = "bash zsh fish",
                                         .complete = COMPLETE_WORDS },
                                       { 0 } },
    .examples =
        (const cli_example[]){
            { "source <(atomloom completion bash)", "in ~/.bashrc" },
            { "atomloom completion fish > ~/.config/fish/completions/atomloom.fish", "for fish" },
            { 0 } },
};
