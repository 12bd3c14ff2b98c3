/* run/worker.c - see worker.h */
#include "run/worker.h"
#include "run/code.h"
#include "run/machine.h"
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { KEPT_VALUES = 32 };

/* A value that was read or made lately: chains need not read it again. */
typedef struct kept {
    digest name;
    loom_value *value;
    size_t bytes;
    uint64_t used;
    bool busy;
} kept;

struct worker {
    const graph *graph;
    store *store;
    worker_link link;
    kept kept[KEPT_VALUES];
    size_t kept_bytes, kept_limit;
    uint64_t clock;
    code *code;
    int peak_fd; /* /proc/self/clear_refs: forgets the largest resident size */
};

/* ---- values kept ----------------------------------------------------------------------------- */

static void drop(worker *w, kept *k)
{
    assert(k->value && w->kept_bytes >= k->bytes);
    w->kept_bytes -= k->bytes;
    value_free(k->value);
    *k = (kept){ 0 };
}

/* A free place, after dropping the longest unused values that are not inputs of the action under
 * way. NULL: all are. */
static kept *make_room(worker *w, size_t bytes)
{
    for (;;) {
        kept *empty = NULL, *oldest = NULL;
        for (int i = 0; i < KEPT_VALUES; i++) {
            kept *k = &w->kept[i];
            if (!k->value) empty = k;
            else if (!k->busy && (!oldest || k->used < oldest->used)) oldest = k;
        }
        if (empty && (w->kept_bytes + bytes <= w->kept_limit || !oldest)) return empty;
        if (!oldest) return NULL;
        drop(w, oldest);
    }
}

/* Takes the value; true when it is kept, false when there was no place (it is then still the
 * caller's). */
static bool keep(worker *w, const digest *name, loom_value *value, bool busy)
{
    assert(value);
    size_t bytes = value_bytes(value);
    kept *k = make_room(w, bytes);
    if (!k) return false;
    *k = (kept){ *name, value, bytes, ++w->clock, busy };
    w->kept_bytes += bytes;
    return true;
}

/* A kept value is used only while it is still what its name says: an op that wrote to its input
 * harms nobody but itself. */
static const loom_value *find_kept(worker *w, const digest *name)
{
    for (int i = 0; i < KEPT_VALUES; i++) {
        kept *k = &w->kept[i];
        if (!k->value || !digest_equal(&k->name, name)) continue;
        digest now = value_digest(k->value);
        if (digest_equal(&now, name)) {
            k->used = ++w->clock;
            k->busy = true;
            return k->value;
        }
        if (!k->busy) drop(w, k);
    }
    return NULL;
}

/* ---- one action ------------------------------------------------------------------------------ */

typedef struct inputs {
    host_input *input;
    loom_value **own;
    int32_t count, own_count;
} inputs;

/* From the values kept, else from the store; NULL where the object is lost. */
static const loom_value *read_input(worker *w, const digest *name, inputs *in, error *e)
{
    const loom_value *v = find_kept(w, name);
    if (v) return v;
    loom_value *read = store_get(w->store, name, true, e);
    if (read && !keep(w, name, read, true)) in->own[in->own_count++] = read;
    return read;
}

/* Looks at every input even where one is lost, so that all damaged objects are found at once. */
static bool read_inputs(worker *w, const loom_op *op, const task *t, const task_input *from,
                        inputs *in, reply *out)
{
    assert(t->input_count >= 0);
    in->input = calloc((size_t)t->input_count + 1, sizeof *in->input);
    in->own = calloc((size_t)t->input_count + 1, sizeof *in->own);
    if (!in->input || !in->own) return error_memory(&out->failure, "inputs");
    for (int32_t i = 0; i < t->input_count; i++) {
        error e = { 0 };
        const loom_value *v = read_input(w, &from[i].value, in, &e);
        if (v) in->input[in->count++] = (host_input){ op->inputs[from[i].port].name, v };
        if (v || out->failure.status != LOOM_OK) continue;
        out->failure = e;
        if (e.status != LOOM_E_IO) return false;
        out->lost_input = i;
    }
    return out->failure.status == LOOM_OK;
}

static void inputs_free(worker *w, inputs *in)
{
    for (int32_t i = 0; i < in->own_count; i++) value_free(in->own[i]);
    for (int i = 0; i < KEPT_VALUES; i++) w->kept[i].busy = false;
    free(in->input);
    free(in->own);
}

static bool on_progress(void *user, double done, double total)
{
    worker *w = user;
    atomic_store_explicit(&w->link.page->done, done, memory_order_relaxed);
    atomic_store_explicit(&w->link.page->total, total, memory_order_relaxed);
    return true;
}

static bool on_cancelled(void *user)
{
    worker *w = user;
    return atomic_load_explicit(&w->link.page->stop, memory_order_relaxed)
           || (w->link.stop && w->link.stop(w->link.user));
}

static bool on_finish(void *user)
{
    worker *w = user;
    return atomic_load_explicit(&w->link.page->finish, memory_order_relaxed);
}

static void on_note(void *user, const char *line)
{
    worker *w = user;
    w->link.note(w->link.user, line);
}

static void on_warning(void *user, const char *where, const char *line)
{
    worker *w = user;
    w->link.warn(w->link.user, where, line);
}

/* RLIMIT_DATA counts what was already there and the stacks of threads, so the limit is on top of
 * them. Returns the limit to put back. */
static struct rlimit limit_memory(uint64_t bytes, int32_t threads)
{
    const rlim_t stack = 8 << 20;
    struct rlimit before = { RLIM_INFINITY, RLIM_INFINITY };
    unsigned long pages[6] = { 0 };
    getrlimit(RLIMIT_DATA, &before);
    FILE *f = bytes ? fopen("/proc/self/statm", "r") : NULL;
    if (!f) return before;
    int got = fscanf(f, "%lu %lu %lu %lu %lu %lu", &pages[0], &pages[1], &pages[2], &pages[3],
                     &pages[4], &pages[5]);
    fclose(f);
    rlim_t limit =
        (rlim_t)pages[5] * (rlim_t)sysconf(_SC_PAGESIZE) + (rlim_t)threads * stack + bytes;
    if (got == 6 && limit < before.rlim_cur)
        setrlimit(RLIMIT_DATA, &(struct rlimit){ limit, before.rlim_max });
    return before;
}

static bool write_outputs(worker *w, host_result *result, reply *out, action_made *outputs)
{
    assert(!out->store_failed);
    for (int i = 0; i < result->output_count; i++) {
        outputs[i] = (action_made){ .made = result->output[i] != NULL };
        if (!result->output[i]) continue;
        if (!store_put(w->store, result->output[i], &outputs[i].value, &out->failure)) {
            out->store_failed = true;
            return false;
        }
        if (keep(w, &outputs[i].value, result->output[i], false)) result->output[i] = NULL;
    }
    out->output_count = result->output_count;
    return true;
}

/* What the op says that it needs, its inputs included. False where it says nothing; `e` is set
 * where its estimate failed. */
static bool find_need(worker *w, int32_t node, const host_request *request, need *out, error *e)
{
    assert(request->op);
    loom_estimate estimate;
    if (!code_estimate(w->code, node, request, &estimate, e)) return false;
    *out = (need){ .bytes = estimate.bytes, .uses_threads = estimate.uses_threads };
    for (int i = 0; i < request->input_count; i++)
        if (__builtin_add_overflow(out->bytes, value_bytes(request->inputs[i].value), &out->bytes))
            out->bytes = UINT64_MAX;
    return true;
}

/* What can never fit fails at once, and not when the kernel kills it hours later. */
static bool refuse(const need *n, error *e)
{
    const double gib = 1 << 30;
    assert(n->bytes > machine_mine()->memory_bytes);
    return error_set(
        e, LOOM_E_MEMORY,
        "give it less: bin or crop what it takes in, fewer images, a smaller volume or "
        "less oversampling; `atomloom plan --cost` shows what each node needs",
        "it needs about %.1f GiB of memory, its inputs included; there are %.1f GiB "
        "that may be used here",
        (double)n->bytes / gib, (double)machine_mine()->memory_bytes / gib);
}

/* Asks for room where the op knows what it needs. False: its estimate failed, or there can be no
 * such room. */
static bool admit(worker *w, int32_t node, host_request *request, error *e)
{
    need n;
    if (!find_need(w, node, request, &n, e)) return e->status == LOOM_OK;
    if (n.bytes > machine_mine()->memory_bytes) return refuse(&n, e);
    request->threads = w->link.may_start(w->link.user, &n);
    return true;
}

static host_request request_for(worker *w, const loom_op *op, const task *t, const inputs *in)
{
    return (host_request){ .op = op,
                           .params = w->graph->instances[t->instance].params,
                           .inputs = in->input,
                           .input_count = in->count,
                           .threads = t->threads,
                           .memory_limit = t->limit_bytes,
                           .progress = on_progress,
                           .cancelled = on_cancelled,
                           .note = on_note,
                           .warn = on_warning,
                           .finish = on_finish,
                           .user = w };
}

bool worker_estimate(worker *w, const task *t, const task_input *from, need *out)
{
    assert(t->instance >= 0 && t->instance < w->graph->instance_count);
    int32_t node = w->graph->instances[t->instance].node;
    reply r = { .lost_input = -1 };
    inputs in = { 0 };
    const loom_op *op = code_op(w->code, node, &r.failure);
    bool good = op && op->estimate && read_inputs(w, op, t, from, &in, &r);
    if (good) {
        host_request request = request_for(w, op, t, &in);
        good = find_need(w, node, &request, out, &r.failure) && out->bytes;
    }
    inputs_free(w, &in);
    return good;
}

static bool run_action(worker *w, const task *t, const task_input *from, reply *out,
                       action_made *outputs)
{
    const graph_instance *instance = &w->graph->instances[t->instance];
    const loom_op *op = code_op(w->code, instance->node, &out->failure);
    inputs in = { 0 };
    host_result result = { 0 };
    if (!op) return false;
    bool good = read_inputs(w, op, t, from, &in, out);
    host_request request = request_for(w, op, t, &in);
    good = good && admit(w, instance->node, &request, &out->failure);
    double wall = machine_clock_s(), cpu = machine_cpu_s();
    good = good && code_run(w->code, instance->node, &request, &result);
    atomic_store(&w->link.page->finished, result.finished);
    if (!good && out->failure.status == LOOM_OK) out->failure = result.failure;
    good = good && write_outputs(w, &result, out, outputs);
    out->wall_s = machine_clock_s() - wall;
    out->cpu_s = machine_cpu_s() - cpu;
    host_result_free(&result);
    inputs_free(w, &in);
    return good;
}

void worker_execute(worker *w, const task *t, const task_input *from, reply *out,
                    action_made *outputs)
{
    assert(t->instance >= 0 && t->instance < w->graph->instance_count);
    *out = (reply){ .lost_input = -1 };
    on_progress(w, 0, 0);
    atomic_store(&w->link.page->finished, 0);
    if (w->peak_fd >= 0 && pwrite(w->peak_fd, "5", 1, 0) < 0) w->peak_fd = -1;
    struct rlimit before = limit_memory(t->limit_bytes, t->threads);
    out->good = run_action(w, t, from, out, outputs);
    if (out->good) out->failure = (error){ 0 };
    out->retire = code_is_spoilt(w->code);
    if (t->limit_bytes) setrlimit(RLIMIT_DATA, &before);
    struct rusage use;
    if (!getrusage(RUSAGE_SELF, &use)) out->peak_bytes = (uint64_t)use.ru_maxrss * 1024;
}

worker *worker_new(const graph *g, store *s, worker_link link, error *e)
{
    worker *w = calloc(1, sizeof *w);
    if (!w || !(w->code = code_new(g, e))) {
        free(w);
        error_memory(e, "a worker");
        return NULL;
    }
    w->graph = g;
    w->store = s;
    w->link = link;
    w->kept_limit = machine_mine()->memory_bytes / 8
                    / (size_t)machine_mine()->processors; /* all workers together: an eighth */
    w->peak_fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    return w;
}

void worker_free(worker *w)
{
    if (!w) return;
    for (int i = 0; i < KEPT_VALUES; i++)
        if (w->kept[i].value) drop(w, &w->kept[i]);
    if (w->peak_fd >= 0) close(w->peak_fd);
    code_free(w->code);
    free(w);
}
