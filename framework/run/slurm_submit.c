/* run/slurm_submit.c - see slurm_inside.h: what waits, as bundles, and a call of sbatch. */
#include "run/slurm_inside.h"
#include "run/bundle.h"
#include "store/jobs.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t mebibyte = 1 << 20;
/* What the job itself needs next to its actions, and a limit is rounded to. */
enum { OWN_MIB = 64, STEP_MIB = 256 };

/* ---- what an action asks for ----------------------------------------------------------------- */

/* Bytes for its job; 0: nothing is known, and the profile says nothing. */
static uint64_t memory_of(const slurm_executor *x, const slurm_place *p)
{
    uint64_t peak = p->expected_bytes, bytes = p->memory_bytes;
    if (x->node[p->node].peak_bytes > peak) peak = x->node[p->node].peak_bytes;
    if (p->limit_bytes) return p->limit_bytes + 2 * OWN_MIB * mebibyte;
    if (!bytes && peak) bytes = peak + 3 * (peak / 10) + OWN_MIB * mebibyte;
    return bytes ? bytes : x->profile.memory_bytes;
}

static uint64_t step_up(uint64_t bytes)
{
    uint64_t step = STEP_MIB * mebibyte;
    return (bytes + step - 1) / step * step;
}

/* Seconds that it will take; < 0: not known. */
static double expected_of(const slurm_executor *x, const slurm_place *p)
{
    const slurm_node *n = &x->node[p->node];
    return n->count ? n->sum_s / n->count : p->expected_s;
}

/* May they be in one array? */
static bool asks_the_same(const slurm_executor *x, const slurm_place *a, const slurm_place *b)
{
    assert(a->threads > 0 && b->threads > 0);
    return a->threads == b->threads && step_up(memory_of(x, a)) == step_up(memory_of(x, b));
}

/* ---- bundles --------------------------------------------------------------------------------- */

static int jobs_under_way(const slurm_executor *x)
{
    int n = 0;
    for (const slurm_bundle *b = x->bundles; b; b = b->next) n += !b->over;
    return n;
}

/* The first that waits, and how many ask for the same as it. */
static int count_group(const slurm_executor *x, int *first, double *expected_s)
{
    int n = 0;
    *first = -1;
    *expected_s = 0;
    for (int w = 0; w < x->base.places; w++) {
        const slurm_place *p = &x->place[w];
        if (p->state != PLACE_WAITING || p->ready || p->fresh) continue;
        if (*first < 0) *first = w;
        if (!asks_the_same(x, &x->place[*first], p)) continue;
        *expected_s += fmax(expected_of(x, p), 0);
        n++;
    }
    return n;
}

/* Actions whose time is known go together up to what bundle_time allows, but not in fewer jobs than
 * would be done in 10 s each; unknown ones go alone as long as there are jobs for all. */
typedef struct packing {
    int most;         /* actions in one bundle */
    double target_s;  /* of one bundle */
    double unknown_s; /* what an action whose time is not known counts as */
} packing;

static packing choose_packing(const slurm_executor *x, int count, double expected_s, int jobs)
{
    static const double worth_s = 10;
    assert(count > 0 && jobs > 0);
    int spread = (count + jobs - 1) / jobs, most = x->profile.bundle_actions;
    double target = fmin(fmax(expected_s / jobs, worth_s), x->profile.bundle_time_s);
    if (spread > most) spread = most;
    return (packing){ most, target, target / spread };
}

static slurm_bundle *new_bundle(slurm_executor *x, slurm_submission *s, error *e)
{
    slurm_bundle *b = calloc(1, sizeof *b);
    if (b) b->place = calloc((size_t)x->profile.bundle_actions, sizeof *b->place);
    if (!b || !b->place) {
        free(b);
        error_memory(e, "a bundle");
        return NULL;
    }
    b->submission = s;
    snprintf(b->name, sizeof b->name, "%s-%d-%d", x->run, s->sequence, s->bundles++);
    s->alive++;
    b->next = x->bundles;
    x->bundles = b;
    return b;
}

/* Its folder, with the orders of its places in it. */
static bool write_bundle(slurm_executor *x, const slurm_bundle *b, uint64_t memory, error *e)
{
    const text **list = calloc((size_t)b->count, sizeof *list);
    text t = { 0 };
    uint64_t own = OWN_MIB * mebibyte, limit = memory > own ? memory - own : 0;
    bool good = list || error_memory(e, "a bundle");
    for (int k = 0; good && k < b->count; k++) list[k] = &x->place[b->place[k]].order;
    good = good && bundle_write(list, b->count, limit, &t, e)
           && store_job_make(x->store, b->name, e)
           && store_job_write(x->store, b->name, JOB_ORDERS, t.data, t.length, e);
    free(list);
    text_free(&t);
    return good;
}

/* The time of the longest job: what its actions may take, or three times what they took before,
 * and never less than the profile says. */
static void ask_for_time(slurm_executor *x, slurm_submission *s, const slurm_bundle *b)
{
    double sum = 60, least = x->profile.time_s;
    assert(b->count > 0);
    for (int k = 0; k < b->count; k++) {
        const slurm_place *p = &x->place[b->place[k]];
        sum += p->limit_s > 0 ? p->limit_s : 3 * fmax(expected_of(x, p), 0);
        least = fmax(least, p->time_s);
    }
    int minutes = (int)fmin(ceil(fmax(sum, least) / 60), 525600);
    if (minutes > s->minutes) s->minutes = minutes;
}

static bool finish_bundle(slurm_executor *x, slurm_submission *s, const slurm_bundle *b, error *e)
{
    ask_for_time(x, s, b);
    return write_bundle(x, b, s->memory_bytes, e);
}

static bool pack(slurm_executor *x, slurm_submission *s, int first, packing how, int jobs, error *e)
{
    slurm_bundle *b = NULL;
    double sum = 0;
    const slurm_place model = x->place[first];
    for (int w = first; w < x->base.places; w++) {
        slurm_place *p = &x->place[w];
        if (p->state != PLACE_WAITING || p->ready || p->fresh || !asks_the_same(x, &model, p))
            continue;
        double expected = expected_of(x, p),
               weight = expected < 0 ? how.unknown_s : expected + 0.05;
        if (b && (b->count == how.most || sum + weight > how.target_s * 1.001)) {
            if (!finish_bundle(x, s, b, e)) return false;
            b = NULL;
        }
        if (!b && (s->bundles == jobs || s->bundles == SLURM_MAX_ARRAY)) return true;
        if (!b && !(b = new_bundle(x, s, e))) return false;
        if (b->count == 0) sum = 0;
        sum += weight;
        assert(b->count < x->profile.bundle_actions);
        b->place[b->count++] = w;
        p->state = PLACE_IN_BUNDLE;
    }
    return !b || finish_bundle(x, s, b, e);
}

bool slurm_gather(slurm_executor *x, error *e)
{
    int first, jobs = x->profile.max_jobs - jobs_under_way(x);
    double expected_s;
    int count = count_group(x, &first, &expected_s);
    if (jobs <= 0 || !count) return true;
    slurm_submission *s = calloc(1, sizeof *s);
    if (!s) return error_memory(e, "jobs");
    s->sequence = x->sequence++;
    s->threads = x->place[first].threads;
    s->memory_bytes = step_up(memory_of(x, &x->place[first]));
    s->next = x->submissions;
    x->submissions = s;
    return pack(x, s, first, choose_packing(x, count, expected_s, jobs), jobs, e);
}

/* ---- sbatch ---------------------------------------------------------------------------------- */

/* Jobs begin elsewhere. */
static void whole_path(const slurm_executor *x, const char *path, text *out)
{
    if (*path != '/') text_printf(out, "%s/", x->directory);
    text_puts(out, path);
}

/* The file that a job prints to, as sbatch wants it: %a is the task, %% a percent sign. */
static void output_pattern(const slurm_executor *x, const slurm_submission *s, text *out)
{
    char name[SLURM_NAME];
    text path = { 0 }, whole = { 0 };
    snprintf(name, sizeof name, "%s-%d-%%a", x->run, s->sequence);
    store_job_path(x->store, name, JOB_OUTPUT, &path);
    whole_path(x, path.data ? path.data : "", &whole);
    const char *last = whole.data ? strrchr(whole.data, '%') : NULL;
    for (const char *c = whole.data; c && *c; c++) {
        if (*c == '%' && c != last) text_putc(out, '%');
        text_putc(out, *c);
    }
    out->failed |= path.failed || whole.failed;
    text_free(&path);
    text_free(&whole);
}

static void add_path(const slurm_executor *x, const char *path, words *w)
{
    text whole = { 0 };
    whole_path(x, path, &whole);
    words_add(w, "%s", whole.data ? whole.data : "");
    w->failed |= whole.failed;
    text_free(&whole);
}

/* The script never changes: names reach it as words, which no shell takes apart. */
void slurm_submit_words(slurm_executor *x, const slurm_submission *s, words *w)
{
    const slurm_profile *p = &x->profile;
    text output = { 0 };
    output_pattern(x, s, &output);
    words_add(w, "sbatch");
    words_add(w, "--parsable");
    words_add(w, "--no-requeue");
    words_add(w, "--nodes=1");
    words_add(w, "--ntasks=1");
    words_add(w, "--input=/dev/null");
    words_add(w, "--open-mode=append");
    words_add(w, "--job-name=atomloom-%s-%d", x->run, s->sequence);
    words_add(w, "--array=0-%d", s->bundles - 1);
    words_add(w, "--cpus-per-task=%d", s->threads);
    words_add(w, "--time=%d", s->minutes);
    words_add(w, "--output=%s", output.data ? output.data : "");
    if (s->memory_bytes)
        words_add(w, "--mem=%lluM", (unsigned long long)(s->memory_bytes / mebibyte));
    if (p->partition) words_add(w, "--partition=%s", p->partition);
    if (p->account) words_add(w, "--account=%s", p->account);
    if (p->qos) words_add(w, "--qos=%s", p->qos);
    if (p->constraint) words_add(w, "--constraint=%s", p->constraint);
    for (const char *const *more = p->sbatch; more && *more; more++) words_add(w, "%s", *more);
    w->failed |= output.failed;
    text_clear(&output);
    store_job_path(x->store, x->run, JOB_SCRIPT, &output);
    add_path(x, output.data ? output.data : "", w);
    w->failed |= output.failed;
    text_free(&output);
    words_add(w, "%s", x->program);
    words_add(w, "action");
    words_add(w, "--store");
    add_path(x, store_path(x->store), w);
    words_add(w, "%s-%d", x->run, s->sequence);
}

void slurm_drop(slurm_executor *x, slurm_bundle *b, bool folder)
{
    slurm_bundle **at = &x->bundles;
    slurm_submission *s = b->submission;
    while (*at != b) at = &(*at)->next;
    *at = b->next;
    if (folder) store_job_remove(x->store, b->name);
    free(b->place);
    free(b);
    assert(!s || s->alive > 0);
    if (!s || --s->alive || s->state == SENDING) return;
    slurm_submission **of = &x->submissions;
    while (*of != s) of = &(*of)->next;
    *of = s->next;
    free(s);
}
