/* run/run.c - see run.h: a plan carried out, from the announcement of the run to its end. */
#include "run/run.h"
#include "run/discard.h"
#include "run/history.h"
#include "run/interrupts.h"
#include "run/machine.h"
#include <assert.h>

/* So that nothing the run counts on is collected under it. */
static bool announce(const plan *p, error *e)
{
    if (!store_begin_run(p->store, e)) return false;
    for (int32_t i = 0; i < p->graph->instance_count; i++)
        if (p->step[i].state == PLAN_CACHED && !plan_keep(p, i, e)) return false;
    return true;
}

static void report_cached_steps(coordinator *c)
{
    for (int32_t i = 0; i < c->plan->graph->instance_count; i++)
        if (c->plan->step[i].state == PLAN_CACHED) report_cached(c, i);
}

static void report_cut_short(coordinator *c)
{
    for (int32_t i = 0; i < c->plan->graph->instance_count; i++)
        if (c->plan->step[i].cut_short)
            report_event(c, &(run_event){ .kind = RUN_DAMAGED,
                                          .instance = i,
                                          .worker = -1,
                                          .text = "its object in the store was cut short" });
}

/* What the plan found needs doing, between the announcement of the run and its end. */
static bool carry_out(coordinator *c, error *e)
{
    plan_find_lost(c->plan);
    report_cut_short(c);
    report_cached_steps(c);
    if (!(c->schedule = schedule_new(c->plan, report_settled, c, e))) return false;
    coordinator_loop(c);
    discard_all(c);
    report_not_started(c);
    if (c->fatal.status == LOOM_OK) return true;
    *e = c->fatal;
    return false;
}

static bool execute(coordinator *c, error *e)
{
    plan *p = c->plan;
    report_event(c, &(run_event){ .kind = RUN_BEGIN, .instance = -1 });
    if (!p->run && !p->wait) {
        report_cached_steps(c);
        /* a run that was killed leaves its announcement and temporary files */
        store_sweep_runs(p->store);
        return true;
    }
    if (!coordinator_init(c, e)) return false;
    interrupts_begin(!c->executor->kind->in_process);
    bool good = announce(p, e) && carry_out(c, e);
    store_end_run(p->store);
    interrupts_end();
    return good;
}

bool run_plan(plan *p, const run_options *options, run_result *result, error *e)
{
    assert(p && result);
    static const run_options usual = { 0 };
    coordinator c = { .plan = p, .options = options ? options : &usual };
    *result = (run_result){ .exit_status = 3 };
    c.totals.needed = p->graph->instance_count - p->unneeded;
    c.totals.left_s = p->run + p->wait ? -1 : 0;
    c.begin_s = run_now(&c);
    bool good = (!c.options->trace_path || trace_begin(c.options->trace_path, e)) && execute(&c, e);
    report_event(&c, &(run_event){ .kind = RUN_END, .instance = -1 });
    if ((p->last || (p->last = history_open(p, NULL)))) history_write(p->last, p);
    if (good && c.options->trace_path) good = trace_write(&c.trace, c.options->trace_path, e);
    result->totals = c.totals;
    result->interrupted = c.interrupted;
    if (good) result->exit_status = c.interrupted ? 130 : c.totals.failed ? 1 : 0;
    coordinator_free(&c);
    return good;
}

bool run_log(plan *p, int32_t instance, text *out, error *e)
{
    assert(instance >= 0 && instance < p->graph->instance_count);
    if (history_get_failure(p, instance, out)) return true;
    if (!p->last && !(p->last = history_open(p, e))) return false;
    const digest *key = p->step[instance].state == PLAN_CACHED
                            ? &p->step[instance].key
                            : history_key(p->last, p->graph->instances[instance].name);
    action_record r = { 0 };
    if (!key || !store_read_action(p->store, key, &r, e)) return false;
    text_puts(out, r.log ? r.log : "");
    action_record_free(&r);
    return true;
}
