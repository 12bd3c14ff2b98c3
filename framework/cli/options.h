/* cli/options.h - a command as data: its operands, options and examples. Parsing, `--help`, the man
 * page and shell completion all come from these rows, so they cannot disagree. */
#ifndef ATOMLOOM_CLI_OPTIONS_H
#define ATOMLOOM_CLI_OPTIONS_H
#include "base/error.h"
#include "base/text.h"

/* What a shell may offer in place of an operand or an option's argument. */
typedef enum cli_complete {
    COMPLETE_NOTHING,
    COMPLETE_FILE,
    COMPLETE_DIRECTORY,
    COMPLETE_OP,
    COMPLETE_COMMAND,
    COMPLETE_WORDS
} cli_complete;

typedef struct cli_option {
    const char *name;      /* "jobs", written --jobs */
    const char *argument;  /* "N"; NULL: a switch */
    const char *doc;       /* what it does; lower case, no full stop */
    const char *otherwise; /* what holds where it is not given; NULL: nothing worth saying */
    const char *example;   /* "--jobs 4"; NULL */
    /* COMPLETE_WORDS: the choices, separated by a blank; others are refused */
    const char *words;
    cli_complete complete;
    char letter; /* 'j': also -j; 0: none */
    bool repeat; /* may be given several times; otherwise the last one counts */
} cli_option;

typedef struct cli_operand {
    const char *name; /* "FILE" */
    const char *doc;
    const char *words; /* as in cli_option */
    cli_complete complete;
    bool optional, repeat;
} cli_operand;

/* Options that people know from other programs: words separated by a blank, and what to do here. */
typedef struct cli_habit {
    const char *words, *todo;
} cli_habit;
typedef struct cli_example {
    const char *line, *doc;
} cli_example;
typedef struct cli_args cli_args;

typedef struct cli_command {
    const char *name;            /* "run", or two words: "cache gc" */
    const char *group;           /* heading in the overview */
    const char *summary;         /* one line; lower case, no full stop */
    const char *description;     /* paragraphs, separated by an empty line */
    const cli_operand *operands; /* each table ended by {0}; NULL: none */
    const cli_option *options;
    const cli_example *examples;      /* at least one */
    const cli_habit *habits;          /* ended by {0}; NULL: none */
    int (*run)(const cli_args *args); /* gives the exit status */
} cli_command;

/* NULL-terminated, in the order of the overview; set by main */
extern const cli_command *const *cli_commands;

typedef struct cli_given {
    const cli_option *option;
    const char *value;
} cli_given;
struct cli_args {
    const cli_command *command;
    const char **operand;
    cli_given *given;
    const char ***values; /* by row of the option table: NULL-terminated lists */
    int operand_count, given_count;
    bool help; /* --help was among them: nothing else is checked */
};

/* Reads the words after the command's name. The texts are borrowed from `words`. False with `e` set
 * (E_PARAM): the message names the word, the hint the nearest known one. cli_args_free in either
 * case. */
bool cli_parse(const cli_command *command, const char *const *words, int count, cli_args *out,
               error *e);
void cli_args_free(cli_args *args);

/* The command of that name; *used: how many of the words name it (2 for "cache gc"). NULL with `e`
 * set. */
const cli_command *cli_find(const char *const *words, int count, int *used, error *e);

const char *cli_operand_at(const cli_args *args, int index);     /* NULL where not given */
bool cli_has(const cli_args *args, const char *option);          /* was it given at all? */
const char *cli_value(const cli_args *args, const char *option); /* NULL where not given */
/* all of them, NULL-terminated */
const char *const *cli_values(const cli_args *args, const char *option);
/* A whole number from `least` up; `fallback` where the option is not given. False with `e` set. */
bool cli_number(const cli_args *args, const char *option, int64_t least, int64_t fallback,
                int64_t *out, error *e);

/* Is it the first of the two words of some commands, like `cache`? */
bool cli_is_family(const char *word);

/* help.c. Texts are laid out for the terminal they are printed to: cli_width. */
void cli_help(const cli_command *command, text *out);
/* All commands, or those of one family: "" or "cache". */
void cli_overview(text *out, const char *family);
/* Columns of lines of prose: those of the terminal, from 60 to 110; 80 where stdout is none. */
int cli_width(void);
/* The synopsis, "run FILE [options]". */
void cli_synopsis(const cli_command *command, text *out);
/* Words of `s` in lines of at most `width` columns, each after `indent` blanks; the first line is
 * taken to be indented already. */
void cli_wrap(text *out, const char *s, int indent, int width);
/* man.c, completion.c */
void cli_man(text *out);
/* false for a shell other than bash, zsh, fish */
bool cli_completion(const char *shell, text *out);
#endif
