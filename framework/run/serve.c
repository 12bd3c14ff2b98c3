/* run/serve.c - see serve.h */
#include "run/serve.h"
#include "run/bundle.h"
#include "run/machine.h"
#include "store/jobs.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_TRIES = 3 };
static const double look_s = 0.1; /* how often the clock is looked at */

/* The action under way. */
typedef struct server {
    executor *executor;
    job_result result;
    int place, tries;
    bool asking, lost, over;
    need need;
} server;

void serve_file(int index, char out[SERVE_FILE])
{
    assert(index >= 0);
    snprintf(out, SERVE_FILE, "%d.result", index);
}

/* ---- what the executor reports --------------------------------------------------------------- */

static void on_note(void *user, int w, const char *line)
{
    (void)w;
    job_result_note(&((server *)user)->result, line);
}

static void on_warning(void *user, int w, const char *where, const char *line)
{
    (void)w;
    job_result_warning(&((server *)user)->result, where, line);
}

static void on_need(void *user, int w, const need *n)
{
    server *v = user;
    (void)w;
    v->need = *n;
    v->asking = true;
}

static bool on_again(void *user, int w, const char *why)
{
    server *v = user;
    if (v->tries++ >= MAX_TRIES) return false;
    on_note(user, w, why);
    return v->lost = true;
}

/* What it made is the executor's, and goes with its worker. */
static void on_ended(void *user, int w)
{
    server *v = user;
    executor_outcome *o = &v->result.outcome;
    v->executor->kind->collect(v->executor, w, o);
    v->over = true;
    size_t n = o->replied && o->reply.good ? (size_t)o->reply.output_count : 0;
    v->result.made = calloc(n + 1, sizeof *v->result.made);
    if (v->result.made && n) memcpy(v->result.made, o->made, n * sizeof *o->made);
    o->made = v->result.made;
}

/* ---- one action ------------------------------------------------------------------------------ */

static bool begin(server *v, const bundle_action *a, error *e)
{
    executor_order order = { .task = a->task,
                             .inputs = a->inputs,
                             .key = &a->key,
                             .limit_s = a->limit_s,
                             .expected_s = -1 };
    v->asking = v->lost = v->over = false;
    v->place = v->executor->kind->start(v->executor, &order, e);
    return v->place >= 0;
}

static void over_time(executor_outcome *o, double limit_s)
{
    if (o->replied) return;
    o->reason = FAILURE_TIME;
    error_set(&o->failure, LOOM_E_CANCELLED,
              "raise resources.time of the node, or give it less to do",
              "stopped after %.3g s, its time limit", limit_s);
}

static bool carry_out(server *v, const bundle_action *a, error *e)
{
    const executor_kind *kind = v->executor->kind;
    double began = machine_clock_s();
    bool killed = false;
    if (!begin(v, a, e)) return false;
    while (!v->over) {
        kind->poll(v->executor, look_s);
        if (v->lost && !begin(v, a, e)) return false;
        if (v->asking) {
            v->asking = false;
            began = machine_clock_s(); /* its limit does not count the reading of its inputs */
            kind->go(v->executor, v->place, v->need.uses_threads ? a->task.threads : 1);
        }
        if (v->over || killed || a->limit_s <= 0 || machine_clock_s() - began <= a->limit_s)
            continue;
        kind->kill(v->executor, v->place);
        killed = true;
    }
    if (killed) over_time(&v->result.outcome, a->limit_s);
    return true;
}

static bool leave(store *s, const serve_request *r, int index, const digest *key,
                  const char *instance, const job_result *result, error *e)
{
    char file[SERVE_FILE];
    text t = { 0 };
    serve_file(index, file);
    bool good = (result->made || !result->outcome.replied || error_memory(e, "outputs"))
                && job_result_write(result, key, &t, e)
                && store_job_write(s, r->name, file, t.data, t.length, e);
    text_free(&t);
    if (good && r->told) r->told(r->user, instance, result);
    return good;
}

static bool serve_action(server *v, store *s, const serve_request *r, const bundle *b, int i,
                         error *e)
{
    const bundle_action *a = &b->action[i];
    executor_outcome *o = &v->result.outcome;
    char file[SERVE_FILE], host[sizeof o->host] = "";
    text there = { 0 };
    serve_file(i, file);
    bool done = !r->only && store_job_read(s, r->name, file, 1, &there);
    text_free(&there);
    if (done || (r->only && !digest_equal(r->only, &a->key))) return true;
    double started = machine_date_s();
    v->tries = 0;
    bool good = carry_out(v, a, e);
    if (good) {
        gethostname(host, sizeof host - 1);
        memcpy(o->host, host, sizeof host);
        o->started = started;
        good = leave(s, r, i, &a->key, b->graph.instances[i].name, &v->result, e);
    }
    job_result_free(&v->result);
    return good;
}

/* ---- the bundle ------------------------------------------------------------------------------ */

static bool serve_all(store *s, const serve_request *r, const bundle *b, error *e)
{
    server v = { 0 };
    const executor_setup setup = { .graph = &b->graph,
                                   .store = s,
                                   .jobs = 1,
                                   .events = { .note = on_note,
                                               .warning = on_warning,
                                               .need = on_need,
                                               .again = on_again,
                                               .ended = on_ended,
                                               .user = &v } };
    if (!(v.executor = executor_local.open(&setup, e))) return false;
    bool good = true;
    for (int i = 0; good && i < b->count; i++) good = serve_action(&v, s, r, b, i, e);
    v.executor->kind->close(v.executor);
    return good;
}

/* What cannot be begun here is a failure of each of its actions. */
static bool fail_all(store *s, const serve_request *r, const text *orders, const error *why,
                     error *e)
{
    int count;
    digest *keys = bundle_keys(orders->data, orders->length, &count);
    job_result failed = { .outcome = { .reason = FAILURE_ERROR, .failure = *why } };
    bool good = count > 0;
    if (!good) *e = *why;
    gethostname(failed.outcome.host, sizeof failed.outcome.host - 1);
    failed.outcome.started = machine_date_s();
    for (int i = 0; good && i < count; i++)
        if (!r->only || digest_equal(r->only, &keys[i]))
            good = leave(s, r, i, &keys[i], "", &failed, e);
    free(keys);
    return good;
}

/* A job that the batch system began a second time goes on with what is its own. */
static bool take(store *s, const serve_request *r, error *e)
{
    text owner = { 0 };
    if (store_job_take(s, r->name, r->who, e)) return true;
    if (e->status != LOOM_OK) return false;
    bool own = store_job_read(s, r->name, JOB_TAKEN, 256, &owner) && owner.data
               && !strcmp(owner.data, r->who);
    if (!own)
        error_set(e, LOOM_E_IO, "nothing needs doing: it is done elsewhere, or was called off",
                  "the bundle '%s' was taken by %s", r->name,
                  owner.data ? owner.data : "another process");
    text_free(&owner);
    return own;
}

bool serve_bundle(store *s, const serve_request *r, error *e)
{
    text orders = { 0 };
    bundle b = { 0 };
    error why = { 0 };
    if (!store_job_read(s, r->name, JOB_ORDERS, BUNDLE_MAX_BYTES, &orders) || !orders.data) {
        text_free(&orders);
        return error_set(e, LOOM_E_IO, "nothing needs doing: it is done, or was called off",
                         "no bundle '%s' in the store %s", r->name, store_path(s));
    }
    bool good = r->only || take(s, r, e);
    if (good)
        good = bundle_read(orders.data, orders.length, r->cache_dir, &b, &why)
                   ? serve_all(s, r, &b, e)
                   : fail_all(s, r, &orders, &why, e);
    bundle_free(&b);
    text_free(&orders);
    return good;
}
