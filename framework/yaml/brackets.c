/* yaml/brackets.c - brackets that are not closed, closed by others or too many, and commas
 * between what they hold; see explain.h */
#include "yaml/explain.h"
#include "base/utf8.h"
#include <assert.h>

static bool is_before(int line, int column, place at)
{
    return line < at.line || (line == at.line && column < at.column);
}

/* The innermost bracket that is open where libyaml stopped. */
static const outline_bracket *bracket_around(const explaining *x)
{
    const outline_bracket *found = NULL;
    for (int32_t i = 0; i < x->o->bracket_count; i++) {
        const outline_bracket *b = &x->o->bracket[i];
        if (!is_before(b->line, b->column, x->at)) break;
        if (!b->close || !is_before(b->close_line, b->close_column, x->at)) found = b;
    }
    return found;
}

/* Does a line between the bracket and the end of the trouble begin a key no deeper than the line
 * the bracket stands in? */
static bool is_left_open(const explaining *x, const outline_bracket *b)
{
    assert(b->line >= 1);
    int indent = explain_line(x, b->line)->indent;
    if (!b->close) return true;
    for (int i = b->line + 1; i <= x->at.line; i++) {
        const char *c = explain_line(x, i)->text;
        size_t blank = strspn(c, " "), word = strcspn(c + blank, " :,{}[]\r\n");
        if (word && c[blank + word] == ':' && (int)blank <= indent) return true;
    }
    return false;
}

/* The word that ends where libyaml stopped, or begins there: what a comma is missing before. */
static place word_there(const explaining *x, int *length, bool *after_colon)
{
    const char *line = explain_text(x, explain_place(x, x->at.line, 1)),
               *end = explain_text(x, x->at), *c = end;
    if (*end != ':') {
        *length = (int)strcspn(end, " :,{}[]\r\n");
        *after_colon = false;
        return x->at;
    }
    while (c > line && !strchr(" ,{}[]\t", c[-1])) c--;
    const char *before = c;
    while (before > line && before[-1] == ' ') before--;
    *after_colon = before > line && before[-1] == ':';
    *length = utf8_count(c, (size_t)(end - c));
    return explain_place(x, x->at.line, utf8_count(line, (size_t)(c - line)) + 1);
}

static bool explain_comma(const explaining *x, const outline_bracket *b)
{
    assert(b->open == '{' || b->open == '[');
    int length;
    bool after_colon;
    place at = word_there(x, &length, &after_colon);
    const char *c = explain_text(x, at), *word = explain_copy(x, c, strcspn(c, " :,{}[]\r\n"));
    if (after_colon)
        return explain_as(x, explain_place(x, x->at.line, x->at.column), 1,
                          "put a text that holds ': ' in quotes", "a second ': ' in one value");
    if (!*word) return false;
    const char *line = explain_text(x, explain_place(x, at.line, 1)), *before = c;
    while (before > line && before[-1] == ' ') before--;
    if (before > line && before[-1] == ';')
        return explain_as(x, explain_place(x, at.line, utf8_count(line, (size_t)(before - line))),
                          1, "write , in place of ;",
                          arena_printf(x->memory, "entries inside %s are separated by commas",
                                       b->open == '{' ? "{ }" : "[ ]"));
    return explain_as(x, at, length,
                      arena_printf(x->memory, "write , between the entries inside %s",
                                   b->open == '{' ? "{ }" : "[ ]"),
                      arena_printf(x->memory, "a comma is missing before '%s'", word));
}

bool explain_bracket(const explaining *x)
{
    const outline_bracket *b = bracket_around(x);
    if (!b) return false;
    char now = *explain_text(x, x->at), partner = b->open == '{' ? '}' : ']';
    const char *which = explain_which(x, b->open, b->line, b->column);
    if ((now == '}' || now == ']') && now != partner)
        return explain_as(x, x->at, 1,
                          arena_printf(x->memory, "write %c before it, or in its place", partner),
                          arena_printf(x->memory, "%s is not closed before this %c", which, now));
    if (is_left_open(x, b))
        return explain_as(x, explain_place(x, b->line, b->column), 1,
                          arena_printf(x->memory, "write %c where it should end", partner),
                          arena_printf(x->memory, "%s is not closed", which));
    if (explain_within(x, "flow mapping") || explain_within(x, "flow sequence"))
        return explain_comma(x, b);
    if (now == ',' || now == partner)
        return explain_as(x, x->at, 1, "remove the comma, or write the entry",
                          arena_printf(x->memory, "an entry is missing before '%c'", now));
    return false;
}

bool explain_stray_bracket(const explaining *x)
{
    const char *c = explain_text(x, x->at);
    if (*c != '}' && *c != ']') return false;
    return explain_as(x, x->at, 1, "remove it, or write the bracket that it closes",
                      arena_printf(x->memory, "this %c closes nothing", *c));
}
