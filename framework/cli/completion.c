/* cli/completion.c - completion scripts for bash, zsh and fish, from the option tables, see
 * options.h */
#include "cli/options.h"
#include <assert.h>
#include <string.h>

/* First words of the commands, each once: "run plan ... cache". */
static void first_words(text *out)
{
    const char *last = "";
    size_t last_length = 0;
    for (const cli_command *const *c = cli_commands; *c; c++) {
        size_t n = strcspn((*c)->name, " ");
        if (n != last_length || strncmp(last, (*c)->name, n) != 0)
            text_printf(out, "%s%.*s", *last ? " " : "", (int)n, (*c)->name);
        last = (*c)->name;
        last_length = n;
    }
}

/* Second words after `first`: "ls stats gc"; empty for a command of one word. */
static void second_words(const char *first, size_t n, text *out)
{
    assert(n > 0);
    for (const cli_command *const *c = cli_commands; *c; c++)
        if (!strncmp((*c)->name, first, n) && (*c)->name[n] == ' ')
            text_printf(out, "%s%s", out->length ? " " : "", (*c)->name + n + 1);
}

static void option_words(const cli_command *c, text *out)
{
    for (const cli_option *o = c->options; o && o->name; o++) {
        if (o->letter) text_printf(out, "-%c ", o->letter);
        text_printf(out, "--%s ", o->name);
    }
    text_puts(out, "--help");
}

/* ---- bash (and zsh, through bashcompinit) ---------------------------------------------------- */

static void bash_words(text *out, cli_complete complete, const char *words)
{
    switch (complete) {
    case COMPLETE_FILE: text_puts(out, "COMPREPLY=($(compgen -f -- \"$cur\"))"); break;
    case COMPLETE_DIRECTORY: text_puts(out, "COMPREPLY=($(compgen -d -- \"$cur\"))"); break;
    case COMPLETE_OP:
        text_puts(out,
                  "COMPREPLY=($(compgen -W \"$(atomloom ops --names 2>/dev/null)\" -- \"$cur\"))");
        break;
    case COMPLETE_COMMAND:
        text_puts(out, "COMPREPLY=($(compgen -W '");
        first_words(out);
        text_puts(out, "' -- \"$cur\"))");
        break;
    case COMPLETE_WORDS:
        text_printf(out, "COMPREPLY=($(compgen -W '%s' -- \"$cur\"))", words ? words : "");
        break;
    default: text_putc(out, ':'); break;
    }
}

static void bash_command(text *out, const cli_command *c)
{
    text_printf(out, "    '%s')\n        case \"$prev\" in\n", c->name);
    for (const cli_option *o = c->options; o && o->name; o++) {
        if (!o->argument) continue;
        if (o->letter) text_printf(out, "        -%c|--%s) ", o->letter, o->name);
        else text_printf(out, "        --%s) ", o->name);
        bash_words(out, o->complete, o->words);
        text_puts(out, "; return ;;\n");
    }
    text_puts(out, "        esac\n        case \"$cur\" in -*) COMPREPLY=($(compgen -W '");
    option_words(c, out);
    text_puts(out, "' -- \"$cur\")); return ;; esac\n");
    if (c->operands && c->operands->name) {
        text_puts(out, "        ");
        bash_words(out, c->operands->complete, c->operands->words);
        text_puts(out, "\n");
    }
    text_puts(out, "        ;;\n");
}

static void bash(text *out)
{
    text_puts(
        out,
        "# completion of atomloom for bash: source <(atomloom completion bash)\n_atomloom()\n{\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} "
        "command=${COMP_WORDS[1]}\n    COMPREPLY=()\n"
        "    if [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W '");
    first_words(out);
    text_puts(out, " --help --version' -- \"$cur\")); return; fi\n    case \"$command\" in\n");
    const char *done = "";
    for (const cli_command *const *c = cli_commands; *c; c++) {
        size_t n = strcspn((*c)->name, " ");
        if (!(*c)->name[n] || !strncmp(done, (*c)->name, n + 1)) continue;
        done = (*c)->name;
        text_printf(
            out, "    %.*s)\n        if [ \"$COMP_CWORD\" -eq 2 ]; then COMPREPLY=($(compgen -W '",
            (int)n, done);
        second_words(done, n, out);
        text_puts(
            out, "' -- \"$cur\")); return; fi\n        command=\"$command ${COMP_WORDS[2]}\" ;;\n");
    }
    text_puts(out, "    esac\n    case \"$command\" in\n");
    for (const cli_command *const *c = cli_commands; *c; c++) bash_command(out, *c);
    text_puts(out, "    esac\n}\ncomplete -o filenames -o bashdefault -F _atomloom atomloom\n");
}

/* ---- fish ------------------------------------------------------------------------------------ */

static void fish_quoted(text *out, const char *s)
{
    text_putc(out, '\'');
    for (; *s; s++) {
        if (*s == '\'' || *s == '\\') text_putc(out, '\\');
        text_putc(out, *s);
    }
    text_putc(out, '\'');
}

/* The condition under which a line of this command applies. */
static void fish_condition(text *out, const cli_command *c)
{
    size_t n = strcspn(c->name, " ");
    if (c->name[n])
        text_printf(out,
                    "complete -c atomloom -n '__fish_seen_subcommand_from %.*s; and "
                    "__fish_seen_subcommand_from %s'",
                    (int)n, c->name, c->name + n + 1);
    else text_printf(out, "complete -c atomloom -n '__fish_seen_subcommand_from %s'", c->name);
}

static void fish_words(text *out, cli_complete complete, const char *words)
{
    switch (complete) {
    case COMPLETE_FILE: text_puts(out, " -F"); break;
    case COMPLETE_DIRECTORY: text_puts(out, " -x -a '(__fish_complete_directories)'"); break;
    case COMPLETE_OP: text_puts(out, " -x -a '(atomloom ops --names)'"); break;
    case COMPLETE_COMMAND:
        text_puts(out, " -x -a '");
        first_words(out);
        text_putc(out, '\'');
        break;
    case COMPLETE_WORDS: text_printf(out, " -x -a '%s'", words ? words : ""); break;
    default: text_puts(out, " -x"); break;
    }
}

static void fish_command(text *out, const cli_command *c)
{
    size_t n = strcspn(c->name, " ");
    if (c->name[n])
        text_printf(out, "complete -c atomloom -n '__fish_seen_subcommand_from %.*s' -a %s -d ",
                    (int)n, c->name, c->name + n + 1);
    else text_printf(out, "complete -c atomloom -n __fish_use_subcommand -a %s -d ", c->name);
    fish_quoted(out, c->summary);
    text_putc(out, '\n');
    if (c->operands && c->operands->name) {
        fish_condition(out, c);
        fish_words(out, c->operands->complete, c->operands->words);
        text_putc(out, '\n');
    }
    for (const cli_option *o = c->options; o && o->name; o++) {
        fish_condition(out, c);
        text_printf(out, " -l %s", o->name);
        if (o->letter) text_printf(out, " -s %c", o->letter);
        if (o->argument) fish_words(out, o->complete, o->words);
        text_puts(out, " -d ");
        fish_quoted(out, o->doc);
        text_putc(out, '\n');
    }
}

static void fish(text *out)
{
    text_puts(out, "# completion of atomloom for fish: atomloom completion fish | source\ncomplete "
                   "-c atomloom -f\n");
    const char *done = "";
    for (const cli_command *const *c = cli_commands; *c; c++) {
        size_t n = strcspn((*c)->name, " ");
        if ((*c)->name[n] && strncmp(done, (*c)->name, n + 1) != 0) {
            text_printf(out, "complete -c atomloom -n __fish_use_subcommand -a %.*s\n", (int)n,
                        (*c)->name);
            done = (*c)->name;
        }
        fish_command(out, *c);
    }
}

bool cli_completion(const char *shell, text *out)
{
    assert(shell);
    if (!strcmp(shell, "fish")) fish(out);
    else if (!strcmp(shell, "bash")) bash(out);
    else if (!strcmp(shell, "zsh")) {
        text_puts(
            out,
            "#compdef atomloom\n# completion of atomloom for zsh: source <(atomloom completion "
            "zsh)\nautoload -U +X bashcompinit && "
            "bashcompinit\n");
        bash(out);
    } else return false;
    return true;
}
