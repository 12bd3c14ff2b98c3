/* yaml/indents.c - a line that is indented unlike its neighbours; see explain.h */
#include "yaml/explain.h"
#include <assert.h>

enum { DEEPEST = 64 };

/* The indents in use above a line, ascending, and a line that has each. */
typedef struct levels {
    int indent[DEEPEST], line[DEEPEST], count;
} levels;

static void add_level(levels *l, int indent, int line)
{
    assert(indent >= 0 && l->count <= DEEPEST);
    while (l->count && l->indent[l->count - 1] >= indent) l->count--;
    if (l->count < DEEPEST) {
        l->indent[l->count] = indent;
        l->line[l->count++] = line;
    }
}

static levels levels_above(const explaining *x, int line)
{
    assert(line >= 0);
    levels l = { .count = 0 };
    for (int i = 1; i < line; i++) {
        const outline_line *o = explain_line(x, i);
        if (!o->content && !o->block_text) continue;
        add_level(&l, o->indent, i);
        if (!o->item || !o->colon) continue;
        const char *key = o->text + o->indent + 1;
        add_level(&l, o->indent + 1 + (int)strspn(key, " "),
                  i); /* "- key: value": a mapping inside the list */
    }
    return l;
}

static bool is_key_of(const char *const *keys, const char *c)
{
    for (; *keys; keys++)
        if (!strncmp(c, *keys, strlen(*keys)) && c[strlen(*keys)] == ':') return true;
    return false;
}

/* Keys that stand at one level together: which of two indents a line is nearer to by what it says.
 */
static bool has_kin(const explaining *x, const char *word, int line)
{
    static const char *const node[] = { "op",        "in",  "params", "over",
                                        "resources", "doc", "use",    NULL };
    static const char *const top[] = { "atomloom", "title", "description", "axes",   "vars",
                                       "inputs",   "nodes", "outputs",     "report", NULL };
    const char *other = explain_line(x, line)->text + explain_line(x, line)->indent;
    return (is_key_of(node, word) && is_key_of(node, other))
           || (is_key_of(top, word) && is_key_of(top, other));
}

bool explain_indent(const explaining *x, int line)
{
    const outline_line *now = explain_line(x, line);
    levels l = levels_above(x, line);
    int k = 0, before = explain_line_before(x, line);
    while (k < l.count && l.indent[k] < now->indent) k++;
    if (!l.count || (k < l.count && l.indent[k] == now->indent))
        return false; /* as deep as one of those above */
    bool deeper = k == l.count;
    if (deeper && before && explain_line(x, before)->opens) return false;
    int nearest = deeper ? k - 1 : k;
    if (!deeper && k > 0) {
        int up = now->indent - l.indent[k - 1], down = l.indent[k] - now->indent;
        const char *word = now->text + now->indent;
        if (up < down || (has_kin(x, word, l.line[k - 1]) && !has_kin(x, word, l.line[k])))
            nearest = k - 1;
    }
    return explain_as(x, explain_place(x, line, now->indent + 1), 1,
                      arena_printf(x->memory, "indent it by %d, like line %d", l.indent[nearest],
                                   l.line[nearest]),
                      arena_printf(x->memory, "indented by %d, its neighbours by %d", now->indent,
                                   l.indent[nearest]));
}
