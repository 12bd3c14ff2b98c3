/* pipeline/literal.c - values as a command line gives them: a text as it is, or a list as YAML has
 * it, `[1, "a, b"]`. */
#include "pipeline/reader.h"
#include <assert.h>
#include <string.h>

typedef struct reporting {
    reader *r;
    span given;
} reporting;

/* At what was written: the brackets around it may be ours. */
static void report(void *user, span at, const char *hint, const char *message)
{
    const reporting *to = user;
    int first = to->given.at.column, last = first + to->given.length - 1;
    if (at.at.column < first) at.at.column = first;
    if (at.at.column > last) at.at.column = last;
    complain(to->r, at, hint, "%s", message);
}

tree *literal_text(reader *r, const char *s, span at)
{
    assert(s && at.length >= 0);
    tree *t = arena_take(r->memory, sizeof *t);
    *t = (tree){ .kind = TREE_SCALAR, .quoted = !*s, .weight = 1, .at = at, .text = s };
    return t;
}

tree *literal_list(reader *r, const char *s, span at)
{
    place before = at.at; /* of the bracket that is not written */
    before.column--;
    return yaml_read_value(r->memory, before, say(r, "[%s]", s), report, &(reporting){ r, at });
}

tree *literal_value(reader *r, const char *s, span at)
{
    size_t n = strlen(s);
    bool list = n >= 2 && s[0] == '[' && s[n - 1] == ']';
    return list ? yaml_read_value(r->memory, at.at, s, report, &(reporting){ r, at })
                : literal_text(r, s, at);
}
