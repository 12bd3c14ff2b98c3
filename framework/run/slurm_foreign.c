/* run/slurm_foreign.c - see slurm_inside.h: bundles that other coordinators left in the store, some
 * of them dead. */
#include "run/slurm_inside.h"
#include "run/bundle.h"
#include "run/machine.h"
#include "run/serve.h"
#include "store/jobs.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double old_s = 7 * 86400.0; /* of folders that nobody came back for */

static const char called_off[] = "another run, which called it off";

/* ---- what is there --------------------------------------------------------------------------- */

/* Names begin with the time of their run. */
static bool is_old(const char *name)
{
    char *end;
    double made = (double)strtoull(name, &end, 16);
    return *end == '-' && made > 0 && machine_date_s() - made > old_s;
}

static bool is_known(const slurm_executor *x, const char *name)
{
    for (size_t i = 0; i < x->foreigns; i++)
        if (!strcmp(x->foreign[i].name, name)) return true;
    return !strncmp(name, x->run, strlen(x->run));
}

static bool read_one(slurm_executor *x, const char *name, error *e)
{
    text t = { 0 };
    slurm_foreign *f = &x->foreign[x->foreigns];
    assert(strlen(name) < sizeof f->name);
    store_job_read(x->store, name, JOB_ORDERS, BUNDLE_MAX_BYTES, &t);
    if (t.failed) return error_memory(e, "a bundle");
    *f = (slurm_foreign){ 0 };
    f->keys = t.data ? bundle_keys(t.data, t.length, &f->count) : NULL;
    text_free(&t);
    snprintf(f->name, sizeof f->name, "%s", name);
    x->foreigns += f->keys != NULL;
    return true;
}

bool slurm_foreign_read(slurm_executor *x, error *e)
{
    char **names;
    size_t n;
    for (size_t i = 0; i < x->foreigns; i++) x->foreign[i].alive = x->foreign[i].judged = false;
    if (!store_job_names(x->store, &names, &n, e)) return false;
    slurm_foreign *more = realloc(x->foreign, (x->foreigns + n + 1) * sizeof *more);
    bool good = more || error_memory(e, "bundles");
    if (more) x->foreign = more;
    for (size_t i = 0; good && i < n; i++) {
        if (is_known(x, names[i]) || strlen(names[i]) >= SLURM_NAME) continue;
        if (is_old(names[i])) store_job_remove(x->store, names[i]);
        else good = read_one(x, names[i], e);
    }
    free(names);
    return good;
}

void slurm_foreign_free(slurm_executor *x)
{
    for (size_t i = 0; i < x->foreigns; i++) free(x->foreign[i].keys);
    free(x->foreign);
    x->foreign = NULL;
    x->foreigns = 0;
}

void slurm_foreign_seen(slurm_executor *x, const slurm_line *line)
{
    char job[SLURM_JOB];
    for (size_t i = 0; i < x->foreigns; i++) {
        slurm_foreign *f = &x->foreign[i];
        if (!slurm_line_means(line, f->name, job)) continue;
        f->alive |= !slurm_is_over(line->state);
        memcpy(f->job, job, sizeof f->job);
    }
}

/* ---- joining --------------------------------------------------------------------------------- */

static slurm_bundle *join(slurm_executor *x, const slurm_foreign *f)
{
    for (slurm_bundle *b = x->bundles; b; b = b->next)
        if (!strcmp(b->name, f->name)) return b;
    slurm_bundle *b = calloc(1, sizeof *b);
    if (b) b->place = calloc((size_t)f->count, sizeof *b->place);
    if (!b || !b->place) {
        free(b);
        return NULL;
    }
    memcpy(b->name, f->name, sizeof b->name);
    memcpy(b->job, f->job, sizeof b->job);
    b->count = f->count;
    for (int k = 0; k < b->count; k++) b->place[k] = -1;
    b->next = x->bundles;
    return x->bundles = b;
}

typedef enum found { FOUND_NOTHING, FOUND_GOOD, FOUND_BAD } found;

/* A failure that nobody collected, or that another run has: it is tried again. */
static found look_for(const slurm_executor *x, const slurm_foreign *f, int index,
                      const slurm_place *p)
{
    char file[SERVE_FILE];
    text t = { 0 };
    job_result r = { 0 };
    serve_file(index, file);
    bool there = store_job_read(x->store, f->name, file, JOB_RESULT_MAX_BYTES, &t);
    bool good = there && t.data
                && job_result_read(t.data, t.length, &p->key, x->graph->nodes[p->node].op->op,
                                   p->input_count, &r)
                && r.outcome.replied && r.outcome.reply.good;
    for (int32_t k = 0; good && k < r.outcome.reply.output_count; k++)
        good = !r.made[k].made || store_has(x->store, &r.made[k].value);
    job_result_free(&r);
    text_free(&t);
    return good ? FOUND_GOOD : there ? FOUND_BAD : FOUND_NOTHING;
}

/* Its job will not carry it out any more. Called off where no job has it; where one has taken it,
 * that counts if it had before the queue was read. */
static bool is_gone(const slurm_executor *x, slurm_foreign *f)
{
    error e = { 0 };
    if (f->judged || f->alive) return f->gone && !f->alive;
    bool taken = store_job_is_taken(x->store, f->name);
    if (!taken && f->doubted) {
        f->gone = store_job_take(x->store, f->name, called_off, &e) || e.status != LOOM_OK;
        taken = true;
    } else f->gone = taken && f->taken;
    f->doubted = f->judged = true;
    f->taken = taken;
    return f->gone;
}

static bool join_one(slurm_executor *x, int w, slurm_foreign *f, int index)
{
    slurm_place *p = &x->place[w];
    assert(p->state == PLACE_WAITING && index >= 0 && index < f->count);
    found result = look_for(x, f, index, p);
    if (result == FOUND_NOTHING && !f->alive) p->doubted |= !is_gone(x, f);
    if (result == FOUND_BAD || (result == FOUND_NOTHING && !f->alive)) return false;
    slurm_bundle *b = join(x, f);
    if (!b || index < b->next_result) return false;
    b->place[index] = w;
    b->joined++;
    b->over |= !f->alive;
    b->over_at = machine_clock_s();
    p->state = PLACE_IN_BUNDLE;
    return true;
}

/* The place of this action among those that wait; -1: it does not. */
static int waiting_for(const slurm_executor *x, const digest *key)
{
    for (int w = 0; w < x->base.places; w++) {
        const slurm_place *p = &x->place[w];
        if (p->state == PLACE_WAITING && !p->ready && digest_equal(&p->key, key)) return w;
    }
    return -1;
}

/* What was neither joined nor is doubted is begun anew. */
void slurm_foreign_join(slurm_executor *x)
{
    assert(x->last_look > 0);
    for (int w = 0; w < x->base.places; w++) x->place[w].doubted = false;
    for (size_t i = 0; i < x->foreigns; i++) {
        slurm_foreign *f = &x->foreign[i];
        for (int k = 0; k < f->count; k++) {
            int w = waiting_for(x, &f->keys[k]);
            if (w >= 0 && x->place[w].fresh) join_one(x, w, f, k);
        }
    }
    for (int w = 0; w < x->base.places; w++) x->place[w].fresh = x->place[w].doubted;
}

/* ---- sweeping -------------------------------------------------------------------------------- */

/* Names are RUN, or RUN-SEQUENCE-TASK, and RUN is two hexadecimal numbers (slurm.c: name_run). */
static bool is_of_dead_run(const slurm_executor *x, const char *name)
{
    static const char hex[] = "0123456789abcdef";
    char run[sizeof x->run];
    size_t n = strspn(name, hex);
    if (!n || name[n] != '-') return false;
    n += 1 + strspn(name + n + 1, hex);
    if (n >= sizeof run || (name[n] && name[n] != '-')) return false;
    memcpy(run, name, n);
    run[n] = 0;
    return strcmp(run, x->run) != 0 && !store_jobs_are_owned(x->store, run);
}

static bool is_recorded(const slurm_executor *x, const digest *key)
{
    action_record r = { 0 };
    error ignored = { 0 };
    bool there = store_find_action(x->store, key, &r, &ignored);
    action_record_free(&r);
    return there;
}

/* Does it hold a result that somebody may still want, or may a job be at one? */
static bool is_wanted(const slurm_executor *x, const slurm_foreign *f)
{
    bool wanted = f->alive, open = false;
    error ignored = { 0 };
    for (int k = 0; !wanted && k < f->count; k++) {
        char file[SERVE_FILE];
        text t = { 0 };
        if (is_recorded(x, &f->keys[k])) continue;
        serve_file(k, file);
        bool there = store_job_read(x->store, f->name, file, JOB_RESULT_MAX_BYTES, &t) && t.data;
        wanted = there && job_result_is_good(t.data, t.length);
        open |= !there;
        text_free(&t);
    }
    return wanted || (open && !store_job_take(x->store, f->name, called_off, &ignored));
}

static const slurm_foreign *find(const slurm_executor *x, const char *name)
{
    for (size_t i = 0; i < x->foreigns; i++)
        if (!strcmp(x->foreign[i].name, name)) return &x->foreign[i];
    return NULL;
}

/* A job that comes late finds its folder gone. One that was made since the queue was read is left
 * alone. */
static void sweep_one(slurm_executor *x, const char *name)
{
    text t = { 0 };
    const slurm_foreign *f = find(x, name);
    bool known = f || !store_job_read(x->store, name, JOB_ORDERS, 1, &t);
    text_free(&t);
    if (known && !(f && is_wanted(x, f))) store_job_remove(x->store, name);
}

void slurm_foreign_sweep(slurm_executor *x)
{
    char **names;
    size_t n;
    error ignored = { 0 };
    if (x->last_look <= 0 || !store_job_names(x->store, &names, &n, &ignored)) return;
    for (size_t i = 0; i < n; i++)
        if (is_of_dead_run(x, names[i])) sweep_one(x, names[i]);
    free(names);
}
