/* run/coordinator.c - see coordinator.h: a run from its beginning to its end, signals, limits, and
 * what the executor reports. */
#include "run/coordinator.h"
#include "run/interrupts.h"
#include "run/machine.h"
#include <assert.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>

static const double tick_s = 0.1, grace_s = 5;

/* ---- stopping -------------------------------------------------------------------------------- */

/* Actions under way are asked to stop; one that has not begun need not be asked. */
static void request_stop(coordinator *c)
{
    for (int w = 0; w < c->jobs; w++) {
        if (c->slot[w].instance < 0) continue;
        c->executor->kind->request_stop(c->executor, w);
        c->slot[w].kill_at = run_now(c) + grace_s;
        if (c->slot[w].asking) dispatch_kill(c, w, FAILURE_CANCELLED);
    }
}

static void stop_for_fatal(coordinator *c)
{
    if (c->draining) return;
    c->draining = true;
    request_stop(c);
}

/* The first signal asks what runs to stop, the second has killed it already (interrupts.c). */
static void obey_signals(coordinator *c)
{
    int seen = interrupts_seen();
    if (!seen) return;
    interrupts_clear();
    if (!c->interrupted) {
        c->interrupted = c->draining = true;
        request_stop(c);
        report_event(c, &(run_event){ .kind = RUN_STOPPING, .instance = -1 });
        seen = interrupts_seen();
    }
    for (int w = 0; seen > 1 && w < c->jobs; w++)
        if (c->slot[w].instance >= 0) dispatch_kill(c, w, FAILURE_CANCELLED);
}

/* ---- what the executor reports --------------------------------------------------------------- */

static void on_began(void *user, int w)
{
    coordinator *c = user;
    c->slot[w].began = run_now(c);
    c->slot[w].epoch = machine_date_s();
}

static void on_note(void *user, int w, const char *line) { report_note(user, w, line); }

static void on_warning(void *user, int w, const char *where, const char *line)
{
    report_warning(user, w, where, line);
}

static void on_need(void *user, int w, const need *n)
{
    coordinator *c = user;
    assert(c->slot[w].instance >= 0 && !c->slot[w].asking);
    c->slot[w].need = *n;
    c->slot[w].asking = true;
}

static void on_held(void *user, const char *line)
{
    report_event(user, &(run_event){ .kind = RUN_HELD, .instance = -1, .text = line });
}

static bool on_again(void *user, int w, const char *why)
{
    coordinator *c = user;
    int32_t i = c->slot[w].instance;
    assert(i >= 0);
    if (c->slot[w].killed || c->tries[i]++ >= MAX_TRIES) return false;
    report_note(c, w, why);
    dispatch_vacate(c, w);
    schedule_return(c->schedule, i);
    return true;
}

/* We ended it, so the reason is ours, unless it had ended before. */
static void explain_kill(const slot *s, executor_outcome *o)
{
    assert(s->instance >= 0);
    if (o->replied || !s->killed) return;
    o->reason = s->killed;
    o->signal = 0;
    o->failure = (error){ 0 };
    if (s->killed == FAILURE_TIME)
        error_set(&o->failure, LOOM_E_CANCELLED,
                  "raise resources.time of the node, or give it less to do",
                  "stopped after %.3g s, its time limit", s->limit_s);
    else
        error_set(&o->failure, LOOM_E_CANCELLED, "",
                  s->asking ? "interrupted before it began"
                            : "interrupted; it did not stop when asked, so it was killed");
}

static void on_ended(void *user, int w)
{
    coordinator *c = user;
    executor_outcome o;
    assert(c->slot[w].instance >= 0);
    obey_signals(c); /* a second signal is why it ended */
    c->executor->kind->collect(c->executor, w, &o);
    explain_kill(&c->slot[w], &o);
    if (results_settle(c, w, &o, &c->fatal) == SETTLED_FAILED && c->options->stop_at_failure)
        c->draining = true;
    dispatch_vacate(c, w);
    text_free(&o.log);
}

/* ---- time ------------------------------------------------------------------------------------ */

static void report_progress(coordinator *c, int w)
{
    assert(c->slot[w].instance >= 0);
    slot *s = &c->slot[w];
    double done, total;
    c->executor->kind->progress(c->executor, w, &done, &total);
    /* an op can write there what it likes */
    if (!isfinite(done) || !isfinite(total) || total < 0) done = total = 0;
    s->total = total;
    if (done != s->done)
        report_event(c, &(run_event){ .kind = RUN_PROGRESS,
                                      .instance = s->instance,
                                      .worker = w,
                                      .done = done,
                                      .total = total });
    s->done = done;
}

/* Limits do not count while an action waits to be let go. */
static void keep_limits(coordinator *c, int w, double now)
{
    assert(c->slot[w].instance >= 0);
    const slot *s = &c->slot[w];
    if (s->limit_s > 0 && now - s->began > s->limit_s && !s->asking)
        dispatch_kill(c, w, FAILURE_TIME);
    else if (s->kill_at > 0 && now > s->kill_at) dispatch_kill(c, w, FAILURE_CANCELLED);
}

static void tick(coordinator *c, double now)
{
    assert(now >= 0);
    c->next_tick = now + tick_s;
    for (int w = 0; w < c->jobs; w++) {
        if (c->slot[w].instance < 0) continue;
        report_progress(c, w);
        keep_limits(c, w, now);
    }
    report_event(c, &(run_event){ .kind = RUN_TICK, .instance = -1 });
}

/* ---- the loop -------------------------------------------------------------------------------- */

/* Nothing runs, and nothing is to come. */
static bool is_over(const coordinator *c)
{
    return !c->totals.running && (c->draining || (!c->schedule->queued && !dispatch_waits(c)));
}

/* Until an action reports something, a signal comes, or it is time to look around. */
static void listen(coordinator *c)
{
    double now = run_now(c), until = c->next_tick;
    if (dispatch_waits(c) && c->next_look < until) until = c->next_look;
    c->executor->kind->poll(c->executor, until > now ? until - now : 0);
}

void coordinator_loop(coordinator *c)
{
    assert(c->schedule && c->executor);
    c->next_tick = run_now(c) + tick_s;
    for (;;) {
        obey_signals(c);
        dispatch_ready(c);
        if (c->fatal.status != LOOM_OK) stop_for_fatal(c);
        if (is_over(c)) return;
        dispatch_admit(c);
        listen(c);
        obey_signals(c);
        double now = run_now(c);
        if (now >= c->next_tick) tick(c, now);
        if (now >= c->next_ask) finish_look(c, now);
        if (dispatch_waits(c) && now >= c->next_look) dispatch_elsewhere(c);
    }
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static bool open_executor(coordinator *c, error *e)
{
    enum { ELSEWHERE = 1000 }; /* actions under way, most of them waiting */
    const run_options *o = c->options;
    const executor_kind *kind = o->executor ? o->executor : &executor_local;
    int jobs = o->jobs > 0 ? o->jobs : kind->elsewhere ? ELSEWHERE : machine_mine()->processors;
    const executor_setup setup = { c->plan->graph,
                                   c->plan->store,
                                   jobs,
                                   o->slurm,
                                   { .began = on_began,
                                     .note = on_note,
                                     .warning = on_warning,
                                     .need = on_need,
                                     .again = on_again,
                                     .ended = on_ended,
                                     .held = on_held,
                                     .user = c } };
    c->executor = kind->open(&setup, e);
    if (!c->executor) return false;
    c->jobs = c->executor->places;
    c->threads = o->threads > 0 ? o->threads : kind->elsewhere ? INT_MAX : jobs;
    c->memory = o->memory_bytes ? o->memory_bytes : machine_available_bytes();
    assert(c->jobs >= 1 && c->jobs <= jobs);
    return true;
}

bool coordinator_init(coordinator *c, error *e)
{
    assert(c->plan && c->options && !c->executor);
    size_t n = (size_t)c->plan->graph->instance_count + 1;
    if (!open_executor(c, e)) return false;
    c->slot = calloc((size_t)c->jobs, sizeof *c->slot);
    c->running = calloc((size_t)c->jobs, sizeof *c->running);
    c->elsewhere = calloc(n, sizeof *c->elsewhere);
    c->parked = calloc(n, sizeof *c->parked);
    c->claimed = calloc(n, sizeof *c->claimed);
    c->executed = calloc(n, sizeof *c->executed);
    c->counted = calloc(n, sizeof *c->counted);
    c->tries = calloc(n, sizeof *c->tries);
    c->as_planned = calloc(n, sizeof(param_set *));
    if (!c->slot || !c->elsewhere || !c->parked || !c->claimed || !c->counted || !c->tries
        || !c->running || !c->as_planned || !c->executed)
        return error_memory(e, "a run");
    for (int w = 0; w < c->jobs; w++) c->slot[w].instance = -1;
    return (c->forecast = forecast_new(c->plan, e)) != NULL;
}

void coordinator_free(coordinator *c)
{
    if (c->executor) c->executor->kind->close(c->executor);
    schedule_free(c->schedule);
    for (int w = 0; c->slot && w < c->jobs; w++) text_free(&c->slot[w].warnings);
    free(c->slot);
    free(c->running);
    free(c->elsewhere);
    free(c->parked);
    free(c->claimed);
    free(c->executed);
    free(c->counted);
    free(c->tries);
    finish_restore(c);
    forecast_free(c->forecast);
    text_free(&c->trace);
}
