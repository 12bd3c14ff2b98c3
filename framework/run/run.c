/* run/run.c - see run.h: events, totals, and what is kept of each action. */
#include "run/coordinator.h"
#include "run/interrupts.h"
#include "run/machine.h"
#include "run/memory.h"
#include "run/provenance.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *run_failure_text(run_failure f)
{
    static const char *const texts[] = { "none",   "error",     "signal",   "time",
                                         "memory", "cancelled", "upstream", "protocol" };
    return texts[f];
}

const char *run_outcome_text(run_outcome o)
{
    static const char *const texts[] = { "cached", "done", "failed", "skipped" };
    return texts[o];
}

const char *run_event_text(run_event_kind k)
{
    static const char *const texts[] = { "begin",   "started",  "progress", "note",
                                         "warning", "damaged",  "waiting",  "finished",
                                         "tick",    "stopping", "end" };
    return texts[k];
}

static const op_entry *op_of(const coordinator *c, int32_t i)
{
    return c->plan->graph->nodes[c->plan->graph->instances[i].node].op;
}

/* ---- events ---------------------------------------------------------------------------------- */

static double foresee(const coordinator *c)
{
    int count = 0;
    double now = coordinator_now(c);
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
    event->time_s = c->totals.elapsed_s = coordinator_now(c);
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

void report_warning(coordinator *c, int w, const char *where, const char *line)
{
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
    report_kept_warnings(c, i);
    report_event(c, &(run_event){ .kind = RUN_FINISHED,
                                  .instance = i,
                                  .worker = -1,
                                  .outcome = OUTCOME_CACHED,
                                  .wall_s = wall > 0 ? wall : 0 });
}

static void report_failure(coordinator *c, int32_t i, int w, run_failure reason, int signal,
                           const error *e, const char *log)
{
    double began = w >= 0 ? c->slot[w].began : coordinator_now(c);
    c->totals.failed++;
    report_event(c, &(run_event){ .kind = RUN_FINISHED,
                                  .instance = i,
                                  .worker = w,
                                  .outcome = OUTCOME_FAILED,
                                  .reason = reason,
                                  .signal = signal,
                                  .failure = e,
                                  .text = log ? log : "",
                                  .wall_s = coordinator_now(c) - began });
}

/* From the schedule: settled without being executed. */
static void on_settled(void *user, int32_t i, phase now, int32_t upstream, const error *e)
{
    coordinator *c = user;
    if (now == PHASE_KNOWN) report_cached(c, i);
    else if (now == PHASE_OBJECTS) { /* it is to run after all */
        if (c->counted[i]) c->totals.cached--;
        else c->totals.done--;
        c->totals.warnings -= c->plan->step[i].warnings;
        c->counted[i] = false;
    } else if (now == PHASE_FAILED) report_failure(c, i, -1, FAILURE_ERROR, 0, e, NULL);
    else if (!c->interrupted) {
        c->totals.skipped++;
        report_event(c, &(run_event){ .kind = RUN_FINISHED,
                                      .instance = i,
                                      .worker = -1,
                                      .outcome = OUTCOME_SKIPPED,
                                      .reason = FAILURE_UPSTREAM,
                                      .upstream = upstream });
    }
}

static void trace_action(coordinator *c, int w, const char *result, double cpu_s, uint64_t peak)
{
    const slot *s = &c->slot[w];
    if (!c->options->trace_path) return;
    trace_span span = { c->plan->graph->instances[s->instance].name,
                        op_of(c, s->instance)->op->id,
                        result,
                        w,
                        s->threads,
                        s->began,
                        coordinator_now(c) - s->began,
                        cpu_s,
                        peak };
    trace_add(&c->trace, &span);
}

/* ---- results --------------------------------------------------------------------------------- */

static void unclaim(coordinator *c, int32_t i)
{
    store_release(c->plan->store, &c->plan->step[i].key);
    c->claimed[i] = false;
}

void fail_action(coordinator *c, int w, run_failure reason, int signal, const error *e,
                 const char *log)
{
    int32_t i = c->slot[w].instance;
    unclaim(c, i);
    trace_action(c, w, run_failure_text(reason), 0, 0);
    text whole = { 0 };
    text_printf(&whole, "%s%s%s: %s\n", log ? log : "",
                log && *log && log[strlen(log) - 1] != '\n' ? "\n" : "", run_failure_text(reason),
                e->message);
    memory_put_failure(c->plan, i, whole.data);
    text_free(&whole);
    report_failure(c, i, w, reason, signal, e, log);
    schedule_fail(c->schedule, i);
    if (c->options->stop_at_failure) c->draining = true;
}

/* What an op read from files must be what its key says: a file that changed since the plan was made
 * spoils the result. */
static bool files_unchanged(coordinator *c, int32_t i, error *e)
{
    const param_set *set = c->plan->graph->instances[i].params;
    for (int k = 0; k < set->count; k++) {
        const loom_param *row = &set->op->params[k];
        const param_value *v = &set->value[k];
        int64_t n = v->hashed ? param_files(row, v) : 0;
        for (int64_t j = 0; j < n; j++) {
            const char *name = param_file_name(row, v, j);
            digest now;
            if (!store_hash_file(c->plan->store, name, &now, e)) return false;
            if (digest_equal(&now, param_file_content(row, v, j))) continue;
            snprintf(e->where, sizeof e->where, "%s", row->name);
            return error_set(e, LOOM_E_IO, "run again",
                             "the file '%s' changed while the run was under way", name);
        }
    }
    return true;
}

/* The bytes that come out of the same key twice must be the same. */
static void compare_with_before(coordinator *c, int32_t i, int w, const action_output *now)
{
    const plan_step *step = &c->plan->step[i];
    for (int32_t k = 0; step->output && k < c->plan->first_output[i + 1] - c->plan->first_output[i];
         k++) {
        if (now[k].made == step->output[k].made
            && (!now[k].made || digest_equal(&now[k].value, &step->output[k].value)))
            continue;
        char line[256];
        snprintf(line, sizeof line,
                 "warning: output '%s' differs from the one this very action gave before: %s is "
                 "not deterministic",
                 now[k].port, op_of(c, i)->op->id);
        report_event(c, &(run_event){ .kind = RUN_NOTE, .instance = i, .worker = w, .text = line });
    }
}

/* The slot's warnings as the record holds them: pointers into the slot. */
static void list_warnings(const slot *s, action_warning *out)
{
    const char *at = s->warnings.data;
    for (int k = 0; k < s->warning_count; k++) {
        out[k].where = at;
        out[k].text = at += strlen(at) + 1;
        at += strlen(at) + 1;
    }
}

static bool commit(coordinator *c, int w, const reply *r, const action_made *made, const char *log)
{
    const slot *s = &c->slot[w];
    plan *p = c->plan;
    int32_t i = s->instance, n = r->output_count;
    const loom_port *port = op_of(c, i)->op->outputs;
    action_output *outputs = calloc((size_t)n + 1, sizeof *outputs);
    digest *values = calloc((size_t)n + 1, sizeof *values);
    bool good = outputs && values;
    int kept = 0;
    text provenance = { 0 };
    action_warning warnings[LOOM_MAX_WARNINGS];
    good = good && !s->warnings.failed;
    if (good) {
        for (int32_t k = 0; k < n; k++) {
            outputs[k] = (action_output){ port[k].name, made[k].made, made[k].value };
            if (made[k].made) values[kept++] = made[k].value;
        }
        compare_with_before(c, i, w, outputs);
        plan_set_outputs(p, i, outputs);
        list_warnings(s, warnings);
        p->step[i].warnings = s->warning_count;
        provenance_write(p, i,
                         &(execution){ s->epoch, r->wall_s, r->cpu_s, r->peak_bytes, s->threads },
                         &provenance);
        action_record record = { .key = p->step[i].key,
                                 .output_count = n,
                                 .output = outputs,
                                 .wall_s = r->wall_s,
                                 .cpu_s = r->cpu_s,
                                 .started = s->epoch,
                                 .peak_bytes = r->peak_bytes,
                                 .provenance = provenance.data,
                                 .log = log ? log : "",
                                 .warning_count = s->warning_count,
                                 .warning = warnings };
        good = (!provenance.failed || error_memory(&c->fatal, "provenance"))
               && store_put_action(p->store, &record, &c->fatal)
               && store_keep(p->store, &p->step[i].key, values, kept, &c->fatal);
    } else error_memory(&c->fatal, "outputs");
    text_free(&provenance);
    free(outputs);
    free(values);
    return good;
}

static void action_done(coordinator *c, int w, const reply *r)
{
    int32_t i = c->slot[w].instance;
    forecast_learn(c->forecast, i, r->wall_s);
    c->plan->step[i].expected_s = r->wall_s;
    trace_action(c, w, "done", r->cpu_s, r->peak_bytes);
    memory_put_failure(c->plan, i, NULL);
    unclaim(c, i);
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
    schedule_know(c->schedule, i);
}

/* What a worker reports to have stored is there. */
static bool values_there(coordinator *c, const reply *r, const action_made *made, error *e)
{
    for (int32_t k = 0; k < r->output_count; k++)
        if (made[k].made && !store_has(c->plan->store, &made[k].value))
            return error_set(
                e, LOOM_E_BUG,
                "report this to the op's author: it writes over memory that is not its own",
                "the worker reports a value that is not in the store");
    return true;
}

void finish_action(coordinator *c, int w, const reply *r, const action_made *made, const char *log)
{
    int32_t i = c->slot[w].instance;
    error e = r->failure;
    if (r->good && !values_there(c, r, made, &e)) fail_action(c, w, FAILURE_PROTOCOL, 0, &e, log);
    else if (r->good && files_unchanged(c, i, &e)) {
        if (commit(c, w, r, made, log)) action_done(c, w, r);
    } else if (r->store_failed) c->fatal = e;
    else if (r->lost_input >= 0 && c->tries[i]++ < MAX_TRIES) {
        unclaim(c, i);
        report_event(
            c, &(run_event){ .kind = RUN_DAMAGED, .instance = i, .worker = w, .text = e.message });
        schedule_lose(c->schedule, i);
    } else
        fail_action(c, w,
                    e.status == LOOM_E_CANCELLED ? FAILURE_CANCELLED
                    : e.status == LOOM_E_MEMORY  ? FAILURE_MEMORY
                                                 : FAILURE_ERROR,
                    0, &e, log);
}

/* ---- a run ----------------------------------------------------------------------------------- */

static bool coordinator_init(coordinator *c, error *e)
{
    const graph *g = c->plan->graph;
    size_t n = (size_t)g->instance_count + 1;
    c->jobs = c->options->no_isolate ? 1
              : c->options->jobs > 0 ? c->options->jobs
                                     : machine_mine()->processors;
    c->threads = c->options->threads > 0 ? c->options->threads
                 : c->options->jobs > 0  ? c->options->jobs
                                         : machine_mine()->processors;
    c->memory = c->options->memory_bytes ? c->options->memory_bytes : machine_available_bytes();
    c->oom_kills = machine_oom_kills("");
    c->slot = calloc((size_t)c->jobs, sizeof *c->slot);
    c->elsewhere = calloc(n, sizeof *c->elsewhere);
    c->parked = calloc(n, sizeof *c->parked);
    c->claimed = calloc(n, sizeof *c->claimed);
    c->counted = calloc(n, sizeof *c->counted);
    c->tries = calloc(n, sizeof *c->tries);
    c->running = calloc((size_t)c->jobs, sizeof *c->running);
    if (!c->slot || !c->elsewhere || !c->parked || !c->claimed || !c->counted || !c->tries
        || !c->running)
        return error_memory(e, "a run");
    if (!(c->forecast = forecast_new(c->plan, e))) return false;
    for (int w = 0; w < c->jobs; w++) c->slot[w].instance = c->slot[w].last = -1;
    return c->options->no_isolate || pool_init(&c->pool, g, store_path(c->plan->store), c->jobs, e);
}

static void coordinator_free(coordinator *c)
{
    pool_free(&c->pool); /* zero-initialised where nothing had to run, like the rest */
    schedule_free(c->schedule);
    for (int w = 0; c->slot && w < c->jobs; w++) text_free(&c->slot[w].warnings);
    free(c->slot);
    free(c->elsewhere);
    free(c->parked);
    free(c->claimed);
    free(c->counted);
    free(c->tries);
    free(c->running);
    forecast_free(c->forecast);
    text_free(&c->trace);
}

/* So that nothing the run counts on is collected under it. */
static bool announce(const plan *p, error *e)
{
    enum { AT_ONCE = 64 };
    digest value[AT_ONCE];
    if (!store_begin_run(p->store, e)) return false;
    for (int32_t i = 0; i < p->graph->instance_count; i++) {
        const plan_step *step = &p->step[i];
        if (step->state != PLAN_CACHED) continue;
        const digest *key = &step->key;
        int n = 0;
        for (int32_t o = 0; step->output && o < p->first_output[i + 1] - p->first_output[i]; o++) {
            if (n == AT_ONCE) {
                if (!store_keep(p->store, key, value, n, e)) return false;
                key = NULL;
                n = 0;
            }
            if (step->output[o].made) value[n++] = step->output[o].value;
        }
        if (!store_keep(p->store, key, value, n, e)) return false;
    }
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
    if (!(c->schedule = schedule_new(c->plan, on_settled, c, e))) return false;
    c->next_tick = coordinator_now(c) + 0.1;
    coordinator_loop(c);
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
    interrupts_begin(!c->options->no_isolate);
    bool good = announce(p, e) && carry_out(c, e);
    store_end_run(p->store);
    interrupts_end();
    return good;
}

bool run_plan(plan *p, const run_options *options, run_result *result, error *e)
{
    static const run_options usual = { 0 };
    coordinator c = { .plan = p, .options = options ? options : &usual };
    *result = (run_result){ .exit_status = 3 };
    c.totals.needed = p->graph->instance_count - p->unneeded;
    c.totals.left_s = p->run + p->wait ? -1 : 0;
    c.begin_s = coordinator_now(&c);
    bool good = (!c.options->trace_path || trace_begin(c.options->trace_path, e)) && execute(&c, e);
    report_event(&c, &(run_event){ .kind = RUN_END, .instance = -1 });
    if ((p->last || (p->last = memory_open(p, NULL)))) memory_write(p->last, p);
    if (good && c.options->trace_path) good = trace_write(&c.trace, c.options->trace_path, e);
    result->totals = c.totals;
    result->interrupted = c.interrupted;
    if (good) result->exit_status = c.interrupted ? 130 : c.totals.failed ? 1 : 0;
    coordinator_free(&c);
    return good;
}

bool run_log(plan *p, int32_t instance, text *out, error *e)
{
    if (memory_get_failure(p, instance, out)) return true;
    if (!p->last && !(p->last = memory_open(p, e))) return false;
    const digest *key = p->step[instance].state == PLAN_CACHED
                            ? &p->step[instance].key
                            : memory_key(p->last, p->graph->instances[instance].name);
    action_record r = { 0 };
    if (!key || !store_read_action(p->store, key, &r, e)) return false;
    text_puts(out, r.log ? r.log : "");
    action_record_free(&r);
    return true;
}
