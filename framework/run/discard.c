/* run/discard.c - see discard.h */
#include "run/discard.h"
#include "run/history.h"
#include <assert.h>

static bool may_pass(const coordinator *c, graph_edge from)
{
    const graph *g = c->plan->graph;
    return g->nodes[g->instances[from.instance].node].passing
           && !c->plan->wanted[c->plan->first_output[from.instance] + from.output];
}

/* An instance that this run needs, and that has not been computed or found yet. */
static bool is_open(const coordinator *c, int32_t i)
{
    phase p = c->schedule->phase[i];
    return p != PHASE_UNNEEDED && p != PHASE_KNOWN;
}

static bool has_open_reader(const coordinator *c, int32_t i)
{
    const schedule *s = c->schedule;
    for (int32_t k = s->first_consumer[i]; k < s->first_consumer[i + 1]; k++)
        if (is_open(c, s->consumer[k])) return true;
    return false;
}

/* Of all instances of this run that give the value: none keeps it, none has a reader to come, and
 * one of them was executed here, with this key. */
static bool is_spent(const coordinator *c, const digest *value, digest *key)
{
    const plan *p = c->plan;
    bool executed = false;
    for (int32_t i = 0; i < p->graph->instance_count; i++) {
        int32_t n = p->first_output[i + 1] - p->first_output[i];
        for (int32_t o = 0; p->step[i].output && o < n; o++) {
            const action_output *out = &p->step[i].output[o];
            if (!out->made || !digest_equal(&out->value, value)) continue;
            if (!may_pass(c, (graph_edge){ i, o }) || is_open(c, i) || has_open_reader(c, i))
                return false;
            if (!c->executed[i]) continue;
            executed = true;
            *key = p->step[i].key;
        }
    }
    return executed;
}

static void discard(coordinator *c, graph_edge from)
{
    assert(from.instance >= 0 && from.instance < c->plan->graph->instance_count);
    const plan *p = c->plan;
    digest key, value;
    bool gone;
    error ignored = { 0 };
    if (!may_pass(c, from) || !plan_output(p, from, &value) || !is_spent(c, &value, &key)) return;
    if (history_kept_elsewhere(p, &key)) return;
    store_discard(p->store, &key, &value, &gone, &ignored);
}

void discard_inputs(coordinator *c, int32_t reader)
{
    assert(reader >= 0 && !is_open(c, reader));
    const graph_instance *in = &c->plan->graph->instances[reader];
    for (int32_t k = 0; k < in->input_count; k++)
        for (int32_t j = 0; j < in->input[k].count; j++) discard(c, in->input[k].from[j]);
}

void discard_all(coordinator *c)
{
    const plan *p = c->plan;
    for (int32_t i = 0; i < p->graph->instance_count; i++)
        for (int32_t o = 0; c->executed[i] && o < p->first_output[i + 1] - p->first_output[i]; o++)
            discard(c, (graph_edge){ i, o });
}
