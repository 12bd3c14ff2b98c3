/* report/track.c - see track.h */
#include "report/track.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *step_state_text(step_state s)
{
    static const char *const texts[STEP_STATES] = { "not needed",   "pending", "running",
                                                    "in the store", "run",     "failed",
                                                    "not started" };
    return s < STEP_STATES ? texts[s] : "?";
}

bool track_begin(track *h, const graph *g, error *e)
{
    *h = (track){ .graph = g, .step = calloc((size_t)g->instance_count + 1, sizeof *h->step) };
    if (!h->step) return error_memory(e, "the track of the run");
    for (int32_t i = 0; i < g->instance_count; i++) h->step[i].started = h->step[i].wall_s = -1;
    return true;
}

void track_free(track *h)
{
    for (int32_t i = 0; h->step && i < h->graph->instance_count; i++) free(h->step[i].message);
    free(h->step);
    *h = (track){ 0 };
}

static void finished(step_record *s, const run_event *event)
{
    assert((unsigned)event->outcome <= OUTCOME_SKIPPED);
    static const step_state by_outcome[] = { [OUTCOME_CACHED] = STEP_CACHED,
                                             [OUTCOME_DONE] = STEP_DONE,
                                             [OUTCOME_FAILED] = STEP_FAILED,
                                             [OUTCOME_SKIPPED] = STEP_SKIPPED };
    s->state = by_outcome[event->outcome];
    if (event->outcome == OUTCOME_DONE) s->wall_s = event->wall_s;
    if (event->outcome != OUTCOME_FAILED) return;
    free(s->message);
    s->message = strdup(event->failure ? event->failure->message : run_failure_text(event->reason));
}

void track_event(track *h, const run_event *event)
{
    assert(event->instance < h->graph->instance_count);
    if (event->kind == RUN_BEGIN) h->live = true;
    if (event->kind == RUN_END) h->live = false;
    if (event->instance < 0) return;
    step_record *s = &h->step[event->instance];
    if (event->kind == RUN_STARTED) s->state = STEP_RUNNING;
    else if (event->kind == RUN_FINISHED) finished(s, event);
}

static void read_step(step_record *s, const plan *p, int32_t i)
{
    assert(i >= 0 && i < p->graph->instance_count);
    const plan_step *step = &p->step[i];
    error ignored = { 0 };
    action_record r;
    if (s->state == STEP_UNNEEDED && step->state == PLAN_CACHED) s->state = STEP_CACHED;
    if (s->state == STEP_UNNEEDED && step->state != PLAN_UNNEEDED) s->state = STEP_PENDING;
    s->warnings = step->warnings;
    if (!step->has_key || step->state != PLAN_CACHED) return;
    if (!store_find_action(p->store, &step->key, &r, &ignored)) return;
    s->started = r.started;
    s->wall_s = r.wall_s;
    action_record_free(&r);
}

void track_read(track *h, const plan *p)
{
    assert(h->graph == p->graph);
    for (int32_t i = 0; i < h->graph->instance_count; i++) read_step(&h->step[i], p, i);
}

track_totals track_sum(const track *h)
{
    track_totals t = { .started = -1, .ended = -1 };
    for (int32_t i = 0; i < h->graph->instance_count; i++) {
        const step_record *s = &h->step[i];
        t.count[s->state]++;
        t.needed += s->state != STEP_UNNEEDED;
        t.warnings += s->warnings;
        if (s->started < 0 || s->wall_s < 0) continue;
        if (t.started < 0 || s->started < t.started) t.started = s->started;
        if (s->started + s->wall_s > t.ended) t.ended = s->started + s->wall_s;
        t.wall_s += s->wall_s;
    }
    return t;
}

step_state track_node(const track *h, int32_t node, double *wall_s)
{
    assert(node >= 0 && node < h->graph->node_count);
    static const step_state order[] = { STEP_FAILED, STEP_SKIPPED, STEP_RUNNING, STEP_PENDING,
                                        STEP_DONE,   STEP_CACHED,  STEP_UNNEEDED };
    const graph_node *n = &h->graph->nodes[node];
    bool seen[STEP_STATES] = { false };
    *wall_s = 0;
    for (int32_t i = n->first; i < n->first + n->count; i++) {
        seen[h->step[i].state] = true;
        if (h->step[i].wall_s > 0) *wall_s += h->step[i].wall_s;
    }
    for (size_t k = 0; k < sizeof order / sizeof *order; k++)
        if (seen[order[k]]) return order[k];
    return STEP_UNNEEDED;
}
