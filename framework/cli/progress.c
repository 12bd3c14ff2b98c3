/* cli/progress.c - see progress.h */
#include "cli/progress.h"
#include "cli/bars.h"
#include "cli/event_json.h"
#include "cli/failure.h"
#include <assert.h>
#include <stdlib.h>

struct progress {
    const graph *graph;
    progress_form form;
    bool colour;
    bars *bars; /* NULL: none are shown */
    run_totals totals;
};

progress *progress_new(const graph *g, progress_form form, error *e)
{
    progress *p = calloc(1, sizeof *p);
    bool wanted = form == PROGRESS_AUTO && cli_terminal(stderr);
    if (p) *p = (progress){ .graph = g, .form = form, .colour = cli_colour(stderr) };
    if (p && wanted) p->bars = bars_new(g, p->colour);
    if (p && (p->bars || !wanted)) return p;
    progress_free(p);
    error_memory(e, "progress");
    return NULL;
}

void progress_free(progress *p)
{
    if (!p) return;
    bars_free(p->bars);
    free(p);
}

/* Every event that carries totals is believed; between them the outcomes are counted. */
static void count(progress *p, const run_event *ev)
{
    run_totals *t = &p->totals;
    if (ev->totals.needed) {
        *t = ev->totals;
        return;
    }
    if (ev->kind != RUN_FINISHED) return;
    switch (ev->outcome) {
    case OUTCOME_CACHED: t->cached++; break;
    case OUTCOME_DONE: t->done++; break;
    case OUTCOME_FAILED: t->failed++; break;
    case OUTCOME_SKIPPED: t->skipped++; break;
    }
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void failed(progress *p, const run_event *ev)
{
    assert(ev->outcome == OUTCOME_FAILED);
    text t = { 0 };
    failure_text(p->graph, ev->instance, ev->failure, ev->text, p->colour, &t);
    bars_clear(p->bars);
    cli_put(stderr, &t);
}

/* Is it worth a line? Of many short ones the total is enough. */
static bool is_shown(const progress *p, const run_event *ev)
{
    assert(ev->kind == RUN_FINISHED);
    enum { MANY = 100 };
    if (p->form == PROGRESS_QUIET || ev->outcome == OUTCOME_CACHED) return false;
    if (ev->outcome == OUTCOME_SKIPPED) return ev->reason == FAILURE_UPSTREAM;
    return !(p->bars && p->totals.needed > MANY && ev->wall_s < 1);
}

static void finished(progress *p, const run_event *ev)
{
    assert(ev->instance >= 0 && ev->instance < p->graph->instance_count);
    const run_totals *t = &p->totals;
    const char *name = p->graph->instances[ev->instance].name;
    char wall[32];
    bool cancelled = ev->outcome == OUTCOME_FAILED && ev->reason == FAILURE_CANCELLED;
    if (ev->outcome == OUTCOME_FAILED && !cancelled) {
        failed(p, ev);
        return;
    }
    if (!cancelled && !is_shown(p, ev)) return;
    bars_clear(p->bars);
    if (cancelled && ev->failure && *ev->failure->todo) /* not by this run */
        cli_say("cancelled %s: %s; %s", name, ev->failure->message, ev->failure->todo);
    else if (cancelled) cli_say("cancelled %s", name);
    else if (ev->outcome == OUTCOME_SKIPPED)
        cli_say("skipped %s, since %s failed", name, p->graph->instances[ev->upstream].name);
    else
        cli_say("done %s in %s (%d of %d)", name, seconds_text(ev->wall_s, wall),
                t->cached + t->done + t->failed + t->skipped, t->needed);
}

static void tell(progress *p, const run_event *ev)
{
    const char *name = ev->instance >= 0 ? p->graph->instances[ev->instance].name : "";
    switch (ev->kind) {
    case RUN_FINISHED: finished(p, ev); break;
    case RUN_STARTED:
        if (!p->bars && p->form == PROGRESS_AUTO) cli_say("run  %s", name);
        break;
    case RUN_WAITING:
        bars_clear(p->bars);
        if (p->form == PROGRESS_AUTO)
            cli_say("another run is computing %s: waiting for its result", name);
        break;
    case RUN_DAMAGED:
        bars_clear(p->bars);
        cli_warn("%s: %s; it is made again", name, ev->text);
        break;
    case RUN_HELD:
        bars_clear(p->bars);
        cli_say("%s", ev->text);
        break;
    case RUN_STOPPING:
        bars_clear(p->bars);
        cli_say("stopping: what runs now is cancelled, finished results are kept; press Ctrl-C "
                "again to stop at once");
        break;
    default: break;
    }
}

/* ---- events ---------------------------------------------------------------------------------- */

static void print_json(const graph *g, const run_event *ev)
{
    text t = { 0 };
    event_json(g, ev, &t);
    cli_put(stdout, &t); /* at once: a reader follows the run as it goes */
}

void progress_event(void *user, const run_event *ev)
{
    progress *p = user;
    if (p->form == PROGRESS_JSON) {
        print_json(p->graph, ev);
        return;
    }
    count(p, ev);
    if (p->bars && ev->kind == RUN_STARTED) bars_started(p->bars, ev);
    /* damaged: it waits until what it reads is made again */
    if (p->bars && (ev->kind == RUN_FINISHED || ev->kind == RUN_DAMAGED))
        bars_finished(p->bars, ev);
    if (p->bars && ev->kind == RUN_PROGRESS) bars_progress(p->bars, ev);
    tell(p, ev);
    if (!p->bars) return;
    if (ev->kind == RUN_END) bars_clear(p->bars);
    else bars_draw(p->bars, &p->totals, ev->time_s);
}
