/* run/slurm_calls.c - see slurm_inside.h: which program of Slurm runs next, and what its answer
 * means. */
#include "run/slurm_inside.h"
#include "run/machine.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Between looks at the queue, and until something that failed is tried again. */
static const double shortest_s = 0.3, usual_s = 1, longest_s = 10, away_s = 30;

/* ---- asking the queue ------------------------------------------------------------------------ */

/* Variables that would change what Slurm's programs print. */
static const char *const unwanted[] = { "SQUEUE_", "SACCT_", "SCANCEL_", NULL };

static bool call(slurm_executor *x, const words *w, error *e)
{
    enum { MOST = 64 << 20 };
    assert(w->count && w->word[0]);
    const program p = { .argv = (const char *const *)w->word, .without = unwanted };
    return capture_start(&x->call, &p, (capture_limits){ x->profile.patience_s, MOST }, e);
}

static bool begin_call(slurm_executor *x, slurm_call kind, words *w)
{
    error e = { 0 };
    assert(x->doing == CALL_NONE && kind != CALL_NONE);
    bool good = !w->failed && w->count && call(x, w, &e);
    words_free(w);
    x->doing = good ? kind : CALL_NONE;
    return good;
}

/* A reason that waiting alone does not cure, when the job is first seen. */
static void note_waiting(slurm_executor *x, const slurm_bundle *b, const slurm_line *line)
{
    static const char *const usual[] = { "None", "Resources", "Priority", "JobArrayTaskLimit", "" };
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (!strcmp(usual[i], line->reason)) return;
    char note[160];
    if (strcmp(line->state, "PENDING") != 0 || *b->state || x->noted_reason) return;
    x->noted_reason = true;
    snprintf(note, sizeof note, "job %s waits: %s", b->job, line->reason);
    x->base.events.held(x->base.events.user, note);
}

static bool see(slurm_executor *x, const slurm_line *line)
{
    bool changed = false;
    char job[SLURM_JOB];
    for (slurm_bundle *b = x->bundles; b; b = b->next) {
        if ((b->seen && !line->tasks) || !slurm_line_means(line, b->name, job)) continue;
        memcpy(b->job, job, sizeof b->job);
        note_waiting(x, b, line);
        changed |= strcmp(b->state, line->state) != 0;
        b->seen = true;
        if (b->submission && b->submission->state == DOUBTFUL) b->submission->state = SENT;
        memcpy(b->state, line->state, sizeof b->state);
    }
    slurm_foreign_seen(x, line);
    return changed;
}

/* What has left the queue is over; what was never in it was not taken. */
static bool conclude(slurm_executor *x)
{
    bool changed = false;
    double now = machine_clock_s();
    for (slurm_bundle *b = x->bundles; b; b = b->next) {
        bool sent = !b->submission || b->submission->state == SENT;
        if (b->over || !sent || (b->seen && !slurm_is_over(b->state))) continue;
        b->over = changed = true;
        b->over_at = now;
    }
    for (slurm_submission *s = x->submissions; s; s = s->next)
        if (s->state == DOUBTFUL) s->state = TO_SEND;
    return changed;
}

/* False, and nothing is changed, where a line that names a job of ours is not understood. */
static bool check_lines(const text *printed)
{
    slurm_line line;
    bool bad = false;
    for (const char *at = printed->data, *end; at && *at && !bad; at = end + (*end != 0)) {
        end = at + strcspn(at, "\n");
        slurm_queue_line(at, (size_t)(end - at), &line, &bad);
    }
    return !bad;
}

/* The same is said once, until it is over. */
static void trouble(slurm_executor *x, const char *asked, const char *why, const char *todo)
{
    char note[sizeof x->trouble];
    snprintf(note, sizeof note, "%s: %s; waiting for Slurm, nothing is lost%s", asked, why, todo);
    if (!strcmp(note, x->trouble)) return;
    memcpy(x->trouble, note, sizeof note);
    x->base.events.held(x->base.events.user, note);
}

static void trouble_is_over(slurm_executor *x, const char *asked)
{
    if (!strncmp(x->trouble, asked, strlen(asked))) *x->trouble = 0;
}

static void trouble_of_call(slurm_executor *x, const char *asked)
{
    text why = { 0 };
    slurm_explain(&x->call, &why);
    trouble(x, asked, why.data ? why.data : "it failed",
            slurm_is_full(&x->call) ? "; with a smaller max_jobs in the profile, runs stay below "
                                      "the limit"
                                    : "");
    text_free(&why);
}

/* Lines that name their tasks come first: the others are about what is left. */
static bool see_lines(slurm_executor *x, bool tasks)
{
    slurm_line line;
    bool bad, changed = false;
    for (const char *at = x->call.out.data, *end; at && *at; at = end + (*end != 0)) {
        end = at + strcspn(at, "\n");
        if (slurm_queue_line(at, (size_t)(end - at), &line, &bad) && (line.tasks != NULL) == tasks)
            changed |= see(x, &line);
    }
    return changed;
}

static void heard_queue(slurm_executor *x)
{
    error e = { 0 };
    bool changed = false, good = capture_succeeded(&x->call);
    double now = machine_clock_s();
    if (!good || !check_lines(&x->call.out) || !slurm_foreign_read(x, &e)) {
        if (good) trouble(x, "squeue", "what it printed is not understood", "");
        else trouble_of_call(x, "squeue");
        x->away = true;
        x->pace = fmin(2 * x->pace, away_s);
        x->next_look = now + x->pace;
        return;
    }
    for (slurm_bundle *b = x->bundles; b; b = b->next) b->seen = false;
    changed |= see_lines(x, true);
    changed |= see_lines(x, false);
    changed |= conclude(x);
    x->away = false;
    trouble_is_over(x, "squeue");
    x->last_look = now;
    x->pace = changed ? usual_s : fmin(1.5 * fmin(x->pace, longest_s), longest_s);
    x->next_look = now + x->pace;
    if (changed) x->next_scan = now;
    slurm_foreign_join(x);
}

/* ---- submitting ------------------------------------------------------------------------------ */

static void refuse(slurm_executor *x, const slurm_submission *s)
{
    text why = { 0 };
    error e = { 0 };
    slurm_explain(&x->call, &why);
    error_set(&e, LOOM_E_PARAM, "check the profile, and what the node asks for in `resources`",
              "sbatch refused the job: %s", why.data ? why.data : "no reason given");
    text_free(&why);
    slurm_refuse(x, s, &e);
}

static void heard_submit(slurm_executor *x)
{
    slurm_submission *s = x->sending;
    assert(s && s->state == SENDING);
    char job[SLURM_JOB];
    double now = machine_clock_s();
    bool taken = capture_succeeded(&x->call) && slurm_submitted(x->call.out.data, job);
    bool doubtful = !taken && (capture_succeeded(&x->call) || slurm_is_away(&x->call));
    x->sending = NULL;
    x->next_look = now + (taken ? usual_s : 0);
    s->state = taken ? SENT : doubtful ? DOUBTFUL : REFUSED;
    for (slurm_bundle *b = x->bundles; taken && b; b = b->next)
        if (b->submission == s)
            snprintf(b->job, sizeof b->job, "%.38s_%s", job, strrchr(b->name, '-') + 1);
    if (taken) {
        x->pace = usual_s;
        trouble_is_over(x, "sbatch");
    }
    if (s->state == REFUSED) refuse(x, s);
    if (!doubtful) return;
    trouble_of_call(x, "sbatch");
    x->away = true;
    x->pace = fmin(2 * x->pace, away_s);
    x->next_look = x->next_submit = now + x->pace;
}

static void heard_cancel(slurm_executor *x)
{
    double now = machine_clock_s();
    bool good = capture_succeeded(&x->call);
    /* it fails for a job that has just ended as well: the queue decides */
    x->next_cancel = now + (good ? 0 : usual_s);
    x->next_look = now;
    for (slurm_bundle *b = x->bundles; good && b; b = b->next) {
        if (!b->cancel || b->cancelled || !*b->job) continue;
        b->cancelled = b->over = true;
        b->over_at = now;
    }
}

static void heard_account(slurm_executor *x)
{
    char job[SLURM_JOB], state[SLURM_WORD];
    bool good = capture_succeeded(&x->call);
    for (const char *at = x->call.out.data, *end; good && at && *at; at = end + (*end != 0)) {
        end = at + strcspn(at, "\n");
        if (!slurm_account_line(at, (size_t)(end - at), job, state)) continue;
        for (slurm_bundle *b = x->bundles; b; b = b->next)
            if (b->over && !b->asked && !strcmp(b->job, job)) memcpy(b->state, state, sizeof state);
    }
    for (slurm_bundle *b = x->bundles; b; b = b->next) b->asked |= b->over;
}

void slurm_hear(slurm_executor *x)
{
    slurm_call kind = x->doing;
    if (kind == CALL_NONE || !capture_is_over(&x->call)) return;
    x->doing = CALL_NONE;
    if (kind == CALL_QUEUE) heard_queue(x);
    else if (kind == CALL_SUBMIT) heard_submit(x);
    else if (kind == CALL_CANCEL) heard_cancel(x);
    else heard_account(x);
    capture_free(&x->call);
}

/* ---- the next call --------------------------------------------------------------------------- */

static bool cancel_words(const slurm_executor *x, words *w)
{
    int n = 0;
    words_add(w, "scancel");
    for (const slurm_bundle *b = x->bundles; b; b = b->next)
        if (b->cancel && !b->cancelled && !b->over && *b->job) {
            words_add(w, "%s", b->job);
            n++;
        }
    if (!n) words_free(w);
    return n > 0;
}

static bool wants_look(const slurm_executor *x, double now)
{
    for (int w = 0; w < x->base.places; w++) {
        const slurm_place *p = &x->place[w];
        if (!p->fresh || p->state != PLACE_WAITING) continue;
        double soon = x->last_look + (p->doubted ? usual_s : shortest_s);
        if (now >= (x->away ? x->next_look : soon)) return true;
    }
    if (now < x->next_look) return false;
    for (const slurm_bundle *b = x->bundles; b; b = b->next)
        if (!b->over && (!b->submission || b->submission->state >= SENT)) return true;
    return false;
}

static bool wants_account(const slurm_executor *x)
{
    for (const slurm_bundle *b = x->bundles; b; b = b->next)
        if (b->over && !b->asked && !b->cancelled && *b->job && !slurm_is_over(b->state))
            return true;
    return false;
}

static slurm_submission *to_send(const slurm_executor *x, double now)
{
    slurm_submission *s = now >= x->next_submit ? x->submissions : NULL;
    while (s && s->state != TO_SEND) s = s->next;
    return s;
}

void slurm_begin_call(slurm_executor *x)
{
    words w = { 0 };
    double now = machine_clock_s();
    slurm_submission *s;
    if (x->doing != CALL_NONE) return;
    if (now >= x->next_cancel && cancel_words(x, &w)) begin_call(x, CALL_CANCEL, &w);
    else if (wants_look(x, now)) {
        slurm_queue_words(&w);
        if (begin_call(x, CALL_QUEUE, &w)) return;
        trouble(x, "squeue", "it cannot be started", "");
        x->next_look = now + away_s;
    } else if ((s = to_send(x, now))) {
        slurm_submit_words(x, s, &w);
        s->state = SENDING;
        x->sending = s;
        if (begin_call(x, CALL_SUBMIT, &w)) return;
        trouble(x, "sbatch", "it cannot be started", "");
        s->state = TO_SEND;
        x->sending = NULL;
        x->next_submit = now + usual_s;
    } else if (wants_account(x)) {
        slurm_account_words(x->bundles, &w);
        if (begin_call(x, CALL_ACCOUNT, &w)) return;
        for (slurm_bundle *b = x->bundles; b; b = b->next) b->asked |= b->over;
    }
}

/* ---- beginning and end ----------------------------------------------------------------------- */

/* Slurm is there, though it may not answer just now. */
bool slurm_try_queue(slurm_executor *x, error *e)
{
    static const char todo[] = "run on a machine from which jobs can be submitted, or "
                               "without --executor on this one";
    static const char *const programs[] = { "squeue", "sbatch", "scancel" };
    words w = { 0 };
    text why = { 0 };
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (!program_is_there(programs[i]))
            return error_set(e, LOOM_E_IO, todo, "the program '%s' of Slurm is not in PATH",
                             programs[i]);
    slurm_queue_words(&w);
    bool started = w.failed ? error_memory(e, "words for squeue") : call(x, &w, e);
    words_free(&w);
    if (!started) return false;
    capture_finish(&x->call);
    bool good = capture_succeeded(&x->call) || slurm_is_away(&x->call);
    if (!good) slurm_explain(&x->call, &why);
    capture_free(&x->call);
    if (!good)
        error_set(e, LOOM_E_IO, todo, "Slurm cannot be used here: %s",
                  why.data ? why.data : "squeue failed");
    text_free(&why);
    return good;
}

/* What was asked to stop is cancelled, if Slurm answers; all else is left alone. */
void slurm_cancel_last(slurm_executor *x)
{
    words w = { 0 };
    capture_free(&x->call);
    x->doing = CALL_NONE;
    if (cancel_words(x, &w) && begin_call(x, CALL_CANCEL, &w)) {
        capture_finish(&x->call);
        heard_cancel(x);
    }
    capture_free(&x->call);
}
