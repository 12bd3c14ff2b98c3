/* run/report.c - see coordinator.h: an event for everything that happens. */
#include "run/coordinator.h"
#include "run/interrupts.h"
#include "run/machine.h"
#include <assert.h>
#include <string.h>

double run_now(const coordinator *c)
{
    return machine_clock_s() - interrupts_stopped_s() - c->begin_s;
}

static double foresee(const coordinator *c)
{
    int count = 0;
    double now = run_now(c);
    for (int w = 0; w < c->jobs; w++) {
        const slot *t = &c->slot[w];
        if (t->instance >= 0)
            c->running[count++] =
                (forecast_running){ t->instance, now - t->began, t->done, t->total };
    }
    return forecast_left(c->forecast, c->schedule, c->running, count, c->jobs);
}

void report_event(coordinator *c, run_event *event)
{
    assert(event->kind <= RUN_END);
    event->time_s = c->totals.elapsed_s = run_now(c);
    if (c->schedule && (event->kind == RUN_TICK || event->kind == RUN_BEGIN))
        c->totals.left_s = foresee(c);
    event->totals = c->totals;
    if (c->options->event) c->options->event(c->options->user, event);
}

/* What the op warned of when it made what is taken from the store now. */
static void report_kept_warnings(coordinator *c, int32_t i)
{
    action_record r;
    error ignored = { 0 }; /* the outputs are there; only what was said of them is not */
    if (!plan_warnings(c->plan, i, &r, &ignored)) return;
    for (int k = 0; k < r.warning_count; k++)
        report_event(c, &(run_event){ .kind = RUN_WARNING,
                                      .instance = i,
                                      .worker = -1,
                                      .where = r.warning[k].where,
                                      .text = r.warning[k].text });
    action_record_free(&r);
}

void report_note(coordinator *c, int w, const char *line)
{
    assert(w >= 0 && w < c->jobs);
    report_event(
        c, &(run_event){
               .kind = RUN_NOTE, .instance = c->slot[w].instance, .worker = w, .text = line });
}

void report_warning(coordinator *c, int w, const char *where, const char *line)
{
    assert(w >= 0 && w < c->jobs && where);
    slot *s = &c->slot[w];
    if (s->warning_count >= LOOM_MAX_WARNINGS) return;
    s->warning_count++;
    text_add(&s->warnings, where, strlen(where) + 1);
    text_add(&s->warnings, line, strlen(line) + 1);
    report_event(c, &(run_event){ .kind = RUN_WARNING,
                                  .instance = s->instance,
                                  .worker = w,
                                  .where = where,
                                  .text = line });
}

void report_cached(coordinator *c, int32_t i)
{
    double wall = c->plan->step[i].expected_s;
    c->totals.cached++;
    if (c->counted) c->counted[i] = true;
    c->totals.warnings += c->plan->step[i].warnings;
    if (c->plan->step[i].warnings) report_kept_warnings(c, i);
    report_event(c, &(run_event){ .kind = RUN_FINISHED,
                                  .instance = i,
                                  .worker = -1,
                                  .outcome = OUTCOME_CACHED,
                                  .wall_s = wall > 0 ? wall : 0 });
}

void report_done(coordinator *c, int w, const reply *r)
{
    assert(c->slot[w].instance >= 0);
    int32_t i = c->slot[w].instance;
    c->totals.done++;
    c->totals.warnings += c->plan->step[i].warnings;
    report_event(c, &(run_event){ .kind = RUN_FINISHED,
                                  .instance = i,
                                  .worker = w,
                                  .threads = c->slot[w].threads,
                                  .outcome = OUTCOME_DONE,
                                  .wall_s = r->wall_s,
                                  .cpu_s = r->cpu_s,
                                  .peak_bytes = r->peak_bytes });
}

void report_failure(coordinator *c, int32_t i, int w, run_failure reason, int signal,
                    const error *e, const char *log)
{
    assert(reason != FAILURE_NONE);
    double began = w >= 0 ? c->slot[w].began : run_now(c);
    c->totals.failed++;
    c->totals.cancelled += reason == FAILURE_CANCELLED;
    report_event(c, &(run_event){ .kind = RUN_FINISHED,
                                  .instance = i,
                                  .worker = w,
                                  .outcome = OUTCOME_FAILED,
                                  .reason = reason,
                                  .signal = signal,
                                  .failure = e,
                                  .text = log ? log : "",
                                  .wall_s = run_now(c) - began });
}

static void report_skipped(coordinator *c, int32_t i, run_failure reason, int32_t upstream)
{
    c->totals.skipped++;
    report_event(c, &(run_event){ .kind = RUN_FINISHED,
                                  .instance = i,
                                  .worker = -1,
                                  .outcome = OUTCOME_SKIPPED,
                                  .reason = reason,
                                  .upstream = upstream });
}

void report_settled(void *user, int32_t i, phase now, int32_t upstream, const error *e)
{
    coordinator *c = user;
    if (now == PHASE_KNOWN) {
        plan_keep(c->plan, i, &c->fatal); /* before anybody asks whether its objects are there */
        report_cached(c, i);
    } else if (now == PHASE_OBJECTS) { /* it is to run after all */
        if (c->counted[i]) c->totals.cached--;
        else c->totals.done--;
        c->totals.warnings -= c->plan->step[i].warnings;
        c->counted[i] = false;
    } else if (now == PHASE_FAILED) report_failure(c, i, -1, FAILURE_ERROR, 0, e, NULL);
    else report_skipped(c, i, c->interrupted ? FAILURE_CANCELLED : FAILURE_UPSTREAM, upstream);
}

void report_not_started(coordinator *c)
{
    for (int32_t i = 0; i < c->plan->graph->instance_count; i++) {
        phase now = c->schedule->phase[i];
        if (now != PHASE_UNNEEDED && now < PHASE_KNOWN) report_skipped(c, i, FAILURE_CANCELLED, -1);
    }
}
