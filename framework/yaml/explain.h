/* yaml/explain.h - what the explanations of a syntax error share; see syntax.h. Private to
 * syntax.c, brackets.c and indents.c. */
#ifndef ATOMLOOM_YAML_EXPLAIN_H
#define ATOMLOOM_YAML_EXPLAIN_H
#include "yaml/syntax.h"
#include <string.h>

typedef struct explaining {
    arena *memory;
    const source *from;
    const outline *o;
    const syntax_fault *fault;
    place at; /* where libyaml stopped */
    syntax_advice *out;
} explaining;

/* Each of these explains one kind of mistake: true, with *x->out set, where it is that one. */
bool explain_bracket(const explaining *x); /* brackets.c */
bool explain_stray_bracket(const explaining *x);
bool explain_indent(const explaining *x, int line); /* indents.c */

static inline place explain_place(const explaining *x, int line, int column)
{
    return (place){ x->from->path, line, column };
}

/* libyaml may stop behind the last line: an empty one stands there. */
static inline const outline_line *explain_line(const explaining *x, int line)
{
    return &x->o->line[line >= 1 && line <= x->o->line_count ? line : 0];
}

/* The masked text at a place; "" where there is none. */
static inline const char *explain_text(const explaining *x, place at)
{
    if (at.line < 1 || at.line > x->o->line_count) return x->o->line[0].text; /* empty */
    const char *c = x->o->line[at.line].text;
    for (int k = 1; k < at.column && *c && *c != '\n' && *c != '\r'; k++) {
        do c++;
        while ((*c & 0xc0) == 0x80);
    }
    return c;
}

/* A piece of a line as the file has it, for messages. */
static inline const char *explain_copy(const explaining *x, const char *from, size_t n)
{
    char *s = arena_text(x->memory, from, n);
    s[unmask_marks(s, n)] = 0;
    return s;
}

static inline bool explain_as(const explaining *x, place at, int length, const char *hint,
                              const char *message)
{
    *x->out = (syntax_advice){ { at, length }, message, hint };
    return true;
}

/* "the { at 20:13", or "the [" in what a command line gives. */
static inline const char *explain_which(const explaining *x, char mark, int line, int column)
{
    if (x->fault->is_value) return arena_printf(x->memory, "the %c", mark);
    return arena_printf(x->memory, "the %c at %d:%d", mark, line, column);
}

/* Is it in what libyaml says, or in what it was doing? */
static inline bool explain_says(const explaining *x, const char *words)
{
    return strstr(x->fault->problem, words) != NULL;
}

static inline bool explain_within(const explaining *x, const char *words)
{
    return x->fault->context && strstr(x->fault->context, words);
}

/* The last line before `line` that holds something; 0 where there is none. */
static inline int explain_line_before(const explaining *x, int line)
{
    do line--;
    while (line > 0 && !explain_line(x, line)->content);
    return line;
}
#endif
