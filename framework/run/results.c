/* run/results.c - see coordinator.h: what came of each action, kept in the store. */
#include "run/discard.h"
#include "run/history.h"
#include "run/provenance.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const op_entry *op_of(const coordinator *c, int32_t i)
{
    return c->plan->graph->nodes[c->plan->graph->instances[i].node].op;
}

static void trace_action(coordinator *c, int w, const char *result, double cpu_s, uint64_t peak)
{
    assert(c->slot[w].instance >= 0);
    const slot *s = &c->slot[w];
    if (!c->options->trace_path) return;
    trace_span span = { c->plan->graph->instances[s->instance].name,
                        op_of(c, s->instance)->op->id,
                        result,
                        w,
                        s->threads,
                        s->began,
                        run_now(c) - s->began,
                        cpu_s,
                        peak };
    trace_add(&c->trace, &span);
}

static void unclaim(coordinator *c, int32_t i)
{
    assert(c->claimed[i]);
    store_release(c->plan->store, &c->plan->step[i].key);
    c->claimed[i] = false;
}

static void keep_failure(coordinator *c, int32_t i, const executor_outcome *o)
{
    const char *log = o->log.data ? o->log.data : "";
    size_t n = strlen(log);
    text whole = { 0 };
    text_printf(&whole, "%s%s%s: %s\n", log, n && log[n - 1] != '\n' ? "\n" : "",
                run_failure_text(o->reason), o->failure.message);
    history_put_failure(c->plan, i, whole.data);
    text_free(&whole);
}

static settlement fail(coordinator *c, int w, const executor_outcome *o)
{
    int32_t i = c->slot[w].instance;
    assert(o->reason && o->failure.status != LOOM_OK);
    unclaim(c, i);
    trace_action(c, w, run_failure_text(o->reason), 0, 0);
    keep_failure(c, i, o);
    report_failure(c, i, w, o->reason, o->signal, &o->failure, o->log.data);
    schedule_fail(c->schedule, i);
    return SETTLED_FAILED;
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
            return error_set_at(e, LOOM_E_IO, row->name, "run again",
                                "the file '%s' changed while the run was under way", name);
        }
    }
    return true;
}

/* The bytes that come out of the same key twice must be the same. */
static void compare_outputs(coordinator *c, int32_t i, int w, const action_output *now,
                            const action_output *before)
{
    for (int32_t k = 0; k < c->plan->first_output[i + 1] - c->plan->first_output[i]; k++) {
        char line[256], old[65] = "none", new[65] = "none";
        if (now[k].made == before[k].made
            && (!now[k].made || digest_equal(&now[k].value, &before[k].value)))
            continue;
        if (before[k].made) digest_text(&before[k].value, old);
        if (now[k].made) digest_text(&now[k].value, new);
        snprintf(line, sizeof line,
                 "another value than this very action gave before (%.12s, now %.12s): %s is not "
                 "deterministic",
                 old, new, op_of(c, i)->op->id);
        report_warning(c, w, now[k].port, line);
    }
}

static void compare_with_before(coordinator *c, int32_t i, int w, const action_output *now)
{
    const plan_step *step = &c->plan->step[i];
    error quiet = { 0 };
    action_record r = { 0 };
    int32_t n = c->plan->first_output[i + 1] - c->plan->first_output[i];
    if (step->output) compare_outputs(c, i, w, now, step->output);
    else if (step->forced && store_find_action(c->plan->store, &step->key, &r, &quiet)
             && r.output_count == n)
        compare_outputs(c, i, w, now, r.output);
    action_record_free(&r);
}

/* The slot's warnings as the record holds them: pointers into the slot. */
static void list_warnings(const slot *s, action_warning *out)
{
    assert(s->warning_count <= LOOM_MAX_WARNINGS);
    const char *at = s->warnings.data;
    for (int k = 0; k < s->warning_count; k++) {
        out[k].where = at;
        out[k].text = at += strlen(at) + 1;
        at += strlen(at) + 1;
        assert(at <= s->warnings.data + s->warnings.length);
    }
}

/* Everything but the outputs of the record points to what the caller holds. */
static bool put_record(coordinator *c, int w, const executor_outcome *o, action_output *outputs,
                       error *e)
{
    const slot *s = &c->slot[w];
    const reply *r = &o->reply;
    int32_t i = s->instance;
    text provenance = { 0 };
    action_warning warnings[LOOM_MAX_WARNINGS];
    const double started = o->started > 0 ? o->started : s->epoch;
    const execution how = { started,       r->wall_s,  r->cpu_s,
                            r->peak_bytes, s->threads, *o->host ? o->host : NULL };
    list_warnings(s, warnings);
    provenance_write(c->plan, i, &how, &provenance);
    action_record record = { .key = c->plan->step[i].key,
                             .output_count = r->output_count,
                             .output = outputs,
                             .wall_s = r->wall_s,
                             .cpu_s = r->cpu_s,
                             .started = started,
                             .peak_bytes = r->peak_bytes,
                             .provenance = provenance.data,
                             .log = o->log.data ? o->log.data : "",
                             .warning_count = s->warning_count,
                             .warning = warnings };
    bool good = (!provenance.failed || error_memory(e, "provenance"))
                && store_put_action(c->plan->store, &record, e);
    text_free(&provenance);
    return good;
}

/* The record, and the announcement that this run counts on the values. */
static bool commit(coordinator *c, int w, const executor_outcome *o, error *e)
{
    assert(o->replied && o->reply.good && o->made);
    const slot *s = &c->slot[w];
    int32_t i = s->instance, n = o->reply.output_count;
    const loom_port *port = op_of(c, i)->op->outputs;
    action_output *outputs = calloc((size_t)n + 1, sizeof *outputs);
    digest *values = calloc((size_t)n + 1, sizeof *values);
    int kept = 0;
    bool good = (outputs && values && !s->warnings.failed) || error_memory(e, "outputs");
    for (int32_t k = 0; good && k < n; k++) {
        outputs[k] = (action_output){ port[k].name, o->made[k].made, o->made[k].value };
        if (o->made[k].made) values[kept++] = o->made[k].value;
    }
    if (good) {
        compare_with_before(c, i, w, outputs);
        plan_set_outputs(c->plan, i, outputs);
        c->plan->step[i].warnings = s->warning_count;
        good = put_record(c, w, o, outputs, e)
               && store_keep(c->plan->store, &c->plan->step[i].key, values, kept, e);
    }
    free(outputs);
    free(values);
    return good;
}

static settlement done(coordinator *c, int w, const reply *r)
{
    assert(r->wall_s >= 0);
    int32_t i = c->slot[w].instance;
    forecast_learn(c->forecast, i, r->wall_s);
    c->plan->step[i].expected_s = r->wall_s;
    trace_action(c, w, "done", r->cpu_s, r->peak_bytes);
    history_put_failure(c->plan, i, NULL);
    if (c->claimed[i]) unclaim(c, i); /* one that ended early gave it back */
    report_done(c, w, r);
    c->executed[i] = true;
    schedule_know(c->schedule, i);
    discard_inputs(c, i);
    return SETTLED_DONE;
}

/* What a worker reports to have stored is there. */
static bool values_there(const coordinator *c, const executor_outcome *o, error *e)
{
    assert(o->made || !o->reply.output_count);
    for (int32_t k = 0; k < o->reply.output_count; k++)
        if (o->made[k].made && !store_has(c->plan->store, &o->made[k].value))
            return error_set(
                e, LOOM_E_BUG,
                "report this to the op's author: it writes over memory that is not its own",
                "the worker reports a value that is not in the store");
    return true;
}

/* An op that stops without being asked has failed. */
static run_failure reason_of(const coordinator *c, const error *e)
{
    return e->status == LOOM_E_CANCELLED && c->draining ? FAILURE_CANCELLED
           : e->status == LOOM_E_MEMORY                 ? FAILURE_MEMORY
                                                        : FAILURE_ERROR;
}

static settlement again(coordinator *c, int w, const char *why)
{
    int32_t i = c->slot[w].instance;
    unclaim(c, i);
    report_event(c, &(run_event){ .kind = RUN_DAMAGED, .instance = i, .worker = w, .text = why });
    schedule_lose(c->schedule, i);
    return SETTLED_AGAIN;
}

/* It is no success after all, for this reason. */
static settlement fail_for(coordinator *c, int w, const executor_outcome *o, run_failure reason,
                           const error *why)
{
    assert(reason != FAILURE_NONE && why->status != LOOM_OK);
    executor_outcome failed = *o;
    failed.reason = reason;
    failed.signal = 0;
    failed.failure = *why;
    return fail(c, w, &failed);
}

settlement results_settle(coordinator *c, int w, const executor_outcome *o, error *e)
{
    const reply *r = &o->reply;
    int32_t i = c->slot[w].instance;
    error why = r->failure;
    assert(i >= 0 && c->claimed[i]);
    if (!o->replied) return fail(c, w, o);
    if (r->good && !values_there(c, o, &why)) return fail_for(c, w, o, FAILURE_PROTOCOL, &why);
    if (r->good && o->finished && !finish_settle(c, i, o->finished, &why))
        return fail_for(c, w, o, FAILURE_PROTOCOL, &why);
    if (r->good && files_unchanged(c, i, &why))
        return commit(c, w, o, e) ? done(c, w, r) : SETTLED_FATAL;
    if (!r->good && r->store_failed) {
        *e = why;
        return SETTLED_FATAL;
    }
    if (!r->good && r->lost_input >= 0 && c->tries[i]++ < MAX_TRIES)
        return again(c, w, why.message);
    return fail_for(c, w, o, reason_of(c, &why), &why);
}
