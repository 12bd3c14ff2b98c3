/* run/slurm_results.c - see slurm_inside.h: what jobs leave, and what becomes of actions whose jobs
 * left nothing. */
#include "run/slurm_inside.h"
#include "run/bundle.h"
#include "run/machine.h"
#include "run/serve.h"
#include "store/jobs.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MORE_MEMORY = 3, MORE_TIME = 2 };
/* How long results may be on their way after their job is over: the job of a machine that failed
 * has none under way; of one that did all, they are somewhere, and a network file system may show
 * them late. */
static const double soon_s = 2, late_s = 30;

static const loom_op *op_of(const slurm_executor *x, const slurm_place *p)
{
    return x->graph->nodes[p->node].op->op;
}

/* ---- results --------------------------------------------------------------------------------- */

static void learn(slurm_executor *x, const slurm_place *p)
{
    assert(p->node >= 0 && p->node < x->graph->node_count);
    const reply *r = &p->result.outcome.reply;
    slurm_node *n = &x->node[p->node];
    if (r->peak_bytes > n->peak_bytes) n->peak_bytes = r->peak_bytes;
    if (!r->good) return;
    n->sum_s += r->wall_s;
    n->count++;
}

static bool values_there(const slurm_executor *x, const slurm_place *p)
{
    const executor_outcome *o = &p->result.outcome;
    for (int32_t k = 0; o->replied && o->reply.good && k < o->reply.output_count; k++)
        if (o->made[k].made && !store_has(x->store, &o->made[k].value)) return false;
    return true;
}

/* Its memory ran out where the limit was not its own: with more it may do. */
static bool asks_for_more(slurm_place *p, uint64_t asked)
{
    assert(p->state == PLACE_IN_BUNDLE);
    const executor_outcome *o = &p->result.outcome;
    uint64_t peak = o->reply.peak_bytes, usual = UINT64_C(4) << 30;
    bool memory = o->replied ? !o->reply.good && o->reply.failure.status == LOOM_E_MEMORY
                             : o->reason == FAILURE_MEMORY;
    if (!memory || p->limit_bytes || p->more_memory >= MORE_MEMORY || p->stop) return false;
    p->more_memory++;
    p->memory_bytes = asked ? 2 * asked : usual;
    if (p->memory_bytes < peak + 3 * (peak / 10)) p->memory_bytes = peak + 3 * (peak / 10);
    return true;
}

static uint64_t asked_by(const slurm_bundle *b)
{
    return b->submission ? b->submission->memory_bytes : 0;
}

static const double mebibyte = 1 << 20;

/* Once for each job: why its actions begin again. */
static void note_again(const slurm_executor *x, slurm_bundle *b, const char *format, ...)
{
    char note[512];
    va_list args;
    if (b->noted) return;
    b->noted = true;
    va_start(args, format);
    vsnprintf(note, sizeof note, format, args);
    va_end(args);
    x->base.events.held(x->base.events.user, note);
}

static void note_more_memory(const slurm_executor *x, slurm_bundle *b, const slurm_place *p)
{
    assert(p->memory_bytes > 0);
    uint64_t asked = asked_by(b);
    char before[48] = "";
    if (asked)
        snprintf(before, sizeof before, " (it asked for %.0f MiB)", (double)asked / mebibyte);
    note_again(x, b, "%s ran out of memory in job %s%s; it is tried again with %.0f MiB",
               x->graph->instances[p->instance].name, b->job, before,
               (double)p->memory_bytes / mebibyte);
}

/* It is to be bundled anew. */
static void wait_again(slurm_place *p)
{
    assert(p->state == PLACE_IN_BUNDLE);
    job_result_free(&p->result);
    p->ready = false;
    p->state = PLACE_WAITING;
}

/* False: there is nothing yet, or nothing that can be believed. */
static bool read_result(slurm_executor *x, const slurm_bundle *b, int index, slurm_place *p)
{
    assert(index >= 0 && index < b->count && !p->ready);
    char file[SERVE_FILE];
    text t = { 0 };
    serve_file(index, file);
    bool good =
        store_job_read(x->store, b->name, file, JOB_RESULT_MAX_BYTES, &t) && t.data
        && job_result_read(t.data, t.length, &p->key, op_of(x, p), p->input_count, &p->result);
    text_free(&t);
    if (good && !values_there(x, p)) {
        job_result_free(&p->result);
        good = false;
    }
    return good;
}

static bool is_there(const slurm_executor *x, const slurm_bundle *b, int index)
{
    assert(index >= 0 && index < b->count);
    char file[SERVE_FILE];
    text t = { 0 };
    serve_file(index, file);
    bool there = store_job_read(x->store, b->name, file, 1, &t);
    text_free(&t);
    return there;
}

/* Results come in the order of the bundle. */
static bool scan_bundle(slurm_executor *x, slurm_bundle *b)
{
    bool any = false;
    assert(b->next_result >= 0 && b->next_result <= b->count);
    for (; b->next_result < b->count; b->next_result++, any = true) {
        int w = b->place[b->next_result];
        slurm_place *p = w < 0 ? NULL : &x->place[w];
        if (!p && !is_there(x, b, b->next_result)) break;
        if (p && !read_result(x, b, b->next_result, p)) break;
        if (!p) continue;
        b->place[b->next_result] = -1;
        learn(x, p);
        p->ready = !asks_for_more(p, asked_by(b));
        if (p->ready) continue;
        note_more_memory(x, b, p);
        wait_again(p);
    }
    return any;
}

static bool is_running(const slurm_bundle *b)
{
    return !strcmp(b->state, "RUNNING") || !strcmp(b->state, "COMPLETING");
}

/* The action that a running job is at. */
static void report_began(slurm_executor *x, const slurm_bundle *b)
{
    int w = b->next_result < b->count && is_running(b) ? b->place[b->next_result] : -1;
    if (w < 0 || x->place[w].began) return;
    x->place[w].began = true;
    x->base.events.began(x->base.events.user, w);
}

bool slurm_scan(slurm_executor *x)
{
    bool any = false;
    for (slurm_bundle *b = x->bundles; b; b = b->next) {
        bool sent = !b->submission || b->submission->state >= SENT;
        if (sent && (b->over || is_running(b) || !*b->state)) any |= scan_bundle(x, b);
        report_began(x, b);
    }
    return any;
}

/* ---- lost actions ---------------------------------------------------------------------------- */

void slurm_end(slurm_place *p, run_failure reason, loom_status status, const char *todo,
               const char *format, ...)
{
    va_list args;
    assert(p->state != PLACE_FREE && reason != FAILURE_NONE && status != LOOM_OK);
    executor_outcome *o = &p->result.outcome;
    job_result_free(&p->result);
    o->reason = reason;
    va_start(args, format);
    error_vset(&o->failure, status, "", todo, format, args);
    va_end(args);
    p->ready = true;
}

void slurm_refuse(slurm_executor *x, const slurm_submission *s, const error *why)
{
    int left = s->alive;
    assert(left > 0 && why->status != LOOM_OK);
    for (slurm_bundle *b = x->bundles, *next; left; b = next) {
        next = b->next;
        if (b->submission != s) continue;
        for (int k = 0; k < b->count; k++)
            if (b->place[k] >= 0)
                slurm_end(&x->place[b->place[k]], FAILURE_ERROR, why->status, why->todo, "%s",
                          why->message);
        left--;
        slurm_drop(x, b, true); /* the submission goes with its last one */
    }
}

/* The last line that the job printed, "" where there is none. */
static void last_words(const slurm_executor *x, const slurm_bundle *b, char *out, size_t room)
{
    enum { MOST = 64 << 10 };
    text t = { 0 };
    assert(room > 0);
    *out = 0;
    if (store_job_read(x->store, b->name, JOB_OUTPUT, MOST, &t))
        snprintf(out, room, "%s", text_last_line(&t));
    text_free(&t);
}

/* Without control groups Slurm says so in the output alone. */
static bool ran_out_of_memory(const slurm_executor *x, const slurm_bundle *b)
{
    enum { MOST = 64 << 10 };
    static const char *const said[] = { "exceeded memory limit", "oom-kill", "oom_kill",
                                        "Out Of Memory" };
    text t = { 0 };
    bool found = !strcmp(b->state, "OUT_OF_MEMORY");
    if (!found && !strcmp(b->state, "FAILED"))
        store_job_read(x->store, b->name, JOB_OUTPUT, MOST, &t);
    for (size_t i = 0; t.data && i < sizeof said / sizeof *said; i++)
        found |= strstr(t.data, said[i]) != NULL;
    text_free(&t);
    return found;
}

static void lose_for_memory(const slurm_executor *x, slurm_place *p, slurm_bundle *b)
{
    uint64_t asked = asked_by(b);
    slurm_end(p, FAILURE_MEMORY, LOOM_E_MEMORY,
              "give the node less to do, or raise resources.memory",
              "out of memory: Slurm ended job %s, which had asked for %.0f MiB", b->job,
              (double)asked / mebibyte);
    if (!asks_for_more(p, asked)) return;
    note_more_memory(x, b, p);
    wait_again(p);
}

static void lose_for_time(const slurm_executor *x, slurm_place *p, slurm_bundle *b)
{
    int minutes = b->submission ? b->submission->minutes : 0;
    if (p->limit_s <= 0 && minutes && p->more_time++ < MORE_TIME) {
        p->time_s = 120.0 * minutes;
        note_again(x, b,
                   "job %s was ended after %d min, its time limit; %s is tried again with %d "
                   "min",
                   b->job, minutes, x->graph->instances[p->instance].name, 2 * minutes);
        wait_again(p);
        return;
    }
    slurm_end(p, FAILURE_TIME, LOOM_E_CANCELLED,
              "raise resources.time of the node, or `time` of the profile",
              "Slurm ended job %s after %d min, its time limit", b->job, minutes);
}

/* The coordinator decides whether it begins again. */
static void lose_for_node(slurm_executor *x, int w, slurm_bundle *b)
{
    char last[160], why[400];
    assert(w >= 0 && w < x->base.places);
    slurm_place *p = &x->place[w];
    const char *state = *b->state ? b->state : "unknown";
    last_words(x, b, last, sizeof last);
    snprintf(why, sizeof why, "job %s is over (%s) without a result%s%s", *b->job ? b->job : "?",
             state, *last ? ": " : "", last);
    p->state = PLACE_FREE; /* where it is started anew, this is where */
    if (x->base.events.again(x->base.events.user, w, why)) {
        note_again(x, b, "%s; its actions are begun again", why);
        text_free(&p->order);
        return;
    }
    p->state = PLACE_IN_BUNDLE;
    slurm_end(p, FAILURE_NODE, LOOM_E_IO,
              "run again; `sacct -j JOB` and the machine's administrator may know more", "%s", why);
}

static void lose(slurm_executor *x, slurm_bundle *b, int index)
{
    int w = b->place[index];
    assert(b->over && w >= 0 && w < x->base.places);
    slurm_place *p = &x->place[w];
    /* where a job took its bundle, the others had not begun */
    bool at_it = index == b->next_result || !store_job_is_taken(x->store, b->name);
    b->place[index] = -1;
    if (p->stop || p->killed) slurm_end(p, FAILURE_CANCELLED, LOOM_E_CANCELLED, "", "interrupted");
    else if (!strcmp(b->state, "CANCELLED") && !b->cancelled)
        slurm_end(p, FAILURE_CANCELLED, LOOM_E_CANCELLED, "run again",
                  "its job %s was cancelled by somebody else", b->job);
    else if (!at_it || b->cancelled || !b->submission) wait_again(p);
    else if (ran_out_of_memory(x, b)) lose_for_memory(x, p, b);
    else if (!strcmp(b->state, "TIMEOUT")) lose_for_time(x, p, b);
    else lose_for_node(x, w, b);
}

static bool is_awaited(const slurm_bundle *b)
{
    for (int k = b->next_result; k < b->count; k++)
        if (b->place[k] >= 0) return true;
    return false;
}

/* sacct is asked where the queue has forgotten the job. */
static bool may_still_come(const slurm_bundle *b, double now)
{
    if (b->cancelled) return false;
    if (!slurm_is_over(b->state)) return now - b->over_at < soon_s || (*b->job && !b->asked);
    return now - b->over_at < (strcmp(b->state, "COMPLETED") != 0 ? soon_s : late_s);
}

void slurm_settle(slurm_executor *x)
{
    double now = machine_clock_s();
    for (slurm_bundle *b = x->bundles, *next; b; b = next) {
        next = b->next;
        bool awaited = is_awaited(b);
        if (awaited && (!b->over || may_still_come(b, now))) continue;
        for (int k = b->next_result; awaited && k < b->count; k++)
            if (b->place[k] >= 0) lose(x, b, k);
        /* a job that only has to end is left to that; folders of others may be needed by them */
        if (b->over || !b->submission) slurm_drop(x, b, b->submission || b->joined == b->count);
    }
}

/* ---- telling --------------------------------------------------------------------------------- */

static void report_lists(slurm_executor *x, int w)
{
    const executor_events *events = &x->base.events;
    const job_result *r = &x->place[w].result;
    assert(x->place[w].ready && !r->notes.failed && !r->warnings.failed);
    const char *at = r->notes.data;
    for (int k = 0; k < r->note_count; k++, at += strlen(at) + 1) events->note(events->user, w, at);
    at = r->warnings.data;
    for (int k = 0; k < r->warning_count; k++) {
        const char *where = at, *line = at + strlen(at) + 1;
        events->warning(events->user, w, where, line);
        at = line + strlen(line) + 1;
    }
}

bool slurm_report(slurm_executor *x)
{
    bool any = false;
    for (int w = 0; w < x->base.places; w++) {
        slurm_place *p = &x->place[w];
        if (p->state == PLACE_FREE || !p->ready) continue;
        if (!p->began) x->base.events.began(x->base.events.user, w);
        report_lists(x, w);
        x->base.events.ended(x->base.events.user, w);
        assert(p->state == PLACE_FREE);
        any = true;
    }
    return any;
}
