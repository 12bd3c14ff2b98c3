/* run/inline.c - see executor.h: actions run in this process, one at a time. `start` keeps the
 * order, `poll` carries it out and returns when it is over. */
#include "run/executor.h"
#include "run/interrupts.h"
#include "run/worker.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct inline_executor {
    executor base;
    const graph *graph;
    store *store;
    bool taken;
    task task;
    task_input *inputs; /* of the task; owned */
    worker_page page;
    reply reply;
    action_made *made; /* owned */
    text log;
} inline_executor;

static inline_executor *of(executor *x)
{
    assert(x->kind == &executor_inline);
    return (inline_executor *)x;
}

/* ---- what the op asks of its host ------------------------------------------------------------ */

/* Nothing else runs, so there is room. */
static int32_t may_start(void *user, const need *n)
{
    const inline_executor *x = user;
    return n->uses_threads ? x->task.threads : 1;
}

static void on_note(void *user, const char *line)
{
    inline_executor *x = user;
    text_printf(&x->log, "%s\n", line);
    x->base.events.note(x->base.events.user, 0, line);
}

static void on_warning(void *user, const char *where, const char *line)
{
    inline_executor *x = user;
    text_printf(&x->log, "warning: %s\n", line);
    x->base.events.warning(x->base.events.user, 0, where, line);
}

static bool is_stopped(void *user)
{
    (void)user;
    return interrupts_seen() > 0;
}

/* ---- the executor ---------------------------------------------------------------------------- */

static executor *inline_open(const executor_setup *setup, error *e)
{
    inline_executor *x = calloc(1, sizeof *x);
    if (!x) {
        error_memory(e, "an executor");
        return NULL;
    }
    x->base = (executor){ .kind = &executor_inline, .places = 1, .events = setup->events };
    x->graph = setup->graph;
    x->store = setup->store;
    return &x->base;
}

static void inline_close(executor *base)
{
    if (!base) return;
    inline_executor *x = of(base);
    free(x->inputs);
    free(x->made);
    text_free(&x->log);
    free(x);
}

static int count_outputs(const inline_executor *x)
{
    assert(x->task.instance >= 0 && x->task.instance < x->graph->instance_count);
    const loom_port *port =
        x->graph->nodes[x->graph->instances[x->task.instance].node].op->op->outputs;
    int n = 0;
    while (port[n].name) n++;
    return n;
}

static int inline_start(executor *base, const executor_order *order, error *e)
{
    assert(order->task.input_count >= 0);
    inline_executor *x = of(base);
    assert(!x->taken);
    free(x->inputs);
    free(x->made);
    x->task = order->task;
    x->inputs = calloc((size_t)x->task.input_count + 1, sizeof *x->inputs);
    x->made = calloc((size_t)count_outputs(x) + 1, sizeof *x->made);
    if (!x->inputs || !x->made) {
        error_memory(e, "an action");
        return -1;
    }
    if (x->task.input_count)
        memcpy(x->inputs, order->inputs, (size_t)x->task.input_count * sizeof *x->inputs);
    x->taken = true;
    return 0;
}

static void execute(inline_executor *x)
{
    assert(x->taken);
    double stopped = interrupts_stopped_s();
    x->reply = (reply){ .lost_input = -1 };
    worker *self = worker_new(x->graph, x->store,
                              (worker_link){ .page = &x->page,
                                             .may_start = may_start,
                                             .note = on_note,
                                             .warn = on_warning,
                                             .stop = is_stopped,
                                             .user = x },
                              &x->reply.failure);
    if (self) worker_execute(self, &x->task, x->inputs, &x->reply, x->made);
    worker_free(self);
    stopped = interrupts_stopped_s() - stopped;
    x->reply.wall_s = x->reply.wall_s > stopped ? x->reply.wall_s - stopped : 0;
}

static void inline_poll(executor *base, double wait_s)
{
    inline_executor *x = of(base);
    if (!x->taken) {
        interrupts_wait(wait_s);
        return;
    }
    execute(x);
    base->events.ended(base->events.user, 0);
    assert(!x->taken);
}

static void inline_go(executor *base, int w, int threads)
{
    (void)base, (void)w, (void)threads;
    assert(false && "an action of this executor waits for nothing");
}

static void inline_progress(const executor *base, int w, double *done, double *total)
{
    const inline_executor *x = (const inline_executor *)base;
    assert(w == 0);
    *done = atomic_load(&x->page.done);
    *total = atomic_load(&x->page.total);
}

/* The op sees a signal by itself. */
static void inline_request_stop(executor *base, int w)
{
    assert(w == 0);
    atomic_store(&of(base)->page.stop, true);
}

static void inline_kill(executor *base, int w)
{
    (void)base;
    assert(w == 0);
}

static void inline_collect(executor *base, int w, executor_outcome *out)
{
    inline_executor *x = of(base);
    assert(w == 0 && x->taken);
    *out = (executor_outcome){ .replied = true, .reply = x->reply, .made = x->made, .log = x->log };
    x->log = (text){ 0 };
    atomic_store(&x->page.stop, false);
    x->taken = false;
}

const executor_kind executor_inline = {
    .name = "inline",
    .doc = "this process, one instance at a time, for debuggers",
    .in_process = true,
    .open = inline_open,
    .close = inline_close,
    .start = inline_start,
    .go = inline_go,
    .poll = inline_poll,
    .progress = inline_progress,
    .request_stop = inline_request_stop,
    .kill = inline_kill,
    .collect = inline_collect,
};
