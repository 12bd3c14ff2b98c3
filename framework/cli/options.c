/* cli/options.c - see options.h */
#include "cli/options.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const cli_command *const *cli_commands;

static int option_count(const cli_command *c)
{
    int n = 0;
    while (c->options && c->options[n].name) n++;
    return n;
}

static const cli_option *find_option(const cli_command *c, const char *name, size_t length)
{
    assert(name);
    for (int i = 0, n = option_count(c); i < n; i++)
        if (strlen(c->options[i].name) == length && !strncmp(c->options[i].name, name, length))
            return &c->options[i];
    return NULL;
}

static const cli_option *find_letter(const cli_command *c, char letter)
{
    for (int i = 0, n = option_count(c); i < n; i++)
        if (c->options[i].letter == letter) return &c->options[i];
    return NULL;
}

/* ---- parsing --------------------------------------------------------------------------------- */

static bool one_of(const char *words, const char *value)
{
    size_t n = strlen(value);
    for (const char *w = words; n && (w = strstr(w, value)); w += n)
        if ((w == words || w[-1] == ' ') && (!w[n] || w[n] == ' ')) return true;
    return false;
}

static bool unknown_option(const cli_command *c, const char *word, size_t length, error *e)
{
    enum { MOST = 64 };
    const char *names[MOST];
    char name[96], todo[512];
    int n = option_count(c) < MOST ? option_count(c) : MOST;
    for (int i = 0; i < n; i++) names[i] = c->options[i].name;
    snprintf(name, sizeof name, "%.*s", (int)length, word);
    const char *bare = name + strspn(name, "-");
    for (const cli_habit *h = c->habits; h && h->words; h++)
        if (one_of(h->words, bare))
            return error_set(e, LOOM_E_PARAM, h->todo, "unknown option '%s'", name);
    bool letter = !bare[0] || !bare[1]; /* one letter says too little */
    int near = letter ? -1 : nearest_word(bare, names, n);
    /* A word cut short is meant more often than any other mistake. */
    for (int i = 0; near < 0 && !letter && i < n; i++)
        if (!strncmp(names[i], bare, strlen(bare))) near = i;
    if (near >= 0)
        snprintf(todo, sizeof todo, "did you mean '--%s'? `atomloom %s --help` lists the options",
                 names[near], c->name);
    else snprintf(todo, sizeof todo, "`atomloom %s --help` lists the options", c->name);
    return error_set(e, LOOM_E_PARAM, todo, "unknown option '%s'", name);
}

/* "local", or "one of: bash, zsh, fish". */
static const char *expected_words(const char *words, char out[512])
{
    assert(*words);
    size_t n = (size_t)snprintf(out, 512, "%s", strchr(words, ' ') ? "one of: " : "");
    for (const char *w = words; *w && n + 2 < 512; w++) {
        if (*w == ' ') out[n++] = ',';
        out[n++] = *w;
    }
    out[n] = 0;
    return out;
}

static bool give(cli_args *args, const cli_option *option, const char *value, error *e)
{
    assert(option);
    if (value && option->words && !one_of(option->words, value)) {
        char expected[512];
        return error_set(e, LOOM_E_PARAM, option->doc, "option '--%s' is '%s', expected %s",
                         option->name, value, expected_words(option->words, expected));
    }
    args->given[args->given_count++] = (cli_given){ option, value };
    return true;
}

/* One word beginning with '-', at words[*at]; a following word is taken where the option has an
 * argument. */
static bool parse_option(cli_args *args, const char *const *words, int count, int *at, error *e)
{
    assert(*at < count && words[*at][0] == '-');
    const char *word = words[*at], *value = NULL;
    const cli_option *option;
    size_t length = strcspn(word, "=");
    if (word[1] == '-') {
        option = find_option(args->command, word + 2, length - 2);
        if (word[length]) value = word + length + 1;
    } else {
        option = find_letter(args->command, word[1]);
        if (option && word[2]) value = word + 2;
    }
    if (!option) return unknown_option(args->command, word, length, e);
    char todo[512];
    if (!option->argument && value) {
        snprintf(todo, sizeof todo, "write --%s alone", option->name);
        return error_set(e, LOOM_E_PARAM, todo, "option '--%s' takes no value, found '%s'",
                         option->name, value);
    }
    if (option->argument && !value) {
        const char *next = *at + 1 < count ? words[*at + 1] : NULL;
        if (!next || (next[0] == '-' && next[1] == '-')) {
            snprintf(todo, sizeof todo, "%s: %s%s%s", option->argument, option->doc,
                     option->example ? ", as in " : "", option->example ? option->example : "");
            return error_set(e, LOOM_E_PARAM, todo, "option '--%s' needs a value, %s%s%s",
                             option->name, next ? "found '" : "found nothing", next ? next : "",
                             next ? "'" : "");
        }
        value = next;
        ++*at;
    }
    return give(args, option, value, e);
}

static bool check_operands(const cli_args *args, error *e)
{
    const cli_command *c = args->command;
    int n = 0;
    bool repeats = false;
    char todo[512];
    snprintf(todo, sizeof todo, "`atomloom %s --help` shows how to use it", c->name);
    for (; c->operands && c->operands[n].name; n++) {
        const cli_operand *o = &c->operands[n];
        repeats = repeats || o->repeat;
        if (n < args->operand_count) {
            if (!o->words || one_of(o->words, args->operand[n])) continue;
            char expected[512];
            return error_set(e, LOOM_E_PARAM, todo, "%s is '%s', expected %s", o->name,
                             args->operand[n], expected_words(o->words, expected));
        }
        if (!o->optional)
            return error_set(e, LOOM_E_PARAM, todo, "missing %s: %s", o->name, o->doc);
    }
    if (args->operand_count > n && !repeats)
        return error_set(e, LOOM_E_PARAM, todo, "unexpected '%s'", args->operand[n]);
    return true;
}

/* The values of each option, as one list per row of the table. */
static bool gather(cli_args *args, error *e)
{
    for (int i = 0, n = option_count(args->command); i < n; i++) {
        const char **list = calloc((size_t)args->given_count + 1, sizeof *list);
        if (!list) return error_memory(e, "the command line");
        for (int k = 0, m = 0; k < args->given_count; k++)
            if (args->given[k].option == &args->command->options[i])
                list[m++] = args->given[k].value;
        args->values[i] = list;
    }
    return true;
}

bool cli_parse(const cli_command *command, const char *const *words, int count, cli_args *out,
               error *e)
{
    assert(count >= 0);
    size_t room = (size_t)count + 1;
    *out = (cli_args){ .command = command,
                       .operand = calloc(room, sizeof *out->operand),
                       .given = calloc(room, sizeof *out->given),
                       .values = calloc((size_t)option_count(command) + 1, sizeof *out->values) };
    if (!out->operand || !out->given || !out->values) return error_memory(e, "the command line");
    for (int i = 0; i < count && strcmp(words[i], "--") != 0; i++)
        if (!strcmp(words[i], "--help") || !strcmp(words[i], "-h")) out->help = true;
    if (out->help) return true;
    bool options = true;
    for (int i = 0; i < count; i++) {
        const char *word = words[i];
        if (options && !strcmp(word, "--")) options = false;
        else if (options && word[0] == '-' && word[1]) {
            if (!parse_option(out, words, count, &i, e)) return false;
        } else out->operand[out->operand_count++] = word;
    }
    return gather(out, e) && check_operands(out, e);
}

void cli_args_free(cli_args *args)
{
    for (int i = 0; args->values && i < option_count(args->command); i++) free(args->values[i]);
    free(args->values);
    free(args->operand);
    free(args->given);
    *args = (cli_args){ 0 };
}

/* ---- commands -------------------------------------------------------------------------------- */

static const cli_command *exact(const char *name)
{
    for (const cli_command *const *c = cli_commands; *c; c++)
        if (!strcmp((*c)->name, name)) return *c;
    return NULL;
}

bool cli_is_family(const char *word)
{
    size_t n = strlen(word);
    for (const cli_command *const *c = cli_commands; *c; c++)
        if (!strncmp((*c)->name, word, n) && (*c)->name[n] == ' ') return true;
    return false;
}

const cli_command *cli_find(const char *const *words, int count, int *used, error *e)
{
    enum { MOST = 64 };
    char two[128], family[64];
    const char *names[MOST];
    int n = 0;
    snprintf(two, sizeof two, "%s %s", words[0], count > 1 ? words[1] : "");
    const cli_command *found = exact(two);
    *used = found ? 2 : 1;
    if (!found) found = exact(words[0]);
    if (found) return found;
    text known = { 0 };
    int family_length = snprintf(family, sizeof family, "%s ", words[0]);
    for (const cli_command *const *c = cli_commands; *c && n < MOST; c++) {
        names[n++] = (*c)->name;
        if (!strncmp((*c)->name, family, (size_t)family_length))
            text_printf(&known, "%s%s", known.length ? ", " : "", (*c)->name + family_length);
    }
    if (known.length) {
        char todo[512];
        snprintf(todo, sizeof todo, "its commands: %s", known.data);
        if (count > 1)
            error_set(e, LOOM_E_PARAM, todo, "unknown command 'atomloom %s %s'", words[0],
                      words[1]);
        else error_set(e, LOOM_E_PARAM, todo, "`atomloom %s` needs a second word", words[0]);
    } else {
        int near = nearest_word(words[0], names, n);
        char todo[512];
        const char *dot = strrchr(words[0], '.');
        if (dot && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml")))
            snprintf(todo, sizeof todo, "did you mean `atomloom run %s`?", words[0]);
        else if (near >= 0)
            snprintf(todo, sizeof todo,
                     "did you mean `atomloom %s`? `atomloom help` lists the commands", names[near]);
        else snprintf(todo, sizeof todo, "`atomloom help` lists the commands");
        error_set(e, LOOM_E_PARAM, todo, "unknown command '%s'", words[0]);
    }
    text_free(&known);
    return NULL;
}

/* ---- what was given -------------------------------------------------------------------------- */

const char *cli_operand_at(const cli_args *args, int index)
{
    assert(index >= 0);
    return index < args->operand_count ? args->operand[index] : NULL;
}

static const cli_given *last_given(const cli_args *args, const char *option)
{
    for (int i = args->given_count; i-- > 0;)
        if (!strcmp(args->given[i].option->name, option)) return &args->given[i];
    return NULL;
}

bool cli_has(const cli_args *args, const char *option) { return last_given(args, option) != NULL; }

const char *cli_value(const cli_args *args, const char *option)
{
    const cli_given *g = last_given(args, option);
    return g ? g->value : NULL;
}

const char *const *cli_values(const cli_args *args, const char *option)
{
    static const char *const none[] = { NULL };
    for (int i = 0, n = option_count(args->command); i < n; i++)
        if (!strcmp(args->command->options[i].name, option))
            return (const char *const *)args->values[i];
    return none;
}

bool cli_number(const cli_args *args, const char *option, int64_t least, int64_t fallback,
                int64_t *out, error *e)
{
    const char *value = cli_value(args, option);
    *out = fallback;
    if (!value) return true;
    if (integer_read(value, out) && *out >= least) return true;
    char todo[64];
    snprintf(todo, sizeof todo, "give a whole number from %lld", (long long)least);
    return error_set(e, LOOM_E_PARAM, todo, "option '--%s' is '%s'", option, value);
}
