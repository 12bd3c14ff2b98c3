/* run/slurm.c - see executor.h and slurm_inside.h: actions run in jobs of Slurm. */
#include "run/slurm_inside.h"
#include "run/bundle.h"
#include "run/interrupts.h"
#include "run/machine.h"
#include "store/jobs.h"
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static const double gather_s = 1; /* between two submissions */

static slurm_executor *of(executor *x)
{
    assert(x->kind == &executor_slurm);
    return (slurm_executor *)x;
}

/* ---- stopping -------------------------------------------------------------------------------- */

/* A bundle that was never sent is dropped; one whose job is not known yet is waited for. */
static void stop_bundle(slurm_bundle *b)
{
    b->cancel = true;
    if (b->submission && b->submission->state == TO_SEND) b->over = b->cancelled = true;
}

/* The grace is over, and Slurm does not answer: its job may live on, and if it has not begun it
 * finds its bundle taken. */
static void abandon(slurm_executor *x, slurm_bundle *b, int index)
{
    char note[160];
    error ignored = { 0 };
    int w = b->place[index];
    assert(w >= 0 && x->place[w].killed);
    b->place[index] = -1;
    store_job_take(x->store, b->name, "a run that was interrupted", &ignored);
    snprintf(note, sizeof note, "Slurm did not answer: job %s may still run; scancel %s ends it",
             *b->job ? b->job : "?", *b->job ? b->job : "JOB");
    x->base.events.held(x->base.events.user, note);
    slurm_end(&x->place[w], FAILURE_CANCELLED, LOOM_E_CANCELLED, "", "interrupted");
}

static void obey_stops(slurm_executor *x)
{
    for (int w = 0; w < x->base.places; w++) {
        slurm_place *p = &x->place[w];
        if (p->state == PLACE_WAITING && !p->ready && (p->stop || p->killed))
            slurm_end(p, FAILURE_CANCELLED, LOOM_E_CANCELLED, "", "interrupted before it began");
    }
    for (slurm_bundle *b = x->bundles; b; b = b->next)
        for (int k = b->next_result; k < b->count; k++) {
            const slurm_place *p = b->place[k] < 0 ? NULL : &x->place[b->place[k]];
            if (!p || p->ready || !(p->stop || p->killed)) continue;
            if (!b->cancel) stop_bundle(b);
            if (p->killed && !b->over) abandon(x, b, k);
        }
}

/* ---- the executor ---------------------------------------------------------------------------- */

static void gather(slurm_executor *x)
{
    error e = { 0 };
    double now = machine_clock_s();
    const slurm_submission *before = x->submissions;
    if (now < x->next_gather) return;
    bool good = slurm_gather(x, &e);
    if (x->submissions != before) x->next_gather = now + gather_s;
    if (good) return;
    for (int w = 0; w < x->base.places; w++)
        if (x->place[w].state == PLACE_WAITING && !x->place[w].fresh && !x->place[w].ready)
            slurm_end(&x->place[w], FAILURE_ERROR, e.status, e.todo, "%s", e.message);
    if (x->submissions == before) return;
    x->submissions->state = REFUSED;
    if (x->submissions->alive) slurm_refuse(x, x->submissions, &e);
}

static void wait_for_more(slurm_executor *x, double wait_s)
{
    struct pollfd ends[CAPTURE_ENDS + 1];
    int n = x->doing != CALL_NONE ? capture_ends(&x->call, ends) : 0;
    if (x->doing != CALL_NONE && !n) wait_s = fmin(wait_s, 0.005); /* it is about to end */
    ends[n] = (struct pollfd){ .fd = interrupts_fd(), .events = POLLIN };
    struct timespec wait = { (time_t)wait_s, (long)((wait_s - (double)(time_t)wait_s) * 1e9) };
    ppoll(ends, (nfds_t)n + 1, &wait, NULL);
}

static void slurm_poll(executor *base, double wait_s)
{
    assert(wait_s >= 0);
    slurm_executor *x = of(base);
    slurm_hear(x);
    obey_stops(x);
    double now = machine_clock_s();
    if (now >= x->next_scan) {
        if (slurm_scan(x)) x->pace = gather_s;
        x->next_scan = now + x->pace / 2;
    }
    /* results are recorded before `settle` removes their folders: a kill in between loses none */
    bool any = slurm_report(x);
    slurm_settle(x);
    gather(x);
    slurm_begin_call(x);
    if (!slurm_report(x) && !any) wait_for_more(x, wait_s);
}

static int slurm_start(executor *base, const executor_order *order, error *e)
{
    slurm_executor *x = of(base);
    assert(order->task.instance >= 0 && order->task.threads > 0);
    int w = 0;
    while (w < base->places && x->place[w].state != PLACE_FREE) w++;
    assert(w < base->places);
    slurm_place *p = &x->place[w];
    text_free(&p->order);
    *p = (slurm_place){ .state = PLACE_WAITING,
                        .fresh = true,
                        .key = *order->key,
                        .instance = order->task.instance,
                        .node = x->graph->instances[order->task.instance].node,
                        .threads = order->task.threads,
                        .input_count = order->task.input_count,
                        .limit_bytes = order->task.limit_bytes,
                        .expected_bytes = order->expected_bytes,
                        .limit_s = order->limit_s,
                        .expected_s = order->expected_s };
    if (bundle_describe(x->graph, order, &p->order, e)) return w;
    text_free(&p->order);
    p->state = PLACE_FREE;
    return -1;
}

static void slurm_go(executor *base, int w, int threads)
{
    (void)base, (void)w, (void)threads;
    assert(false && "an action of this executor waits for nothing");
}

static void slurm_progress(const executor *base, int w, double *done, double *total)
{
    assert(w >= 0 && w < base->places);
    *done = *total = 0;
}

static void slurm_request_stop(executor *base, int w)
{
    assert(w >= 0 && w < base->places);
    of(base)->place[w].stop = true;
}

static void slurm_kill(executor *base, int w)
{
    assert(w >= 0 && w < base->places);
    of(base)->place[w].killed = true;
}

static void slurm_collect(executor *base, int w, executor_outcome *out)
{
    static action_made *made; /* valid until the next one is collected */
    slurm_place *p = &of(base)->place[w];
    assert(p->ready && p->state != PLACE_FREE);
    *out = p->result.outcome;
    free(made);
    made = p->result.made;
    p->result.made = NULL;
    p->result.outcome.log = (text){ 0 };
    job_result_free(&p->result);
    text_free(&p->order);
    p->state = PLACE_FREE;
    p->ready = false;
}

/* ---- beginning and end ----------------------------------------------------------------------- */

/* TIME-RANDOM: nobody else has it, and it says how old it is. */
static void name_run(slurm_executor *x)
{
    uint32_t chance = (uint32_t)getpid();
    if (getrandom(&chance, sizeof chance, 0) != sizeof chance) chance ^= (uint32_t)clock();
    snprintf(x->run, sizeof x->run, "%08llx-%08x", (unsigned long long)machine_date_s(), chance);
}

static bool write_script(slurm_executor *x, error *e)
{
    static const char script[] = "#!/bin/sh\nexec \"$@\" \"$SLURM_ARRAY_TASK_ID\"\n";
    return store_job_make(x->store, x->run, e)
           && store_job_write(x->store, x->run, JOB_SCRIPT, script, sizeof script - 1, e);
}

static bool prepare(slurm_executor *x, error *e)
{
    ssize_t n = readlink("/proc/self/exe", x->program, sizeof x->program - 1);
    if (n <= 0 || n >= (ssize_t)sizeof x->program - 1)
        return error_set(e, LOOM_E_IO, "run it by its path", "this program's path is not known");
    x->program[n] = 0;
    if (!getcwd(x->directory, sizeof x->directory))
        return error_set(e, LOOM_E_IO, "run from a directory that is there",
                         "the working directory cannot be read: %s", strerror(errno));
    if (strpbrk(store_path(x->store), "\\\n") || strpbrk(x->directory, "\\\n"))
        return error_set(e, LOOM_E_PARAM, "give a path without a backslash: --store DIR",
                         "jobs cannot be given the store '%s'", store_path(x->store));
    setenv("SLURM_BITSTR_LEN", "0", 1); /* lists of tasks are printed whole */
    name_run(x);
    return slurm_try_queue(x, e) && store_jobs_own(x->store, x->run, e) && write_script(x, e);
}

static void slurm_close(executor *base)
{
    if (!base) return;
    slurm_executor *x = of(base);
    slurm_cancel_last(x);
    while (x->bundles) {
        const slurm_bundle *b = x->bundles;
        /* a job that has left all its results is only about to end */
        slurm_drop(x, x->bundles, b->submission && (b->cancelled || b->next_result == b->count));
    }
    if (*x->run) store_job_remove(x->store, x->run);
    slurm_foreign_sweep(x);
    store_jobs_disown(x->store, x->run);
    for (int w = 0; x->place && w < base->places; w++) {
        text_free(&x->place[w].order);
        job_result_free(&x->place[w].result);
    }
    slurm_foreign_free(x);
    for (slurm_submission *s = x->submissions, *next; s; s = next) {
        next = s->next;
        free(s);
    }
    free(x->place);
    free(x->node);
    free(x);
}

static executor *slurm_open(const executor_setup *setup, error *e)
{
    assert(setup->jobs > 0 && setup->graph);
    slurm_executor *x = calloc(1, sizeof *x);
    if (!x) {
        error_memory(e, "an executor");
        return NULL;
    }
    if (setup->slurm) x->profile = *setup->slurm;
    else slurm_profile_usual(&x->profile);
    x->base = (executor){ .kind = &executor_slurm,
                          .places = setup->jobs,
                          .events = setup->events,
                          .threads_each = x->profile.threads };
    x->graph = setup->graph;
    x->store = setup->store;
    x->pace = gather_s;
    x->place = calloc((size_t)setup->jobs, sizeof *x->place);
    x->node = calloc((size_t)setup->graph->node_count + 1, sizeof *x->node);
    if (((x->place && x->node) || error_memory(e, "actions")) && prepare(x, e)) return &x->base;
    slurm_close(&x->base);
    return NULL;
}

const executor_kind executor_slurm = {
    .name = "slurm",
    .doc = "jobs of the batch system Slurm, on machines that share the store",
    .elsewhere = true,
    .open = slurm_open,
    .close = slurm_close,
    .start = slurm_start,
    .go = slurm_go,
    .poll = slurm_poll,
    .progress = slurm_progress,
    .request_stop = slurm_request_stop,
    .kill = slurm_kill,
    .collect = slurm_collect,
};
