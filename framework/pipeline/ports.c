/* pipeline/ports.c - ports of ops and the types of what goes through them. */
#include "pipeline/reader.h"
#include <atomloom/types.h>
#include <assert.h>
#include <string.h>

const loom_port *port_of(const loom_port *ports, const char *name, int32_t *index)
{
    assert(name);
    for (int32_t i = 0; ports && ports[i].name; i++)
        if (!strcmp(ports[i].name, name)) {
            if (index) *index = i;
            return &ports[i];
        }
    return NULL;
}

const char *port_suggest(reader *r, const char *name, const loom_port *ports, const char *label)
{
    const char *known[64] = { 0 };
    int n = 0;
    for (; ports && ports[n].name && n < 64; n++) known[n] = ports[n].name;
    int near = nearest_word(name, known, n);
    if (near >= 0)
        return say(r, "did you mean '%s'? %s [%s]", known[near], ports[near].doc, ports[near].type);
    return n ? suggest(r, name, known, n, label) : say(r, "%s: none", label);
}

void type_check(reader *r, span at, const char *type)
{
    assert(type);
    static const char *const known[] = {
#define X(name, doc) name,
        LOOM_TYPE_NAMES(X)
#undef X
            "any"
    };
    int n = (int)(sizeof known / sizeof *known);
    for (int i = 0; i < n; i++)
        if (!strcmp(known[i], type)) return;
    if (!strchr(type, '.'))
        complain(r, at, suggest(r, type, known, n, "types"), "unknown type '%s'", type);
}

/* "a.b, c.d make panel from table": ops that would stand between. NULL where there are none. */
static const char *converters(reader *r, const char *from, const char *to)
{
    text all = { 0 };
    int found = 0;
    for (size_t i = 0; registry_at(r->ops, i) && found < 4; i++) {
        const loom_op *op = registry_at(r->ops, i)->op;
        bool takes = false, gives = false;
        for (const loom_port *p = op->inputs; p && p->name; p++) takes |= !strcmp(p->type, from);
        for (const loom_port *p = op->outputs; p && p->name; p++) gives |= !strcmp(p->type, to);
        if (takes && gives) text_printf(&all, "%s%s", found++ ? ", " : "", op->id);
    }
    const char *s =
        found ? say(r, "%s make%s %s from %s", all.data, found == 1 ? "s" : "", to, from) : NULL;
    text_free(&all);
    return s;
}

const char *type_hint(reader *r, const char *lead, const char *from, const char *to)
{
    const char *via = converters(r, from, to);
    return via ? say(r, "%s; %s", lead, via) : lead;
}

bool type_fits(const char *wanted, const char *got)
{
    assert(wanted && got);
    return !strcmp(wanted, "any") || !strcmp(wanted, got);
}
