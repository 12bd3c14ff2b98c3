/* cli/event_json.c - the events of a run for programs: docs/events.md. See event_json.h */
#include "cli/event_json.h"
#include "base/json.h"
#include "cli/failure.h"
#include <assert.h>

/* Microseconds are all a clock can tell. */
static void member_seconds(text *t, const char *name, double s)
{
    json_name(t, name);
    text_printf(t, "%.6f", s);
}

static void member_integer(text *t, const char *name, long long v)
{
    json_name(t, name);
    text_printf(t, "%lld", v);
}

static void totals_members(text *t, const run_totals *r)
{
    member_integer(t, "needed", r->needed);
    member_integer(t, "cached", r->cached);
    member_integer(t, "done", r->done);
    member_integer(t, "failed", r->failed);
    member_integer(t, "skipped", r->skipped);
    member_integer(t, "running", r->running);
    member_integer(t, "cancelled", r->cancelled);
    member_integer(t, "warnings", r->warnings);
    if (r->left_s >= 0) member_seconds(t, "left_s", r->left_s);
}

static void failure_members(text *t, const graph *g, const run_event *ev)
{
    assert(ev->reason != FAILURE_NONE);
    json_member(t, "reason", run_failure_text(ev->reason));
    if (ev->reason == FAILURE_SIGNAL) json_member(t, "signal", signal_name(ev->signal));
    if (ev->reason == FAILURE_UPSTREAM) json_member(t, "upstream", g->instances[ev->upstream].name);
    if (!ev->failure) return;
    const loom_param *by_default;
    place at = failure_place(g, ev->instance, ev->failure->where, &by_default);
    json_member(t, "message", ev->failure->message);
    json_member(t, "todo", ev->failure->todo);
    if (*ev->failure->where) json_member(t, "where", ev->failure->where);
    json_member(t, "file", at.file);
    member_integer(t, "line", at.line);
    member_integer(t, "column", at.column);
    if (ev->text) json_member(t, "log", ev->text);
}

static void warning_members(text *t, const graph *g, const run_event *ev)
{
    assert(ev->where && ev->text);
    const loom_param *by_default;
    place at = failure_place(g, ev->instance, ev->where, &by_default);
    json_member(t, "text", ev->text);
    if (*ev->where) json_member(t, "where", ev->where);
    json_member(t, "file", at.file);
    member_integer(t, "line", at.line);
    member_integer(t, "column", at.column);
}

void event_json(const graph *g, const run_event *ev, text *t)
{
    assert((unsigned)ev->kind <= RUN_END);
    if (ev->kind == RUN_TICK) return;
    text_puts(t, "{");
    json_member(t, "event", run_event_text(ev->kind));
    member_seconds(t, "time_s", ev->time_s);
    if (ev->instance >= 0 && ev->kind != RUN_BEGIN && ev->kind != RUN_END) {
        const graph_instance *i = &g->instances[ev->instance];
        json_member(t, "instance", i->name);
        json_member(t, "node", g->nodes[i->node].name);
        json_member(t, "op", g->nodes[i->node].op->op->id);
    }
    switch (ev->kind) {
    case RUN_BEGIN:
    case RUN_END: totals_members(t, &ev->totals); break;
    case RUN_STARTED:
        member_integer(t, "worker", ev->worker);
        member_integer(t, "threads", ev->threads);
        break;
    case RUN_PROGRESS:
        json_member_number(t, "done", ev->done);
        json_member_number(t, "total", ev->total);
        break;
    case RUN_NOTE:
    case RUN_HELD:
    case RUN_DAMAGED: json_member(t, "text", ev->text); break;
    case RUN_WARNING: warning_members(t, g, ev); break;
    case RUN_FINISHED:
        json_member(t, "outcome", run_outcome_text(ev->outcome));
        if (ev->outcome == OUTCOME_DONE || ev->outcome == OUTCOME_CACHED) {
            member_seconds(t, "wall_s", ev->wall_s);
            member_seconds(t, "cpu_s", ev->cpu_s);
            member_integer(t, "peak_bytes", (long long)ev->peak_bytes);
        } else failure_members(t, g, ev);
        break;
    default: break;
    }
    text_puts(t, "}\n");
}
