/* yaml/outline.c - lines, brackets and quotes of a YAML text, for the explanation of an error.
 * Near to YAML, not exact: it is read only where libyaml has refused the text. See syntax.h */
#include "yaml/syntax.h"
#include <assert.h>
#include <string.h>

/* The walk. */
typedef struct walk {
    arena *memory;
    outline *o;
    const char *c;
    int line, column;
    int32_t inside; /* the innermost open bracket, -1: none */
    int32_t bracket_room, quote_room;
    bool value;       /* a value may begin here: after an indent, "- ", ": ", and inside brackets */
    bool block;       /* a text after | or > follows the line */
    int block_indent; /* of its lines; -1 until the first one */
} walk;

static int is_blank(char c) { return c == ' ' || c == '\t'; }
static int is_end(char c) { return !c || c == '\n' || c == '\r'; }

static void step(walk *w)
{
    assert(*w->c);
    do w->c++;
    while ((*w->c & 0xc0) == 0x80);
    w->column++;
}

static void next_line(walk *w)
{
    if (*w->c == '\r' && w->c[1] == '\n') w->c++;
    if (*w->c) w->c++;
    w->line++;
    w->column = 1;
    if (w->line <= w->o->line_count) w->o->line[w->line].text = w->c;
}

static void open_bracket(walk *w)
{
    assert(*w->c == '{' || *w->c == '[');
    outline *o = w->o;
    o->bracket =
        arena_room(w->memory, o->bracket, o->bracket_count, &w->bracket_room, sizeof *o->bracket);
    o->bracket[o->bracket_count] = (outline_bracket){
        .open = *w->c, .line = w->line, .column = w->column, .around = w->inside
    };
    w->inside = o->bracket_count++;
    w->value = true;
    step(w);
}

static void close_bracket(walk *w)
{
    assert(w->inside >= 0 && w->inside < w->o->bracket_count);
    outline_bracket *b = &w->o->bracket[w->inside];
    b->close = *w->c;
    b->close_line = w->line;
    b->close_column = w->column;
    w->inside = b->around;
    w->value = false;
    step(w);
}

/* From a quote to the one that ends it, over several lines where it does so. */
static void walk_quote(walk *w)
{
    assert(*w->c == '"' || *w->c == '\'');
    outline *o = w->o;
    char mark = *w->c;
    o->quote = arena_room(w->memory, o->quote, o->quote_count, &w->quote_room, sizeof *o->quote);
    outline_quote *q = &o->quote[o->quote_count++];
    *q = (outline_quote){ .mark = mark, .line = w->line, .column = w->column };
    for (step(w); *w->c;) {
        if (is_end(*w->c)) next_line(w);
        else if (mark == '"' && *w->c == '\\' && !is_end(w->c[1])) {
            step(w);
            step(w);
        } else if (*w->c == mark && mark == '\'' && w->c[1] == mark) {
            step(w);
            step(w);
        } else if (*w->c == mark) {
            q->end_line = w->line;
            q->end_column = w->column;
            step(w);
            break;
        } else step(w);
    }
    w->value = false;
}

/* A ':' that ends a key. */
static bool ends_key(const walk *w)
{
    char after = w->c[1];
    return *w->c == ':'
           && (is_blank(after) || is_end(after) || (w->inside >= 0 && strchr(",[]{}", after)));
}

static void walk_character(walk *w)
{
    outline_line *l = &w->o->line[w->line];
    char c = *w->c;
    if ((c == '"' || c == '\'') && w->value) walk_quote(w);
    else if ((c == '{' || c == '[') && (w->value || w->inside >= 0)) open_bracket(w);
    else if ((c == '}' || c == ']') && w->inside >= 0) close_bracket(w);
    else if (ends_key(w)) {
        if (w->inside < 0) {
            if (!l->colon) l->colon = w->column;
            l->colons++;
        }
        w->value = true;
        step(w);
    } else if ((c == '|' || c == '>') && w->value && w->inside < 0) {
        w->block = true;
        w->block_indent = -1;
        w->value = false;
        step(w);
    } else {
        w->value = (c == ',' && w->inside >= 0) || (w->value && is_blank(c));
        step(w);
    }
}

/* The rest of a line, up to its end or the end of what goes on over it. */
static void walk_rest(walk *w)
{
    int line = w->line;
    while (!is_end(*w->c)) {
        if (*w->c == '#' && (w->column == 1 || is_blank(w->c[-1]))) break;
        walk_character(w);
    }
    while (!is_end(*w->c)) step(w); /* a comment */
    if (w->line != line) return;
    const char *end = w->c;
    while (end > w->o->line[line].text && is_blank(end[-1])) end--;
    w->o->line[line].opens = w->inside < 0 && end > w->o->line[line].text && w->value
                             && (end[-1] == ':' || end[-1] == '-');
}

/* Is the line part of a text after | or >? */
static bool in_block(walk *w, int indent, int before)
{
    assert(indent >= 0);
    if (!w->block) return false;
    if (w->block_indent < 0 && indent > before) w->block_indent = indent;
    if (w->block_indent < 0 || indent < w->block_indent) w->block = false;
    return w->block;
}

static void walk_line(walk *w, int *before)
{
    assert(w->line >= 1 && w->line <= w->o->line_count);
    outline_line *l = &w->o->line[w->line];
    int indent = 0;
    while (w->c[indent] == ' ') indent++;
    bool empty = is_end(w->c[indent]),
         block = !empty && w->inside < 0 && in_block(w, indent, *before);
    l->indent = indent;
    l->block_text = block;
    l->content = !empty && !block && w->inside < 0 && w->c[indent] != '#';
    if (block || empty) {
        while (!is_end(*w->c)) step(w);
        return;
    }
    if (l->content) *before = indent;
    while (*w->c == ' ') step(w);
    l->item = l->content && *w->c == '-' && (w->c[1] == ' ' || is_end(w->c[1]));
    w->value = true;
    while (w->inside < 0 && *w->c == '-' && (w->c[1] == ' ' || is_end(w->c[1]))) {
        step(w);
        while (*w->c == ' ') step(w);
    }
    walk_rest(w);
}

outline *outline_make(arena *memory, const char *masked)
{
    outline *o = arena_take(memory, sizeof *o);
    walk w = { .memory = memory, .o = o, .c = masked, .line = 1, .column = 1, .inside = -1 };
    int before = 0;
    o->line_count = 1;
    for (const char *c = masked; *c; c++)
        o->line_count += *c == '\n' || (*c == '\r' && c[1] != '\n');
    o->line = arena_take(memory, (size_t)(o->line_count + 1) * sizeof *o->line);
    o->line[0].text = "";
    o->line[1].text = masked;
    while (w.line <= o->line_count) {
        walk_line(&w, &before);
        if (!*w.c) break;
        next_line(&w);
    }
    for (int i = w.line + 1; i <= o->line_count; i++) o->line[i].text = "";
    return o;
}
