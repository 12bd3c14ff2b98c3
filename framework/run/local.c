/* run/local.c - see executor.h: actions run in worker processes of this machine (pool.h). */
#include "base/signals.h"
#include "run/executor.h"
#include "run/interrupts.h"
#include "run/machine.h"
#include "run/pool.h"
#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

static const double look_s = 0.1; /* how often processes are looked at that report nothing */

typedef struct worker_place {
    bool taken;
    int32_t instance;      /* of the action under way */
    int32_t last;          /* of the one before, whose values are at hand there; -1: none */
    double stopped;        /* what interrupts_stopped_s gave when it was started */
    bool killed;           /* its process is ended, or about to end, through us */
    error broken;          /* what it did against the protocol, if that is why */
    const message *answer; /* its reply, while `ended` is called */
} worker_place;

typedef struct local_executor {
    executor base;
    pool pool;
    const graph *graph;
    worker_place *place;
    struct pollfd *ends; /* scratch: one for each place, and one for signals */
    double next_look;
    int64_t oom_kills; /* what machine_oom_kills gave last */
} local_executor;

static local_executor *of(executor *x)
{
    assert(x->kind == &executor_local);
    return (local_executor *)x;
}

static worker_place *place_of(local_executor *x, int w)
{
    assert(w >= 0 && w < x->base.places && x->place[w].taken);
    return &x->place[w];
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static void local_close(executor *base)
{
    if (!base) return;
    local_executor *x = of(base);
    pool_free(&x->pool);
    free(x->place);
    free(x->ends);
    free(x);
}

static executor *local_open(const executor_setup *setup, error *e)
{
    assert(setup->jobs > 0 && setup->graph);
    local_executor *x = calloc(1, sizeof *x);
    size_t n = (size_t)setup->jobs;
    if (!x) {
        error_memory(e, "an executor");
        return NULL;
    }
    x->base = (executor){ .kind = &executor_local, .places = setup->jobs, .events = setup->events };
    x->graph = setup->graph;
    x->oom_kills = machine_oom_kills("");
    x->place = calloc(n, sizeof *x->place);
    x->ends = calloc(n + 1, sizeof *x->ends);
    for (size_t w = 0; x->place && w < n; w++) x->place[w].last = -1;
    if ((x->place && x->ends) || error_memory(e, "workers"))
        if (pool_init(&x->pool, setup->graph, store_path(setup->store), setup->jobs, e))
            return &x->base;
    local_close(&x->base);
    return NULL;
}

/* ---- starting -------------------------------------------------------------------------------- */

static bool holds_an_input(const local_executor *x, int w, const graph_instance *in)
{
    assert(w >= 0 && w < x->base.places);
    for (int32_t k = 0; k < in->input_count; k++)
        for (int32_t j = 0; j < in->input[k].count; j++)
            if (in->input[k].from[j].instance == x->place[w].last) return true;
    return false;
}

/* The idle worker that holds what the instance reads, else one that runs already, else a new one.
 */
static int choose_place(const local_executor *x, int32_t i)
{
    assert(i >= 0 && i < x->graph->instance_count);
    int chosen = -1;
    for (int w = 0; w < x->base.places; w++) {
        if (x->place[w].taken) continue;
        bool runs = x->pool.worker[w].state == WORKER_IDLE;
        if (runs && holds_an_input(x, w, &x->graph->instances[i])) return w;
        if (chosen < 0 || (runs && x->pool.worker[chosen].state != WORKER_IDLE)) chosen = w;
    }
    assert(chosen >= 0);
    return chosen;
}

static int local_start(executor *base, const executor_order *order, error *e)
{
    local_executor *x = of(base);
    int32_t i = order->task.instance;
    int w = choose_place(x, i);
    if (!pool_start(&x->pool, w, e)) return -1;
    x->place[w] = (worker_place){
        .taken = true, .instance = i, .last = x->place[w].last, .stopped = interrupts_stopped_s()
    };
    pool_send_task(&x->pool, w, &order->task, order->inputs);
    return w;
}

static void local_go(executor *base, int w, int threads)
{
    pool_send_go(&of(base)->pool, w, threads);
}

/* ---- stopping -------------------------------------------------------------------------------- */

static void local_request_stop(executor *base, int w)
{
    place_of(of(base), w);
    atomic_store(&of(base)->pool.worker[w].page->stop, true);
}

static void local_request_finish(executor *base, int w)
{
    place_of(of(base), w);
    atomic_store(&of(base)->pool.worker[w].page->finish, true);
}

static void local_kill(executor *base, int w)
{
    worker_place *p = place_of(of(base), w);
    if (p->killed) return;
    p->killed = true;
    pool_kill(&of(base)->pool, w);
}

/* ---- why a worker ended ---------------------------------------------------------------------- */

/* A SIGKILL that is not ours comes from the kernel, for lack of memory, or from somebody. */
static bool killed_for_memory(local_executor *x)
{
    int64_t now = machine_oom_kills("");
    bool more = now < 0 || now > x->oom_kills;
    x->oom_kills = now;
    return more;
}

static bool was_cut_off(error *e)
{
    return error_set(
        e, LOOM_E_BUG, "report this to the op's author: an op closes only what it opened itself",
        "the op closed descriptors that are not its own, so its worker process was cut off");
}

/* Code that was written over while it was mapped crashes, as a rule. */
static const char *crash_advice(const local_executor *x, int32_t i)
{
    digest now;
    const plugin_file *file = x->graph->nodes[x->graph->instances[i].node].op->file;
    if (!file->script && sha256_file(file->path, &now, NULL) && !digest_equal(&now, &file->content))
        return "run again: the plugin changed during the run";
    return "see the action's log; --no-isolate under a debugger shows the place";
}

static run_failure ended_itself(int status, bool cut, error *e)
{
    if (cut) {
        was_cut_off(e);
        return FAILURE_PROTOCOL;
    }
    error_set(e, LOOM_E_BUG, "report this to the op's author: an op must return",
              "the op ended its worker process with exit status %d", WEXITSTATUS(status));
    return FAILURE_ERROR;
}

/* Nobody here killed it. */
static run_failure died(local_executor *x, int32_t i, int number, bool starved, uint64_t peak,
                        error *e)
{
    assert(number > 0);
    double mebibytes = (double)peak / 1048576;
    if (starved || (number == SIGKILL && killed_for_memory(x))) {
        error_set(e, LOOM_E_MEMORY,
                  "give the node less to do, lower --jobs, or raise resources.memory",
                  "out of memory: the worker died from %s, using %.4g MiB", signal_name(number),
                  mebibytes);
        return FAILURE_MEMORY;
    }
    if (number == SIGKILL)
        error_set(e, LOOM_E_IO,
                  "run again; a limit of the system (ulimit -t, a batch queue) may have ended it",
                  "the worker was killed from outside (SIGKILL), using %.4g MiB", mebibytes);
    else
        error_set(e, LOOM_E_BUG, crash_advice(x, i), "the worker died from %s (%s)",
                  signal_name(number), strsignal(number));
    return FAILURE_SIGNAL;
}

static void collect_dead(local_executor *x, int w, executor_outcome *out)
{
    assert(x->place[w].taken);
    worker_place *p = &x->place[w];
    uint64_t peak = 0;
    bool starved = atomic_load(&x->pool.worker[w].page->starved),
         cut = atomic_load(&x->pool.worker[w].page->cut);
    int status = pool_collect(&x->pool, w, &peak),
        number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (p->broken.status != LOOM_OK) {
        out->reason = FAILURE_PROTOCOL;
        out->failure = p->broken;
    } else if (p->killed) return;
    else if (!number) out->reason = ended_itself(status, cut, &out->failure);
    else {
        out->reason = died(x, p->instance, number, starved, peak, &out->failure);
        out->signal = number;
    }
}

static void local_collect(executor *base, int w, executor_outcome *out)
{
    local_executor *x = of(base);
    worker_place *p = place_of(x, w);
    *out = (executor_outcome){ 0 };
    pool_read_log(&x->pool, w, &out->log);
    if (p->answer) {
        /* the worker's clock went on while it was stopped */
        double stopped = interrupts_stopped_s() - p->stopped;
        out->replied = true;
        out->reply = p->answer->reply;
        out->reply.wall_s = out->reply.wall_s > stopped ? out->reply.wall_s - stopped : 0;
        out->made = p->answer->made;
        out->finished = atomic_load(&x->pool.worker[w].page->finished);
        atomic_store(&x->pool.worker[w].page->finish, false); /* a dead one has no page */
    } else collect_dead(x, w, out);
    p->taken = false;
    p->last = p->instance;
}

/* ---- listening ------------------------------------------------------------------------------- */

static void tell_ended(local_executor *x, int w)
{
    x->base.events.ended(x->base.events.user, w);
    assert(!x->place[w].taken);
}

/* Against the protocol: nothing of it is believed. */
static void end_broken(local_executor *x, int w, const error *why)
{
    x->place[w].broken = *why;
    local_kill(&x->base, w);
    tell_ended(x, w);
}

static void hear_message(local_executor *x, int w, const message *m)
{
    const executor_events *events = &x->base.events;
    switch (m->kind) {
    case MESSAGE_NOTE: events->note(events->user, w, m->line); break;
    case MESSAGE_WARNING: events->warning(events->user, w, m->where, m->line); break;
    case MESSAGE_NEED: events->need(events->user, w, &m->need); break;
    default:
        x->place[w].answer = m;
        tell_ended(x, w);
        if (m->reply.retire) pool_retire(&x->pool, w);
    }
}

/* A socket is closed a moment before the process can be collected. One that lives on has closed it
 * itself. */
static void hear_end(local_executor *x, int w)
{
    assert(x->place[w].taken);
    enum { TRIES = 50 };
    error e = { 0 };
    for (int i = 0; i < TRIES && !pool_is_dead(&x->pool, w); i++)
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    if (pool_is_dead(&x->pool, w)) {
        tell_ended(x, w);
        return;
    }
    was_cut_off(&e);
    end_broken(x, w, &e);
}

/* The worker is of no use any more because of what ran in it before, for which the action under way
 * is not to blame. */
static bool begins_again(local_executor *x, int w, const char *why)
{
    uint64_t peak;
    if (x->place[w].killed || !x->base.events.again(x->base.events.user, w, why)) return false;
    x->place[w].taken = false;
    pool_kill(&x->pool, w);
    pool_collect(&x->pool, w, &peak);
    return true;
}

static void hear(local_executor *x, int w)
{
    assert(x->place[w].taken);
    message m;
    inbox_state got = INBOX_MESSAGE;
    error e = { 0 };
    pool_fill(&x->pool, w, &e);
    while (x->place[w].taken && e.status == LOOM_OK
           && (got = pool_next(&x->pool, w, &m, &e)) == INBOX_MESSAGE)
        hear_message(x, w, &m);
    if (!x->place[w].taken) return;
    if (got == INBOX_STALE && begins_again(x, w, e.message)) return;
    if (e.status != LOOM_OK) end_broken(x, w, &e);
    else if (x->pool.worker[w].closed) hear_end(x, w);
}

/* Processes that are dead though something they started holds their connection open. */
static void look(local_executor *x)
{
    double now = machine_clock_s();
    if (now < x->next_look) return;
    x->next_look = now + look_s;
    for (int w = 0; w < x->base.places; w++)
        if (x->place[w].taken && pool_is_dead(&x->pool, w)) {
            hear(x, w); /* what it sent before */
            if (x->place[w].taken) tell_ended(x, w);
        }
}

/* The connections of all that runs, and the descriptor that signals make readable. */
static int list_ends(const local_executor *x)
{
    int n = 0;
    for (int w = 0; w < x->base.places; w++)
        if (x->place[w].taken && !x->pool.worker[w].closed) {
            short events = (short)(POLLIN | (pool_has_more_to_send(&x->pool, w) ? POLLOUT : 0));
            x->ends[n++] = (struct pollfd){ .fd = x->pool.worker[w].fd, .events = events };
            assert(n <= x->base.places);
        }
    x->ends[n] = (struct pollfd){ .fd = interrupts_fd(), .events = POLLIN };
    return n;
}

static int place_with(const local_executor *x, int fd)
{
    for (int w = 0; w < x->base.places; w++)
        if (x->place[w].taken && x->pool.worker[w].fd == fd) return w;
    return -1;
}

static void local_poll(executor *base, double wait_s)
{
    assert(wait_s >= 0);
    local_executor *x = of(base);
    int n = list_ends(x);
    struct timespec wait = { (time_t)wait_s, (long)((wait_s - (double)(time_t)wait_s) * 1e9) };
    int ready = ppoll(x->ends, (nfds_t)n + 1, &wait, NULL);
    for (int k = 0; ready > 0 && k < n; k++) {
        int w = x->ends[k].revents ? place_with(x, x->ends[k].fd) : -1;
        if (w < 0) continue;
        if (x->ends[k].revents & POLLOUT) pool_flush(&x->pool, w);
        if (x->ends[k].revents & ~POLLOUT) hear(x, w);
    }
    look(x);
}

static void local_progress(const executor *base, int w, double *done, double *total)
{
    assert(w >= 0 && w < base->places);
    const worker_page *page = ((const local_executor *)base)->pool.worker[w].page;
    *done = atomic_load_explicit(&page->done, memory_order_relaxed);
    *total = atomic_load_explicit(&page->total, memory_order_relaxed);
}

const executor_kind executor_local = {
    .name = "local",
    .doc = "worker processes of this machine",
    .open = local_open,
    .close = local_close,
    .start = local_start,
    .go = local_go,
    .poll = local_poll,
    .progress = local_progress,
    .request_stop = local_request_stop,
    .request_finish = local_request_finish,
    .kill = local_kill,
    .collect = local_collect,
};
