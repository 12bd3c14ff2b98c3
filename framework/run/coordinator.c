/* run/coordinator.c - see coordinator.h: hands actions to workers, listens to them, keeps limits.
 */
#include "run/coordinator.h"
#include "run/interrupts.h"
#include "run/machine.h"
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const double tick_s = 0.1, look_s = 0.02, grace_s = 5;

double coordinator_now(const coordinator *c)
{
    return machine_clock_s() - interrupts_stopped_s() - c->begin_s;
}

/* ---- stopping -------------------------------------------------------------------------------- */

static void end_worker(coordinator *c, int w, run_failure reason);

/* Actions under way are asked to stop; one that has not begun need not be asked. */
static void request_stop(coordinator *c)
{
    for (int w = 0; w < c->jobs; w++) {
        if (c->slot[w].instance < 0 || !c->pool.worker) continue;
        atomic_store(&c->pool.worker[w].page->stop, true);
        c->slot[w].kill_at = coordinator_now(c) + grace_s;
        if (c->pool.worker[w].state == WORKER_ASKING) end_worker(c, w, FAILURE_CANCELLED);
    }
}

static void stop_for_fatal(coordinator *c)
{
    if (c->draining) return;
    c->draining = true;
    request_stop(c);
}

/* The first signal asks what runs to stop, the second has killed it already (interrupts.c). */
static void obey_signals(coordinator *c)
{
    int seen = interrupts_seen();
    interrupts_clear();
    if (seen && !c->interrupted) {
        c->interrupted = c->draining = true;
        request_stop(c);
        report_event(c, &(run_event){ .kind = RUN_STOPPING, .instance = -1 });
        seen = interrupts_seen();
    }
    for (int w = 0; seen > 1 && w < c->jobs && c->pool.worker; w++)
        if (c->slot[w].instance >= 0) end_worker(c, w, FAILURE_CANCELLED);
}

/* ---- handing out ----------------------------------------------------------------------------- */

/* Another run may have made it since it was planned. */
static bool found_meanwhile(coordinator *c, int32_t i)
{
    plan *p = c->plan;
    if (p->step[i].forced) return false;
    if (!p->step[i].output && !plan_look_up(p, i, &c->fatal)) return false;
    for (int32_t o = 0; o < p->first_output[i + 1] - p->first_output[i]; o++)
        if ((p->step[i].lost || p->wanted[p->first_output[i] + o])
            && !plan_has_object(p, (graph_edge){ i, o }))
            return false;
    return true;
}

static bool runs_here(const coordinator *c, int32_t i)
{
    for (int w = 0; w < c->jobs; w++)
        if (c->slot[w].instance >= 0
            && digest_equal(&c->plan->step[c->slot[w].instance].key, &c->plan->step[i].key))
            return true;
    return false;
}

static void release(coordinator *c, int32_t i)
{
    if (c->claimed[i]) store_release(c->plan->store, &c->plan->step[i].key);
    c->claimed[i] = false;
}

/* True when the action is ours to execute; otherwise it was dealt with. */
static bool claim(coordinator *c, int32_t i)
{
    const digest *key = &c->plan->step[i].key;
    if (!c->claimed[i]) {
        if (runs_here(c, i)) {
            c->parked[c->parkeds++] = i;
            return false;
        }
        if (!store_claim(c->plan->store, key, &c->fatal)) {
            if (c->fatal.status != LOOM_OK) return false;
            report_event(c, &(run_event){ .kind = RUN_WAITING, .instance = i });
            c->elsewhere[c->elsewheres++] = i;
            return false;
        }
        c->claimed[i] = true;
    }
    if (!found_meanwhile(c, i)) return c->fatal.status == LOOM_OK;
    release(c, i);
    report_cached(c, i);
    schedule_know(c->schedule, i);
    return false;
}

/* Its share of the free threads, so that those that are ready too get theirs. */
static int share_of_threads(const coordinator *c)
{
    int free_threads = c->threads - c->threads_used, running = c->totals.running,
        others = c->schedule->queued;
    if (others > c->jobs - running - 1) others = c->jobs - running - 1;
    int share = free_threads / (1 + (others > 0 ? others : 0));
    return share > 1 ? share : 1;
}

/* The idle worker that holds what the instance reads, else one that runs already, else a new one;
 * -1: all are busy. */
static int choose_worker(const coordinator *c, int32_t i)
{
    const graph_instance *in = &c->plan->graph->instances[i];
    int chosen = -1;
    for (int w = 0; w < c->jobs; w++) {
        if (c->slot[w].instance >= 0) continue;
        bool runs = c->pool.worker && c->pool.worker[w].state == WORKER_IDLE;
        for (int32_t k = 0; runs && k < in->input_count; k++)
            for (int32_t j = 0; j < in->input[k].count; j++)
                if (in->input[k].from[j].instance == c->slot[w].last) return w;
        if (chosen < 0 || (runs && c->pool.worker[chosen].state != WORKER_IDLE)) chosen = w;
    }
    return chosen;
}

static task_input *inputs_of(const coordinator *c, int32_t i, int32_t *count)
{
    const graph_instance *in = &c->plan->graph->instances[i];
    int32_t most = 0;
    *count = 0;
    for (int32_t k = 0; k < in->input_count; k++) most += in->input[k].count;
    task_input *list = calloc((size_t)most + 1, sizeof *list);
    for (int32_t k = 0; list && k < in->input_count; k++)
        for (int32_t j = 0; j < in->input[k].count; j++) {
            task_input one = { .port = k };
            if (plan_output(c->plan, in->input[k].from[j], &one.value)) list[(*count)++] = one;
        }
    return list;
}

static void occupy(coordinator *c, int w, int32_t i, const task *t, const graph_resources *limits)
{
    slot *s = &c->slot[w];
    text_clear(&s->warnings);
    *s = (slot){ .instance = i,
                 .last = s->last,
                 .warnings = s->warnings,
                 .began = coordinator_now(c),
                 .epoch = machine_date_s(),
                 .stopped = interrupts_stopped_s(),
                 .threads = t->threads,
                 .limit_s = limits->time_s > 0 ? limits->time_s : c->options->time_s };
    c->threads_used += s->threads;
    c->totals.running++;
    report_event(
        c, &(run_event){ .kind = RUN_STARTED, .instance = i, .worker = w, .threads = s->threads });
}

static void vacate(coordinator *c, int w)
{
    slot *s = &c->slot[w];
    c->threads_used -= s->threads;
    c->memory_used -= s->bytes;
    c->totals.running--;
    s->last = s->instance;
    s->instance = -1;
    s->kill_at = 0;
}

/* ---- no isolation: the op runs here ---------------------------------------------------------- */

typedef struct inline_link {
    coordinator *c;
    int worker;
    int32_t instance;
    int threads;
    text log;
} inline_link;

static int32_t inline_start(void *user, const need *n)
{
    const inline_link *l = user;
    return n->uses_threads ? l->threads : 1;
}

static void inline_note(void *user, const char *line)
{
    inline_link *l = user;
    text_printf(&l->log, "%s\n", line);
    report_event(l->c, &(run_event){ .kind = RUN_NOTE, .instance = l->instance, .text = line });
}

static void inline_warn(void *user, const char *where, const char *line)
{
    inline_link *l = user;
    text_printf(&l->log, "warning: %s\n", line);
    report_warning(l->c, l->worker, where, line);
}

static bool inline_stop(void *user)
{
    (void)user;
    return interrupts_seen() > 0;
}

static void run_inline(coordinator *c, int w, const task *t, const task_input *inputs)
{
    static worker_page page;
    inline_link l = { c, w, t->instance, t->threads, { 0 } };
    reply r = { .lost_input = -1 };
    const plan *p = c->plan;
    action_made *made =
        calloc((size_t)(p->first_output[t->instance + 1] - p->first_output[t->instance]) + 1,
               sizeof *made);
    worker *self =
        worker_new(p->graph, p->store,
                   (worker_link){ &page, inline_start, inline_note, inline_warn, inline_stop, &l },
                   &r.failure);
    if (!made) error_memory(&r.failure, "outputs");
    else if (self) worker_execute(self, t, inputs, &r, made);
    obey_signals(c);
    finish_action(c, w, &r, made, l.log.data);
    vacate(c, w);
    worker_free(self);
    text_free(&l.log);
    free(made);
}

/* ---------------------------------------------------------------------------------------------- */

static void start(coordinator *c, int32_t i, int threads)
{
    const graph_resources *limits =
        &c->plan->graph->nodes[c->plan->graph->instances[i].node].resources;
    int w = choose_worker(c, i);
    task t = { .instance = i, .threads = threads };
    t.limit_bytes = limits->memory_bytes      ? limits->memory_bytes
                    : c->options->limit_bytes ? c->options->limit_bytes
                                              : machine_mine()->memory_bytes;
    task_input *inputs = inputs_of(c, i, &t.input_count);
    if (!inputs) error_memory(&c->fatal, "inputs");
    else if (c->options->no_isolate) {
        occupy(c, w, i, &t, limits);
        run_inline(c, w, &t, inputs);
    } else if (pool_start(&c->pool, w, &c->fatal)) {
        occupy(c, w, i, &t, limits);
        pool_send_task(&c->pool, w, &t, inputs);
    }
    free(inputs);
}

static void hand_out(coordinator *c)
{
    while (!c->draining && c->fatal.status == LOOM_OK && c->totals.running < c->jobs) {
        int32_t i = schedule_take(c->schedule);
        if (i < 0) return;
        if (!claim(c, i)) continue;
        int fixed = c->plan->graph->nodes[c->plan->graph->instances[i].node].resources.threads;
        if (fixed > c->threads) fixed = c->threads;
        if (c->totals.running && (fixed > 0 ? fixed : 1) > c->threads - c->threads_used) {
            schedule_return(c->schedule, i);
            return;
        }
        start(c, i, fixed > 0 ? fixed : share_of_threads(c));
    }
}

/* An action whose need is known begins when there is room for it, or when it would run alone. */
static bool fits(const coordinator *c, uint64_t bytes)
{
    return !c->memory_used || (bytes <= c->memory && c->memory_used <= c->memory - bytes);
}

static void let_go(coordinator *c, int w)
{
    slot *s = &c->slot[w];
    const graph_instance *in = &c->plan->graph->instances[s->instance];
    s->bytes = s->need.bytes ? s->need.bytes : 1;
    c->memory_used += s->bytes;
    if (!s->need.uses_threads && c->plan->graph->nodes[in->node].resources.threads <= 0) {
        c->threads_used -= s->threads - 1;
        s->threads = 1;
    }
    s->began = coordinator_now(c); /* its time limit does not count the wait */
    pool_send_go(&c->pool, w, s->threads);
}

static void admit(coordinator *c)
{
    for (int w = 0; w < c->jobs && !c->options->no_isolate; w++) {
        slot *s = &c->slot[w];
        if (c->pool.worker[w].state != WORKER_ASKING || s->killed) continue;
        /* it was asked to stop before it asked to begin */
        if (s->kill_at > 0) end_worker(c, w, FAILURE_CANCELLED);
        else if (fits(c, s->need.bytes)) let_go(c, w);
    }
}

/* Actions that another run has, and those that run here under another name: done, or ours after
 * all? */
static void look_elsewhere(coordinator *c)
{
    int32_t n = c->elsewheres, m = c->parkeds;
    c->next_look = coordinator_now(c) + look_s;
    c->elsewheres = c->parkeds = 0;
    for (int32_t k = 0; k < n && c->fatal.status == LOOM_OK; k++) {
        int32_t i = c->elsewhere[k];
        bool found = found_meanwhile(c, i);
        if (found) {
            report_cached(c, i);
            schedule_know(c->schedule, i);
        } else if (store_claim(c->plan->store, &c->plan->step[i].key, &c->fatal)) {
            c->claimed[i] = true;
            schedule_return(c->schedule, i);
        } else c->elsewhere[c->elsewheres++] = i;
    }
    for (int32_t k = 0; k < m; k++) {
        int32_t i = c->parked[k];
        if (runs_here(c, i)) c->parked[c->parkeds++] = i;
        else schedule_return(c->schedule, i);
    }
}

/* ---- listening ------------------------------------------------------------------------------- */

/* A SIGKILL that is not ours comes from the kernel, for lack of memory, or from somebody. */
static bool killed_for_memory(coordinator *c)
{
    int64_t now = machine_oom_kills("");
    bool more = now < 0 || now > c->oom_kills;
    c->oom_kills = now;
    return more;
}

static bool was_cut_off(error *e)
{
    return error_set(
        e, LOOM_E_BUG, "report this to the op's author: an op closes only what it opened itself",
        "the op closed descriptors that are not its own, so its worker process was cut off");
}

/* Kills the worker; its action fails for this reason, once. */
static void end_worker(coordinator *c, int w, run_failure reason)
{
    if (c->slot[w].killed) return;
    c->slot[w].killed = reason;
    pool_kill(&c->pool, w);
}

/* Code that was written over while it was mapped crashes, as a rule. */
static const char *crash_advice(const coordinator *c, int32_t i)
{
    digest now;
    const plugin_file *file = c->plan->graph->nodes[c->plan->graph->instances[i].node].op->file;
    if (sha256_file(file->path, &now, NULL) && !digest_equal(&now, &file->content))
        return "run again: the plugin changed during the run";
    return "see the action's log; --no-isolate under a debugger shows the place";
}

static void lost_worker(coordinator *c, int w)
{
    uint64_t peak = 0;
    text log = { 0 };
    error e = { 0 };
    slot *s = &c->slot[w];
    pool_read_log(&c->pool, w, &log);
    bool starved = atomic_load(&c->pool.worker[w].page->starved),
         cut = atomic_load(&c->pool.worker[w].page->cut);
    bool asking = c->pool.worker[w].state == WORKER_ASKING;
    int status = pool_collect(&c->pool, w, &peak),
        number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    int32_t i = s->instance;
    run_failure reason = s->killed;
    if (i < 0) {
        text_free(&log);
        return;
    }
    if (reason == FAILURE_PROTOCOL) e = s->broken;
    else if (reason == FAILURE_TIME)
        error_set(&e, LOOM_E_CANCELLED, "raise resources.time of the node, or give it less to do",
                  "stopped after %.3g s, its time limit", s->limit_s);
    else if (reason == FAILURE_CANCELLED)
        error_set(&e, LOOM_E_CANCELLED, "",
                  asking ? "interrupted before it began"
                         : "interrupted; it did not stop when asked, so it was killed");
    else if (!number && cut) {
        reason = FAILURE_PROTOCOL;
        was_cut_off(&e);
    } else if (!number) {
        reason = FAILURE_ERROR;
        error_set(&e, LOOM_E_BUG, "report this to the op's author: an op must return",
                  "the op ended its worker process with exit status %d", WEXITSTATUS(status));
    } else if (starved || (number == SIGKILL && killed_for_memory(c))) {
        reason = FAILURE_MEMORY;
        error_set(&e, LOOM_E_MEMORY,
                  "give the node less to do, lower --jobs, or raise resources.memory",
                  "out of memory: the worker died from %s, using %.4g MiB", signal_name(number),
                  (double)peak / 1048576);
    } else if (number == SIGKILL) {
        reason = FAILURE_SIGNAL;
        error_set(&e, LOOM_E_IO,
                  "run again; a limit of the system (ulimit -t, a batch queue) may have ended it",
                  "the worker was killed from outside (SIGKILL), using %.4g MiB",
                  (double)peak / 1048576);
    } else {
        reason = FAILURE_SIGNAL;
        error_set(&e, LOOM_E_BUG, crash_advice(c, i), "the worker died from %s (%s)",
                  signal_name(number), strsignal(number));
    }
    bool ours = reason == FAILURE_TIME || reason == FAILURE_CANCELLED || reason == FAILURE_PROTOCOL;
    fail_action(c, w, reason, ours ? 0 : number, &e, log.data);
    vacate(c, w);
    text_free(&log);
}

static void hear_reply(coordinator *c, int w, const message *m)
{
    text log = { 0 };
    pool_read_log(&c->pool, w, &log);
    reply r = m->reply;
    double stopped = interrupts_stopped_s() - c->slot[w].stopped; /* the worker's clock went on */
    r.wall_s = r.wall_s > stopped ? r.wall_s - stopped : 0;
    finish_action(c, w, &r, m->made, log.data);
    if (r.retire) pool_retire(&c->pool, w);
    vacate(c, w);
    text_free(&log);
}

static void hear_message(coordinator *c, int w, const message *m)
{
    int32_t i = c->slot[w].instance;
    switch (m->kind) {
    case MESSAGE_NOTE:
        report_event(c,
                     &(run_event){ .kind = RUN_NOTE, .instance = i, .worker = w, .text = m->line });
        break;
    case MESSAGE_WARNING: report_warning(c, w, m->where, m->line); break;
    case MESSAGE_NEED: c->slot[w].need = m->need; break;
    default: hear_reply(c, w, m);
    }
}

/* A socket is closed a moment before the process can be collected. One that lives on has closed it
 * itself. */
static void hear_end(coordinator *c, int w)
{
    enum { TRIES = 50 };
    for (int i = 0; i < TRIES && !pool_is_dead(&c->pool, w); i++)
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    if (!pool_is_dead(&c->pool, w)) {
        was_cut_off(&c->slot[w].broken);
        end_worker(c, w, FAILURE_PROTOCOL);
    }
    lost_worker(c, w);
}

/* The worker is of no use any more because of what ran in it before: the action begins again in
 * another. */
static void begin_again(coordinator *c, int w, const error *e)
{
    uint64_t peak;
    int32_t i = c->slot[w].instance;
    report_event(c,
                 &(run_event){ .kind = RUN_NOTE, .instance = i, .worker = w, .text = e->message });
    pool_kill(&c->pool, w);
    pool_collect(&c->pool, w, &peak);
    vacate(c, w);
    schedule_return(c->schedule, i);
}

static void hear(coordinator *c, int w)
{
    message m;
    inbox_state got = INBOX_MESSAGE;
    error e = { 0 };
    pool_fill(&c->pool, w, &e);
    while (c->slot[w].instance >= 0 && e.status == LOOM_OK
           && (got = pool_next(&c->pool, w, &m, &e)) == INBOX_MESSAGE)
        hear_message(c, w, &m);
    if (c->slot[w].instance < 0) return;
    if (got == INBOX_STALE && !c->slot[w].killed && c->tries[c->slot[w].instance]++ < MAX_TRIES)
        begin_again(c, w, &e);
    else if (e.status != LOOM_OK) {
        c->slot[w].broken = e;
        end_worker(c, w, FAILURE_PROTOCOL);
        lost_worker(c, w);
    } else if (c->pool.worker[w].closed) hear_end(c, w);
}

static void tick(coordinator *c)
{
    double now = coordinator_now(c);
    c->next_tick = now + tick_s;
    for (int w = 0; w < c->jobs && c->pool.worker; w++) {
        slot *s = &c->slot[w];
        if (s->instance < 0) continue;
        worker_page *page = c->pool.worker[w].page;
        double done = atomic_load_explicit(&page->done, memory_order_relaxed),
               total = atomic_load_explicit(&page->total, memory_order_relaxed);
        /* an op can write there what it likes */
        if (!isfinite(done) || !isfinite(total) || total < 0) done = total = 0;
        s->total = total;
        if (done != s->done)
            report_event(c, &(run_event){ .kind = RUN_PROGRESS,
                                          .instance = s->instance,
                                          .worker = w,
                                          .done = done,
                                          .total = total });
        s->done = done;
        if (s->limit_s > 0 && now - s->began > s->limit_s && c->pool.worker[w].state == WORKER_BUSY
            && !s->killed) {
            end_worker(c, w, FAILURE_TIME);
        } else if (s->kill_at > 0 && now > s->kill_at && !s->killed) {
            end_worker(c, w, FAILURE_CANCELLED);
            /* something it started may hold its socket open */
        } else if (pool_is_dead(&c->pool, w)) lost_worker(c, w);
    }
    report_event(c, &(run_event){ .kind = RUN_TICK, .instance = -1 });
}

/* Until a worker says something, a signal comes, or it is time to look around. */
static bool waits_for_others(const coordinator *c) { return c->elsewheres + c->parkeds > 0; }

/* Until a worker sends something, a signal comes, or it is time to look around. */
static void listen(coordinator *c, struct pollfd *ends)
{
    double now = coordinator_now(c), until = c->next_tick;
    int n = 0;
    if (waits_for_others(c) && c->next_look < until) until = c->next_look;
    for (int w = 0; w < c->jobs && c->pool.worker; w++)
        if (c->slot[w].instance >= 0 && !c->pool.worker[w].closed) {
            short events = (short)(POLLIN | (pool_has_more_to_send(&c->pool, w) ? POLLOUT : 0));
            ends[n++] = (struct pollfd){ .fd = c->pool.worker[w].fd, .events = events };
        }
    ends[n] = (struct pollfd){ .fd = interrupts_fd(), .events = POLLIN };
    struct timespec wait = { 0, until > now ? (long)((until - now) * 1e9) : 0 };
    int ready = ppoll(ends, (nfds_t)n + 1, &wait, NULL);
    obey_signals(c);
    for (int k = 0; ready > 0 && k < n; k++)
        for (int w = 0; ends[k].revents && w < c->jobs; w++)
            if (c->pool.worker[w].state != WORKER_NONE && c->pool.worker[w].fd == ends[k].fd) {
                if (ends[k].revents & POLLOUT) pool_flush(&c->pool, w);
                if (ends[k].revents & ~POLLOUT) hear(c, w);
                break;
            }
}

/* Nothing runs, and nothing is to come. */
static bool is_over(const coordinator *c)
{
    return !c->totals.running && (c->draining || (!c->schedule->queued && !waits_for_others(c)));
}

void coordinator_loop(coordinator *c)
{
    struct pollfd *ends = calloc((size_t)c->jobs + 1, sizeof *ends);
    if (!ends) error_memory(&c->fatal, "workers");
    while (ends) {
        obey_signals(c);
        hand_out(c);
        if (c->fatal.status != LOOM_OK) stop_for_fatal(c);
        if (is_over(c)) break;
        admit(c);
        listen(c, ends);
        double now = coordinator_now(c);
        if (now >= c->next_tick) tick(c);
        if (waits_for_others(c) && now >= c->next_look) look_elsewhere(c);
    }
    free(ends);
}
