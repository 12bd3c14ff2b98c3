/* run/schedule.c - see schedule.h */
#include "run/schedule.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const graph_instance *instance_of(const schedule *s, int32_t i)
{
    return &s->plan->graph->instances[i];
}

/* ---- the queue ------------------------------------------------------------------------------- */

static bool before(const schedule *s, int32_t a, int32_t b)
{
    return s->height[a] != s->height[b] ? s->height[a] > s->height[b] : a < b;
}

static void queue_push(schedule *s, int32_t i)
{
    assert(s->phase[i] != PHASE_READY && s->queued < s->plan->graph->instance_count);
    int32_t at = s->queued++;
    s->phase[i] = PHASE_READY;
    for (; at > 0 && before(s, i, s->queue[(at - 1) / 2]); at = (at - 1) / 2)
        s->queue[at] = s->queue[(at - 1) / 2];
    s->queue[at] = i;
}

static int32_t queue_pop(schedule *s)
{
    assert(s->queued > 0);
    int32_t top = s->queue[0], last = s->queue[--s->queued], at = 0;
    for (;;) {
        int32_t child = 2 * at + 1;
        if (child >= s->queued) break;
        if (child + 1 < s->queued && before(s, s->queue[child + 1], s->queue[child])) child++;
        if (!before(s, s->queue[child], last)) break;
        s->queue[at] = s->queue[child];
        at = child;
    }
    if (s->queued) s->queue[at] = last;
    return top;
}

/* ---- states ---------------------------------------------------------------------------------- */

static void know(schedule *s, int32_t i);

static void look_again(schedule *s, int32_t i)
{
    assert(s->todos < s->todo_room);
    s->todo[s->todos++] = i;
}

/* Inputs are known. Ready when every object is there; otherwise what made the missing ones runs
 * again first. */
static void gather_objects(schedule *s, int32_t i)
{
    assert(s->phase[i] == PHASE_OBJECTS || s->phase[i] == PHASE_INPUTS);
    const graph_instance *in = instance_of(s, i);
    bool missing = false;
    for (int32_t k = 0; k < in->input_count; k++)
        for (int32_t j = 0; j < in->input[k].count; j++) {
            graph_edge from = in->input[k].from[j];
            phase *producer = &s->phase[from.instance];
            if (*producer == PHASE_KNOWN && plan_has_object(s->plan, from)) continue;
            missing = true;
            if (*producer != PHASE_KNOWN) continue; /* on its way already */
            *producer = PHASE_OBJECTS;
            s->plan->step[from.instance].lost = true;
            s->settled(s->user, from.instance, PHASE_OBJECTS, -1, NULL);
            look_again(s, from.instance);
        }
    if (missing) s->phase[i] = PHASE_OBJECTS;
    else queue_push(s, i);
}

static bool wanted_objects_there(const schedule *s, int32_t i)
{
    const plan *p = s->plan;
    for (int32_t o = p->first_output[i]; o < p->first_output[i + 1]; o++)
        if (p->wanted[o] && !plan_has_object(p, (graph_edge){ i, o - p->first_output[i] }))
            return false;
    return true;
}

static void skip_after(schedule *s, int32_t failed)
{
    assert(s->phase[failed] == PHASE_FAILED);
    for (int32_t i = failed + 1; i < s->plan->graph->instance_count; i++) {
        const graph_instance *in = instance_of(s, i);
        bool blocked = false;
        if (s->phase[i] != PHASE_INPUTS && s->phase[i] != PHASE_OBJECTS) continue;
        for (int32_t k = 0; k < in->input_count && !blocked; k++)
            for (int32_t j = 0; j < in->input[k].count && !blocked; j++) {
                phase producer = s->phase[in->input[k].from[j].instance];
                blocked = producer == PHASE_FAILED || producer == PHASE_SKIPPED;
            }
        if (!blocked) continue;
        s->phase[i] = PHASE_SKIPPED;
        s->settled(s->user, i, PHASE_SKIPPED, failed, NULL);
    }
}

/* All inputs are known: its key is, and so perhaps its outputs. */
static void look_up(schedule *s, int32_t i)
{
    assert(s->phase[i] == PHASE_INPUTS && !s->pending[i]);
    plan_step *step = &s->plan->step[i];
    error e = { 0 };
    bool known = plan_make_key(s->plan, i, &e) && !step->forced && plan_look_up(s->plan, i, &e);
    if (e.status != LOOM_OK) {
        s->phase[i] = PHASE_FAILED;
        s->settled(s->user, i, PHASE_FAILED, -1, &e);
        skip_after(s, i);
    } else if (known && wanted_objects_there(s, i)) {
        step->state = PLAN_CACHED;
        s->settled(s->user, i, PHASE_KNOWN, -1, NULL);
        know(s, i);
    } else {
        step->state = PLAN_RUN;
        step->lost = known;
        gather_objects(s, i);
    }
}

/* An object of `c`'s inputs was made again, and perhaps other bytes came out: is the key another
 * one now? It must be made of what is read, not of what was there before. */
static bool has_another_key(schedule *s, int32_t c)
{
    plan_step *step = &s->plan->step[c];
    error ignored = { 0 };
    digest before = step->key;
    if (!step->has_key) return false;
    step->has_key = false;
    return !plan_make_key(s->plan, c, &ignored) || !digest_equal(&before, &step->key);
}

static void know(schedule *s, int32_t i)
{
    assert(i >= 0 && s->plan->step[i].output);
    bool first = !s->announced[i];
    s->phase[i] = PHASE_KNOWN;
    s->announced[i] = true;
    for (int32_t k = s->first_consumer[i]; k < s->first_consumer[i + 1]; k++) {
        int32_t c = s->consumer[k];
        assert(c > i && (s->phase[c] != PHASE_INPUTS || !first || s->pending[c] > 0));
        if (s->phase[c] == PHASE_INPUTS && first && --s->pending[c] == 0) look_again(s, c);
        else if (s->phase[c] == PHASE_OBJECTS) {
            /* none is pending: it is looked up again */
            if (has_another_key(s, c)) s->phase[c] = PHASE_INPUTS;
            look_again(s, c);
        } else if (s->phase[c] == PHASE_READY) s->doubtful[c] = true;
    }
}

static void settle(schedule *s)
{
    while (s->todos) {
        int32_t i = s->todo[--s->todos];
        if (s->phase[i] == PHASE_INPUTS && !s->pending[i]) look_up(s, i);
        else if (s->phase[i] == PHASE_OBJECTS) gather_objects(s, i);
    }
}

/* ---- from outside ---------------------------------------------------------------------------- */

int32_t schedule_take(schedule *s)
{
    while (s->queued) {
        int32_t i = queue_pop(s);
        bool changed = s->doubtful[i] && has_another_key(s, i);
        s->doubtful[i] = false;
        s->phase[i] = changed ? PHASE_INPUTS : PHASE_TAKEN;
        if (!changed) return i;
        look_again(s, i);
        settle(s);
    }
    return -1;
}

void schedule_return(schedule *s, int32_t i)
{
    assert(s->phase[i] == PHASE_TAKEN);
    queue_push(s, i);
}

void schedule_know(schedule *s, int32_t i)
{
    assert(s->phase[i] == PHASE_TAKEN);
    s->plan->step[i].state = PLAN_CACHED;
    s->plan->step[i].lost = false;
    know(s, i);
    settle(s);
}

void schedule_fail(schedule *s, int32_t i)
{
    assert(s->phase[i] == PHASE_TAKEN);
    s->phase[i] = PHASE_FAILED;
    skip_after(s, i);
    settle(s);
}

void schedule_lose(schedule *s, int32_t i)
{
    assert(s->phase[i] == PHASE_TAKEN);
    s->phase[i] = PHASE_OBJECTS;
    look_again(s, i);
    settle(s);
}

/* ---- making one ------------------------------------------------------------------------------ */

static bool allocate(schedule *s, int32_t edges, error *e)
{
    size_t n = (size_t)s->plan->graph->instance_count + 1;
    s->phase = calloc(n, sizeof *s->phase);
    s->pending = calloc(n, sizeof *s->pending);
    s->announced = calloc(n, sizeof *s->announced);
    s->doubtful = calloc(n, sizeof *s->doubtful);
    s->height = calloc(n, sizeof *s->height);
    s->first_consumer = calloc(n, sizeof *s->first_consumer);
    s->consumer = calloc((size_t)edges + 1, sizeof *s->consumer);
    s->queue = calloc(n, sizeof *s->queue);
    /* a step comes here from the start, when lost, and once for each edge */
    s->todo_room = 2 * (int32_t)n + edges;
    s->todo = calloc((size_t)s->todo_room, sizeof *s->todo);
    return (s->phase && s->pending && s->announced && s->doubtful && s->height && s->first_consumer
            && s->consumer && s->queue && s->todo)
           || error_memory(e, "a schedule");
}

typedef void edge_visit(schedule *s, int32_t producer, int32_t consumer);

static void each_edge(schedule *s, edge_visit *visit)
{
    for (int32_t i = 0; i < s->plan->graph->instance_count; i++) {
        const graph_instance *in = instance_of(s, i);
        if (s->plan->step[i].state == PLAN_UNNEEDED) continue;
        for (int32_t k = 0; k < in->input_count; k++)
            for (int32_t j = 0; j < in->input[k].count; j++)
                visit(s, in->input[k].from[j].instance, i);
    }
}

static void count_edge(schedule *s, int32_t producer, int32_t consumer)
{
    assert(producer < consumer);
    s->first_consumer[producer + 1]++;
    if (!s->plan->step[producer].output) s->pending[consumer]++;
}

static void place_edge(schedule *s, int32_t producer, int32_t consumer)
{
    assert(s->queue[producer] < s->first_consumer[producer + 1]);
    s->consumer[s->queue[producer]++] = consumer;
}

static void measure_heights(schedule *s)
{
    for (int32_t i = s->plan->graph->instance_count - 1; i >= 0; i--) {
        double after = 0, own = s->plan->step[i].expected_s;
        for (int32_t k = s->first_consumer[i]; k < s->first_consumer[i + 1]; k++)
            if (s->height[s->consumer[k]] > after) after = s->height[s->consumer[k]];
        s->height[i] = after + (own > 1e-3 ? own : 1e-3);
    }
}

schedule *schedule_new(plan *p, void (*settled)(void *, int32_t, phase, int32_t, const error *),
                       void *user, error *e)
{
    int32_t n = p->graph->instance_count, edges = 0;
    schedule *s = calloc(1, sizeof *s);
    for (int32_t i = 0; i < n; i++)
        for (int32_t k = 0; k < p->graph->instances[i].input_count; k++)
            edges += p->graph->instances[i].input[k].count;
    if (s) s->plan = p;
    if (!s || !allocate(s, edges, e)) {
        if (!s) error_memory(e, "a schedule");
        schedule_free(s);
        return NULL;
    }
    s->settled = settled;
    s->user = user;
    each_edge(s, count_edge);
    for (int32_t i = 0; i < n; i++) s->first_consumer[i + 1] += s->first_consumer[i];
    /* where the next consumer goes, until the queue is used as one */
    memcpy(s->queue, s->first_consumer, (size_t)n * sizeof *s->queue);
    each_edge(s, place_edge);
    measure_heights(s);
    for (int32_t i = 0; i < n; i++) {
        plan_step *step = &p->step[i];
        s->announced[i] = step->output != NULL;
        s->phase[i] = step->state == PLAN_UNNEEDED ? PHASE_UNNEEDED
                      : step->state == PLAN_CACHED ? PHASE_KNOWN
                      : step->state == PLAN_WAIT   ? PHASE_INPUTS
                                                   : PHASE_OBJECTS;
    }
    for (int32_t i = n - 1; i >= 0; i--)
        if (p->step[i].state == PLAN_RUN) look_again(s, i);
    settle(s);
    return s;
}

void schedule_free(schedule *s)
{
    if (!s) return;
    free(s->phase);
    free(s->pending);
    free(s->announced);
    free(s->doubtful);
    free(s->height);
    free(s->consumer);
    free(s->first_consumer);
    free(s->queue);
    free(s->todo);
    free(s);
}
