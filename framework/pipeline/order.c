/* pipeline/order.c - producers before consumers, or the cycle that forbids it. */
#include "pipeline/reader.h"
#include <assert.h>

enum { UNSEEN, OPEN, DONE };
/* A part whose inputs are being walked: which binding, which wire of it. */
typedef struct step {
    int32_t part, input;
    const wire *wire;
} step;

static void tell_cycle(reader *r, const step *path, int32_t depth, int32_t back, span at)
{
    assert(depth >= 0);
    int32_t from = depth;
    while (from > 0 && path[from].part != back) from--;
    if (from == depth) {
        complain(r, at, "connect it to another node", "node '%s' takes its own output",
                 r->parts[back]->name);
        return;
    }
    text way = { 0 };
    text_puts(&way, r->parts[back]->name);
    for (int32_t i = depth; i >= from;
         i--) { /* producers first: from the end of the walk back to where it closed */
        if (depth - from > 12 && depth - i == 6) text_puts(&way, " -> ...");
        if (depth - from > 12 && depth - i >= 6 && i - from >= 6) continue;
        text_printf(&way, " -> %s", r->parts[path[i].part]->name);
    }
    complain(r, at, "remove one of these connections", "the nodes form a cycle: %s", way.data);
    text_free(&way);
}

/* Depth first, without recursion: a chain may be as long as there are nodes. */
static void order_from(reader *r, int32_t root, step *path, int32_t *ordered)
{
    assert(r->parts[root]->mark == UNSEEN);
    int32_t depth = 0;
    path[0] = (step){ .part = root, .input = -1 };
    r->parts[root]->mark = OPEN;
    while (depth >= 0) {
        step *top = &path[depth];
        part *p = r->parts[top->part];
        while (!top->wire && ++top->input < p->input_count) top->wire = p->inputs[top->input].wires;
        if (!top->wire) {
            p->mark = DONE;
            r->order[(*ordered)++] = top->part;
            depth--;
            continue;
        }
        const wire *l = top->wire;
        top->wire = l->next;
        part *producer = r->parts[l->part];
        if (producer->mark == OPEN) {
            tell_cycle(r, path, depth, l->part, l->at);
            producer->broken = p->broken = true;
        } else if (producer->mark == UNSEEN) {
            producer->mark = OPEN;
            path[++depth] = (step){ .part = l->part, .input = -1 };
        }
    }
}

void parts_order(reader *r)
{
    int32_t ordered = 0;
    step *path = arena_take(r->memory, (size_t)(r->part_count + 1) * sizeof *path);
    r->order = arena_take(r->memory, (size_t)(r->part_count + 1) * sizeof *r->order);
    for (int32_t i = 0; i < r->part_count; i++)
        if (r->parts[i]->mark == UNSEEN) order_from(r, i, path, &ordered);
}
