/* run/causes.c - the first causes for an instance to run, up the chain of what it depends on; see
 * plan.h.
 *
 * From the instance asked about, upwards through every input whose value is not known yet or is
 * another than in the last run. What these instances have of their own that they did not have then
 * are the causes. */
#include "run/explain.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct walk {
    plan *plan;
    int32_t about;
    int32_t *reached; /* instances, each once */
    int32_t count;
    int32_t *place; /* by instance: its place in `reached`, from 1; 0: not reached */
    bool *found;    /* by place: it, or something before it, has a cause */
    plan_changes *out;
    error *e;
} walk;

static bool reach(walk *w, int32_t i)
{
    assert(i >= 0 && i < w->plan->graph->instance_count);
    if (w->place[i]) return true;
    w->reached[w->count++] = i;
    assert(w->count <= w->plan->graph->instance_count);
    w->place[i] = w->count;
    return explain_own(w->plan, i, w->e) != NULL;
}

/* Calls back for every input that leads to a cause: unknown, or (`known` true) another value than
 * then. */
typedef bool visit_edge(walk *w, int32_t instance, const graph_input *input, int32_t j, bool known);

static bool each_edge(walk *w, int32_t i, visit_edge *visit)
{
    const graph_instance *in = &w->plan->graph->instances[i];
    const own_changes *own = explain_own(w->plan, i, w->e);
    size_t at = 0;
    if (!own) return false;
    if (w->plan->step[i].lost) return true; /* that says it all */
    for (int32_t k = 0; k < in->input_count; k++)
        for (int32_t j = 0; j < in->input[k].count; j++, at++) {
            bool known = w->plan->step[in->input[k].from[j].instance].output != NULL;
            if (known && !(own->differs && own->differs[at])) continue;
            if (!visit(w, i, &in->input[k], j, known)) return false;
        }
    return true;
}

static bool go_up(walk *w, int32_t i, const graph_input *input, int32_t j, bool known)
{
    (void)i;
    (void)known;
    return reach(w, input->from[j].instance);
}

/* ---- the list -------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b) { return a && b ? !strcmp(a, b) : a == b; }

/* The same change of another instance of the same node is counted, not listed again. */
static bool add(walk *w, const plan_change *c)
{
    const graph_instance *instances = w->plan->graph->instances;
    for (int i = 0; i < w->out->count; i++) {
        plan_change *k = &w->out->item[i];
        if (k->reason != c->reason || instances[k->instance].node != instances[c->instance].node
            || (k->instance == w->about) != (c->instance == w->about)
            || !same_text(k->name, c->name) || !same_text(k->before, c->before)
            || !same_text(k->after, c->after))
            continue;
        k->times++;
        return true;
    }
    return change_add(w->out, *c, w->e);
}

static bool is_first(const own_changes *own)
{
    return own->changes.count == 1 && own->changes.item[0].reason == REASON_FIRST;
}

/* "volume" or "volume 3": which of a list. */
static void port_text(const graph_input *input, int32_t j, text *out)
{
    text_puts(out, input->port->name);
    if (input->count > 1) text_printf(out, " %d", j + 1);
}

/* Another value, though nothing before it changed: it comes from elsewhere now. */
static bool note_edge(walk *w, int32_t i, const graph_input *input, int32_t j, bool known)
{
    assert(j >= 0 && j < input->count);
    graph_edge from = input->from[j];
    int32_t at = w->place[i] - 1, producer = w->place[from.instance] - 1;
    bool before_it = producer >= 0 && w->found[producer];
    digest d;
    char hex[65], now[13] = "none";
    text name = { 0 }, after = { 0 };
    w->found[at] = true;
    if (before_it || !known) return true;
    if (plan_output(w->plan, from, &d)) digest_short(digest_text(&d, hex), now);
    port_text(input, j, &name);
    text_printf(&after, "%s of %s", now, w->plan->graph->instances[from.instance].name);
    plan_change c = { REASON_INPUT, i, 1, name.data, NULL, after.data };
    bool good = name.data && after.data ? add(w, &c) : error_memory(w->e, "an explanation");
    text_free(&name);
    text_free(&after);
    return good;
}

/* Of one instance, when those of what it depends on are listed. Where the one asked about never
 * ran, that what it depends on never ran either says nothing more. */
static bool list_causes(walk *w, int32_t i)
{
    assert(w->place[i] > 0);
    const own_changes *own = explain_own(w->plan, i, w->e), *asked;
    if (!own || !(asked = explain_own(w->plan, w->about, w->e))) return false;
    w->found[w->place[i] - 1] = own->changes.count > 0;
    bool omit = i != w->about && is_first(own) && is_first(asked);
    for (int k = 0; k < own->changes.count && !omit; k++)
        if (!add(w, &own->changes.item[k])) return false;
    return each_edge(w, i, note_edge);
}

static int by_index(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

static bool walk_up(walk *w)
{
    if (!reach(w, w->about)) return false;
    for (int32_t k = 0; k < w->count; k++)
        if (!each_edge(w, w->reached[k], go_up)) return false;
    qsort(w->reached, (size_t)w->count, sizeof *w->reached, by_index); /* producers first */
    for (int32_t k = 0; k < w->count; k++) w->place[w->reached[k]] = k + 1;
    for (int32_t k = 0; k < w->count; k++)
        if (!list_causes(w, w->reached[k])) return false;
    return true;
}

bool plan_explain(plan *p, int32_t i, plan_changes *out, error *e)
{
    assert(i >= 0 && i < p->graph->instance_count);
    *out = (plan_changes){ 0 };
    if (p->step[i].state == PLAN_UNNEEDED) return true;
    if (!explanations_make(p, e)) return false;
    explanations *x = p->why;
    walk w = { .plan = p,
               .about = i,
               .reached = x->reached,
               .place = x->place,
               .found = x->found,
               .out = out,
               .e = e };
    bool good = walk_up(&w);
    for (int32_t k = 0; k < w.count; k++) w.place[w.reached[k]] = 0;
    if (!good) plan_changes_free(out);
    return good;
}

/* ---- in words -------------------------------------------------------------------------------- */

const char *plan_reason_text(plan_reason reason)
{
    assert((unsigned)reason < REASON_COUNT);
    static const char *const texts[REASON_COUNT] = {
        [REASON_FIRST] = "first",
        [REASON_FAILED] = "failed",
        [REASON_OP] = "op",
        [REASON_REVISION] = "revision",
        [REASON_PLUGIN] = "plugin",
        [REASON_PARAM] = "param",
        [REASON_FILE] = "file",
        [REASON_INPUT] = "input",
        [REASON_FORCED] = "forced",
        [REASON_LOST] = "lost",
        [REASON_FORGOTTEN] = "forgotten",
    };
    return texts[reason];
}

void plan_change_text(const plan *p, const plan_change *c, int32_t about, text *out)
{
    assert(c->instance >= 0 && c->instance < p->graph->instance_count);
    assert(c->times > 0);
    const graph_instance *in = &p->graph->instances[c->instance];
    const char *before = c->before ? c->before : "none", *after = c->after ? c->after : "none";
    if (c->times > 1)
        text_printf(out, "%s (%d instances): ", p->graph->nodes[in->node].name, c->times);
    else if (c->instance != about) text_printf(out, "%s: ", in->name);
    switch (c->reason) {
    case REASON_FIRST: text_puts(out, "never run"); break;
    case REASON_FAILED: text_puts(out, "its last run failed or was stopped"); break;
    case REASON_OP: text_printf(out, "op swapped %s -> %s", before, after); break;
    case REASON_REVISION: text_printf(out, "revision of the op %s -> %s", before, after); break;
    case REASON_PLUGIN:
        text_printf(out, "plugin %s changed: %s -> %s", c->name, before, after);
        break;
    case REASON_FILE:
        text_printf(out, "input file %s changed (sha256 %s -> %s)", c->name, before, after);
        break;
    case REASON_INPUT:
        if (c->before) text_printf(out, "input %s: %s -> %s", c->name, before, after);
        else text_printf(out, "input %s: another value (%s)", c->name, after);
        break;
    case REASON_FORCED: text_puts(out, "forced"); break;
    case REASON_LOST:
        if (!p->step[c->instance].cut_short
            && p->graph->nodes[p->graph->instances[c->instance].node].passing) {
            text_printf(out, "output %s was not kept (keep: false)", c->name);
            break;
        }
        text_printf(out, "object %s the store: output %s",
                    p->step[c->instance].cut_short ? "cut short in" : "lost from", c->name);
        break;
    case REASON_FORGOTTEN: text_puts(out, "the store no longer has its record"); break;
    default: text_printf(out, "%s %s -> %s", c->name, before, after);
    }
}
