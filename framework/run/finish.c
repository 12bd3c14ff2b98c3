/* run/finish.c - an action that is ended early keeps what it has, as the result of the number of
 * steps that it went; see coordinator.h and loom_host.finish. */
#include "run/coordinator.h"
#include "run/history.h"
#include "run/host.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double ask_s = 0.3;

static const loom_op *op_of(const coordinator *c, int32_t i)
{
    return c->plan->graph->nodes[c->plan->graph->instances[i].node].op->op;
}

static bool is_named(const coordinator *c, int32_t i, const char *name, size_t n)
{
    const graph *g = c->plan->graph;
    const char *const both[] = { g->instances[i].name, g->nodes[g->instances[i].node].name };
    for (int k = 0; k < 2; k++)
        if (strlen(both[k]) == n && !strncmp(both[k], name, n)) return true;
    return false;
}

static void ask_one(coordinator *c, const char *name, size_t n, finish_answer *answer)
{
    for (int w = 0; w < c->jobs; w++) {
        int32_t i = c->slot[w].instance;
        if (i < 0 || !is_named(c, i, name, n)) continue;
        answer->running++;
        if (!c->executor->kind->request_finish || host_iterations_row(op_of(c, i)) < 0) continue;
        c->executor->kind->request_finish(c->executor, w);
        answer->asked++;
    }
}

void finish_look(coordinator *c, double now)
{
    const char *path = c->plan->graph->path ? c->plan->graph->path : "";
    text names = { 0 };
    finish_answer answer = { 0 };
    c->next_ask = now + ask_s;
    if (!finish_take(c->plan->store, path, &names)) return;
    for (const char *at = names.data; at && *at;) {
        size_t n = strcspn(at, "\n");
        ask_one(c, at, n, &answer);
        at += n + (at[n] == '\n');
    }
    finish_reply(c->plan->store, path, answer);
    text_free(&names);
}

/* A copy of the parameters with that number of steps; NULL with `e`. */
static param_set *with_steps(const param_set *planned, int row, int64_t steps, error *e)
{
    char number[32];
    param_set *set = params_copy(planned, e);
    snprintf(number, sizeof number, "%lld", (long long)steps);
    if (set && params_assign_text(set, planned->op->params[row].name, number, e)) return set;
    params_free(set);
    return NULL;
}

bool finish_settle(coordinator *c, int32_t i, int64_t steps, error *e)
{
    graph_instance *in = &c->plan->graph->instances[i];
    plan_step *step = &c->plan->step[i];
    int row = host_iterations_row(op_of(c, i));
    assert(c->claimed[i] && step->has_key && !c->as_planned[i]);
    if (row < 0 || !host_may_finish(in->params, row, steps))
        return error_set(e, LOOM_E_BUG, "report this to the op's author",
                         "it says that it ended after %lld steps, which cannot be",
                         (long long)steps);
    param_set *set = with_steps(in->params, row, steps, e);
    if (!set) return false;
    store_release(c->plan->store, &step->key);
    c->claimed[i] = false;
    c->as_planned[i] = in->params;
    in->params = set;
    step->has_key = false;
    step->finished = steps;
    return plan_make_key(c->plan, i, e);
}

void finish_restore(coordinator *c)
{
    for (int32_t i = 0; c->as_planned && i < c->plan->graph->instance_count; i++) {
        if (!c->as_planned[i]) continue;
        params_free(c->plan->graph->instances[i].params);
        c->plan->graph->instances[i].params = c->as_planned[i];
    }
    free(c->as_planned);
    c->as_planned = NULL;
}

/* ---- what is asked, among the notes of the store --------------------------------------------- */

bool finish_ask(store *s, const char *path, const char *name)
{
    char folder[33];
    history_folder(path, folder);
    store_note_remove(s, folder, "finish-answer");
    return store_note_write(s, folder, "finish", name, strlen(name));
}

bool finish_take(store *s, const char *path, text *names)
{
    char folder[33];
    history_folder(path, folder);
    bool there = store_note_read(s, folder, "finish", names);
    if (there) store_note_remove(s, folder, "finish");
    return there;
}

void finish_reply(store *s, const char *path, finish_answer answer)
{
    char folder[33], line[64];
    history_folder(path, folder);
    int n = snprintf(line, sizeof line, "%d %d", answer.running, answer.asked);
    store_note_write(s, folder, "finish-answer", line, (size_t)n);
}

bool finish_answered(store *s, const char *path, finish_answer *out)
{
    char folder[33];
    text line = { 0 };
    history_folder(path, folder);
    bool there = store_note_read(s, folder, "finish-answer", &line) && line.data
                 && sscanf(line.data, "%d %d", &out->running, &out->asked) == 2;
    text_free(&line);
    return there;
}

void finish_forget(store *s, const char *path)
{
    char folder[33];
    history_folder(path, folder);
    store_note_remove(s, folder, "finish");
    store_note_remove(s, folder, "finish-answer");
}
