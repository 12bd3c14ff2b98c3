/* yaml/syntax.h - the text of a YAML file as text: what is hidden from the parser, and what is
 * wrong where it gives up.
 *
 * libyaml says at which character it could not go on, not what a person did. When it fails,
 * outline.c walks through the text once more, up to its end, and notes lines, brackets and quotes;
 * syntax.c finds in these notes what was most likely meant. */
#ifndef ATOMLOOM_YAML_SYNTAX_H
#define ATOMLOOM_YAML_SYNTAX_H
#include "base/text.h"
#include "yaml/yaml.h"

/* ---- mask.c ---- */
/* The text of a file with the marks inside ${...} and word[...] replaced, so that libyaml reads
 * them as text; as many characters on every line as before. False: out of memory. */
bool mask_marks(const source *from, text *out);
size_t unmask_marks(char *s,
                    size_t length); /* puts the marks back, in place; gives the new length */

/* ---- outline.c ---- */
/* Columns and lines count from 1, indents from 0; all in characters. */
typedef struct outline_line {
    const char *text;  /* in the masked text, up to a line end or NUL */
    int indent;        /* blanks before its first character */
    int colon, colons; /* column of the first ':' that ends a key outside quotes and brackets, 0
                          where none; how many there are */
    bool content; /* neither empty nor a comment nor inside something that began on a line before */
    bool item;    /* begins with "- " */
    bool opens;   /* ends with ':' or '-': what belongs to it follows */
    bool block_text; /* a line of a text after | or > */
} outline_line;

typedef struct outline_bracket {
    char open, close; /* close: the character that closes it, 0 where it is never closed */
    int line, column, close_line, close_column;
    int32_t around; /* the bracket it stands in, -1: none */
} outline_bracket;

typedef struct outline_quote {
    char mark;
    int line, column, end_line, end_column;
} outline_quote; /* end_line 0: never closed */

typedef struct outline {
    outline_line *line; /* [1 .. line_count] */
    outline_bracket *bracket;
    outline_quote *quote;
    int line_count;
    int32_t bracket_count, quote_count;
} outline;

/* Of a text whose strings and comments are masked (mask.c). Lives in `memory`. */
outline *outline_make(arena *memory, const char *masked);

/* ---- syntax.c ---- */
/* What libyaml says. `context` may be NULL. */
typedef struct syntax_fault {
    const char *problem, *context;
    place at, context_at;
    bool is_value; /* of a command line, not a file */
} syntax_fault;
typedef struct syntax_advice {
    span at;
    const char *message, *hint;
} syntax_advice;

/* What was most likely meant where libyaml found `fault`. Texts live in `memory`. */
syntax_advice syntax_explain(arena *memory, const source *from, const char *masked,
                             const syntax_fault *fault);
/* Does the text look like what it is meant to be at all, well formed or not? */
bool syntax_is_of_kind(const source *from);
/* "sigma:1.0" or "sigma = 1": what was meant as a key and its value. *name and *value are set, in
 * `memory`, and how to write it is returned; NULL where the text is no such thing. */
const char *syntax_one_word(arena *memory, const char *s, const char **name, const char **value);
/* Bytes of a blank that YAML does not take for one, such as U+00A0, at s; 0 where there is none. */
size_t syntax_odd_blank(const char *s);
#endif
