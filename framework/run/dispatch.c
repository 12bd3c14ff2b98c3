/* run/dispatch.c - see coordinator.h: which action is next, is it ours to execute, and may it
 * begin. */
#include "run/coordinator.h"
#include "run/machine.h"
#include <assert.h>
#include <stdlib.h>

static const double look_s = 0.02;

static const graph_resources *resources_of(const coordinator *c, int32_t i)
{
    return &c->plan->graph->nodes[c->plan->graph->instances[i].node].resources;
}

/* ---- slots ----------------------------------------------------------------------------------- */

static void occupy(coordinator *c, int w, const executor_order *order)
{
    slot *s = &c->slot[w];
    assert(s->instance < 0);
    text_clear(&s->warnings);
    *s = (slot){ .instance = order->task.instance,
                 .warnings = s->warnings,
                 .began = run_now(c),
                 .epoch = machine_date_s(),
                 .threads = order->task.threads,
                 .limit_s = c->executor->kind->elsewhere ? 0 : order->limit_s };
    c->threads_used += s->threads;
    c->totals.running++;
    report_event(
        c, &(run_event){
               .kind = RUN_STARTED, .instance = s->instance, .worker = w, .threads = s->threads });
}

void dispatch_vacate(coordinator *c, int w)
{
    slot *s = &c->slot[w];
    assert(s->instance >= 0 && c->totals.running > 0);
    c->threads_used -= s->threads;
    assert(c->threads_used >= 0 && c->memory_used >= s->bytes);
    c->memory_used -= s->bytes;
    c->totals.running--;
    s->instance = -1;
    s->kill_at = 0;
}

void dispatch_kill(coordinator *c, int w, run_failure reason)
{
    assert(c->slot[w].instance >= 0);
    assert(reason != FAILURE_NONE);
    if (c->slot[w].killed) return;
    c->slot[w].killed = reason;
    c->executor->kind->kill(c->executor, w);
}

/* ---- claims ---------------------------------------------------------------------------------- */

/* Another run may have made it since it was planned. */
static bool found_meanwhile(coordinator *c, int32_t i)
{
    assert(c->plan->step[i].has_key);
    plan *p = c->plan;
    if (p->step[i].forced) return false;
    if (!p->step[i].output && !plan_look_up(p, i, &c->fatal)) return false;
    if (!plan_keep(p, i, &c->fatal)) return false;
    for (int32_t o = 0; o < p->first_output[i + 1] - p->first_output[i]; o++)
        if ((p->step[i].lost || p->wanted[p->first_output[i] + o])
            && !plan_has_object(p, (graph_edge){ i, o }))
            return false;
    return true;
}

static bool runs_here(const coordinator *c, int32_t i)
{
    assert(c->plan->step[i].has_key);
    for (int w = 0; w < c->jobs; w++)
        if (c->slot[w].instance >= 0
            && digest_equal(&c->plan->step[c->slot[w].instance].key, &c->plan->step[i].key))
            return true;
    return false;
}

static void release(coordinator *c, int32_t i)
{
    if (c->claimed[i]) store_release(c->plan->store, &c->plan->step[i].key);
    c->claimed[i] = false;
}

/* True when we have the claim; otherwise the instance is set aside. */
static bool take_claim(coordinator *c, int32_t i)
{
    assert(!c->claimed[i]);
    if (runs_here(c, i)) {
        c->parked[c->parkeds++] = i;
        assert(c->parkeds <= c->plan->graph->instance_count);
        return false;
    }
    c->claimed[i] = store_claim(c->plan->store, &c->plan->step[i].key, &c->fatal);
    if (c->claimed[i] || c->fatal.status != LOOM_OK) return c->claimed[i];
    report_event(c, &(run_event){ .kind = RUN_WAITING, .instance = i });
    c->elsewhere[c->elsewheres++] = i;
    return false;
}

/* True when the action is ours to execute; otherwise it was dealt with. */
static bool claim(coordinator *c, int32_t i)
{
    if (!c->claimed[i] && !take_claim(c, i)) return false;
    if (!found_meanwhile(c, i)) return c->fatal.status == LOOM_OK;
    release(c, i);
    report_cached(c, i);
    schedule_know(c->schedule, i);
    return false;
}

bool dispatch_waits(const coordinator *c) { return c->elsewheres + c->parkeds > 0; }

/* Actions that another run has: done, or ours after all? */
static void look_elsewhere(coordinator *c, int32_t i)
{
    assert(!c->claimed[i]);
    if (found_meanwhile(c, i)) {
        report_cached(c, i);
        schedule_know(c->schedule, i);
    } else if (store_claim(c->plan->store, &c->plan->step[i].key, &c->fatal)) {
        c->claimed[i] = true;
        schedule_return(c->schedule, i);
    } else c->elsewhere[c->elsewheres++] = i;
}

void dispatch_elsewhere(coordinator *c)
{
    int32_t n = c->elsewheres, m = c->parkeds;
    c->next_look = run_now(c) + look_s;
    c->elsewheres = c->parkeds = 0;
    for (int32_t k = 0; k < n && c->fatal.status == LOOM_OK; k++)
        look_elsewhere(c, c->elsewhere[k]);
    for (int32_t k = 0; k < m; k++) {
        int32_t i = c->parked[k];
        if (runs_here(c, i)) c->parked[c->parkeds++] = i;
        else schedule_return(c->schedule, i);
    }
}

/* ---- starting -------------------------------------------------------------------------------- */

task_input *dispatch_inputs(const plan *p, int32_t i, int32_t *count)
{
    const graph_instance *in = &p->graph->instances[i];
    int32_t most = 0;
    *count = 0;
    for (int32_t k = 0; k < in->input_count; k++) most += in->input[k].count;
    task_input *list = calloc((size_t)most + 1, sizeof *list);
    for (int32_t k = 0; list && k < in->input_count; k++)
        for (int32_t j = 0; j < in->input[k].count; j++) {
            task_input one = { .port = k };
            if (plan_output(p, in->input[k].from[j], &one.value)) list[(*count)++] = one;
        }
    return list;
}

static void start(coordinator *c, int32_t i, int threads)
{
    assert(threads > 0 && c->claimed[i]);
    const graph_resources *limits = resources_of(c, i);
    executor_order order = { .task = { .instance = i, .threads = threads },
                             .key = &c->plan->step[i].key,
                             .limit_s = limits->time_s > 0 ? limits->time_s : c->options->time_s,
                             .expected_s = c->plan->step[i].expected_s,
                             .expected_bytes = c->plan->step[i].expected_bytes };
    order.task.limit_bytes = limits->memory_bytes           ? limits->memory_bytes
                             : c->options->limit_bytes      ? c->options->limit_bytes
                             : c->executor->kind->elsewhere ? 0
                                                            : machine_mine()->memory_bytes;
    task_input *inputs = dispatch_inputs(c->plan, i, &order.task.input_count);
    order.inputs = inputs;
    assert(c->claimed[i] && threads >= 1);
    if (!inputs) error_memory(&c->fatal, "inputs");
    int w = inputs ? c->executor->kind->start(c->executor, &order, &c->fatal) : -1;
    assert(w >= 0 || c->fatal.status != LOOM_OK);
    if (w >= 0) occupy(c, w, &order);
    free(inputs);
}

/* Its share of the free threads, so that those that are ready too get theirs. Elsewhere threads are
 * not a matter of sharing. */
static int share_of_threads(const coordinator *c)
{
    assert(c->totals.running < c->jobs);
    if (c->executor->kind->elsewhere) return c->executor->threads_each;
    int free_threads = c->threads - c->threads_used, running = c->totals.running,
        others = c->schedule->queued;
    if (others > c->jobs - running - 1) others = c->jobs - running - 1;
    int share = free_threads / (1 + (others > 0 ? others : 0));
    return share > 1 ? share : 1;
}

void dispatch_ready(coordinator *c)
{
    while (!c->draining && c->fatal.status == LOOM_OK && c->totals.running < c->jobs) {
        int32_t i = schedule_take(c->schedule);
        if (i < 0) return;
        if (!claim(c, i)) continue;
        int fixed = resources_of(c, i)->threads;
        if (fixed > c->threads) fixed = c->threads;
        if (c->totals.running && (fixed > 0 ? fixed : 1) > c->threads - c->threads_used) {
            schedule_return(c->schedule, i);
            return;
        }
        start(c, i, fixed > 0 ? fixed : share_of_threads(c));
    }
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* An action whose need is known begins when there is room for it, or when it would run alone. */
static bool fits(const coordinator *c, uint64_t bytes)
{
    return !c->memory_used || (bytes <= c->memory && c->memory_used <= c->memory - bytes);
}

static void let_go(coordinator *c, int w)
{
    slot *s = &c->slot[w];
    s->bytes = s->need.bytes ? s->need.bytes : 1;
    c->memory_used += s->bytes;
    if (!s->need.uses_threads && resources_of(c, s->instance)->threads <= 0) {
        c->threads_used -= s->threads - 1;
        s->threads = 1;
    }
    s->asking = false;
    s->began = run_now(c); /* its time limit does not count the wait */
    c->executor->kind->go(c->executor, w, s->threads);
}

void dispatch_admit(coordinator *c)
{
    for (int w = 0; w < c->jobs; w++) {
        const slot *s = &c->slot[w];
        if (s->instance < 0 || !s->asking || s->killed) continue;
        /* it was asked to stop before it asked to begin */
        if (s->kill_at > 0) dispatch_kill(c, w, FAILURE_CANCELLED);
        else if (fits(c, s->need.bytes)) let_go(c, w);
    }
}
