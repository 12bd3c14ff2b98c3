/* store/gc.c - dropping what has not been used for longest. See store_gc
 *
 * First everything is listed and candidates are chosen, without a lock. Then they are removed in
 * batches; in each, under the lock that store_put and store_keep share, the lists of live runs are
 * read anew and a candidate used meanwhile is left alone. */
#include "store/action_log.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BATCH = 256, ACTIONS_LIVE = 10 /* times as long as values */ };

typedef struct object {
    digest d;
    uint64_t bytes;
    double used;
    bool going;
} object;
typedef struct action_use {
    digest key;
    double used;
    bool kept_output;
} action_use;
typedef struct output_of {
    digest value;
    size_t action;
} output_of;

typedef struct collection {
    store *s;
    const gc_request *request;
    gc_result *result;
    double now;
    object *objects;
    size_t object_count, object_room;
    action_use *actions;
    size_t action_count, action_room;
    output_of *outputs; /* sorted by value */
    size_t output_count, output_room;
    error *e;
} collection;

/* Room for one more item at the end of a list. */
static bool grow(void *list, size_t count, size_t *room, size_t item, error *e)
{
    assert(count <= *room && item);
    void *old, *bigger;
    if (count < *room) return true;
    memcpy(&old, list, sizeof old);
    size_t wanted = *room ? 2 * *room : 256;
    if (!(bigger = realloc(old, wanted * item)))
        return error_memory(e, "the list of what a store holds");
    memcpy(list, &bigger, sizeof bigger);
    *room = wanted;
    return true;
}

static bool list_object(void *user, const digest *d, uint64_t bytes, double used)
{
    collection *c = user;
    if (!grow(&c->objects, c->object_count, &c->object_room, sizeof *c->objects, c->e))
        return false;
    c->objects[c->object_count++] = (object){ *d, bytes, used, false };
    return true;
}

static bool list_action(void *user, const action_record *r)
{
    collection *c = user;
    char path[STORE_PATH];
    struct stat st;
    if (stat(store_action_name(c->s, &r->key, path), &st)) return true;
    if (!grow(&c->actions, c->action_count, &c->action_room, sizeof *c->actions, c->e))
        return false;
    for (int i = 0; i < r->output_count; i++) {
        if (!r->output[i].made) continue;
        if (!grow(&c->outputs, c->output_count, &c->output_room, sizeof *c->outputs, c->e))
            return false;
        c->outputs[c->output_count++] = (output_of){ r->output[i].value, c->action_count };
    }
    c->actions[c->action_count++] = (action_use){ r->key, (double)st.st_mtim.tv_sec, false };
    return true;
}

static int by_value(const void *a, const void *b) { return memcmp(a, b, sizeof(digest)); }

static int least_recent_first(const void *a, const void *b)
{
    const object *x = a, *y = b;
    if (x->used != y->used) return x->used < y->used ? -1 : 1;
    return memcmp(&x->d, &y->d, sizeof x->d);
}

/* Calls back for every action that made `d`. */
static void each_maker(collection *c, const digest *d,
                       void (*call)(collection *c, action_use *a, const object *o), const object *o)
{
    assert(c->output_count == 0 || c->outputs);
    output_of *first = c->output_count
                           ? bsearch(d, c->outputs, c->output_count, sizeof *c->outputs, by_value)
                           : NULL;
    if (!first) return;
    while (first > c->outputs && digest_equal(&first[-1].value, d)) first--;
    for (; first < c->outputs + c->output_count && digest_equal(&first->value, d); first++)
        call(c, &c->actions[first->action], o);
}

static void has_output(collection *c, action_use *a, const object *o)
{
    (void)c, (void)o;
    a->kept_output = true;
}

/* The action is as recently used as the value that goes: its file remembers that from now on. */
static void inherit_use(collection *c, action_use *a, const object *o)
{
    char path[STORE_PATH];
    if (a->used >= o->used) return;
    a->used = o->used;
    struct timespec t[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_sec = (time_t)o->used } };
    utimensat(AT_FDCWD, store_action_name(c->s, &a->key, path), t, 0);
}

/* ---- choosing -------------------------------------------------------------------------------- */

static bool list_all(collection *c)
{
    if (!store_each_object(c->s, list_object, c, c->e) || c->e->status != LOOM_OK) return false;
    if (!action_log_each(c->s, list_action, c, c->e)) return false;
    if (c->output_count) qsort(c->outputs, c->output_count, sizeof *c->outputs, by_value);
    if (c->object_count) qsort(c->objects, c->object_count, sizeof *c->objects, least_recent_first);
    return true;
}

/* In order of use, so the candidates of both rules come first. What a run keeps stays, and the next
 * ones go in its place. */
static void choose(collection *c, const kept *k)
{
    uint64_t total = 0;
    for (size_t i = 0; i < c->object_count; i++) total += c->objects[i].bytes;
    c->result->objects = c->object_count;
    c->result->object_bytes = total;
    for (size_t i = 0; i < c->object_count; i++) {
        object *o = &c->objects[i];
        bool old = c->request->older_than_s > 0 && o->used < c->now - c->request->older_than_s;
        bool over = c->request->max_bytes > 0 && total > c->request->max_bytes;
        if (!old && !over) continue;
        if (kept_has(k, &o->d) || o->used >= k->oldest_start - 2 * TOUCH_INTERVAL_S) {
            c->result->kept_for_runs++;
            continue;
        }
        o->going = true;
        total -= o->bytes;
    }
}

/* ---- removing -------------------------------------------------------------------------------- */

/* Under the lock. */
static bool remove_object(collection *c, const kept *k, const object *o)
{
    assert(o->going);
    char path[STORE_PATH];
    struct stat st;
    if (stat(store_object_name(c->s, &o->d, path), &st)) return true;
    double used = (double)st.st_mtim.tv_sec + 1e-9 * (double)st.st_mtim.tv_nsec;
    if (used > o->used || kept_has(k, &o->d) || used >= k->oldest_start - 2 * TOUCH_INTERVAL_S) {
        c->result->kept_for_runs++;
        return true;
    }
    if (!c->request->dry_run && unlink(path)) return store_io_error(c->e, errno, "remove", path);
    if (!c->request->dry_run) each_maker(c, &o->d, inherit_use, o);
    c->result->objects_removed++;
    c->result->bytes_freed += o->bytes;
    return true;
}

static bool remove_actions(collection *c, const kept *k)
{
    double limit = c->now - ACTIONS_LIVE * c->request->older_than_s;
    for (size_t i = 0; i < c->object_count; i++)
        if (!c->objects[i].going) each_maker(c, &c->objects[i].d, has_output, NULL);
    for (size_t i = 0; i < c->action_count; i++) {
        const action_use *a = &c->actions[i];
        if (a->kept_output || a->used >= limit || kept_has(k, &a->key)) continue;
        if (!c->request->dry_run && !action_forget(c->s, &a->key, c->e)) return false;
        c->result->actions_removed++;
    }
    return true;
}

/* Calls `work` on a batch under the lock, with the runs' lists as they are now. */
static bool under_lock(collection *c, bool (*work)(collection *c, const kept *k, size_t from),
                       size_t from)
{
    assert(from <= c->object_count);
    kept k = { 0 };
    locks *l = store_locks(c->s, c->e);
    if (!l || !locks_wait(l, LOCK_UPKEEP, true, c->e)) return false;
    bool good = kept_read(c->s, true, &k, c->e) && work(c, &k, from);
    locks_done(l, LOCK_UPKEEP);
    kept_free(&k);
    return good;
}

static bool choose_now(collection *c, const kept *k, size_t from)
{
    (void)from;
    choose(c, k);
    return true;
}

static bool remove_batch(collection *c, const kept *k, size_t from)
{
    for (size_t i = from; i < c->object_count && i < from + BATCH; i++)
        if (c->objects[i].going && !remove_object(c, k, &c->objects[i])) return false;
    return true;
}

static bool remove_actions_now(collection *c, const kept *k, size_t from)
{
    (void)from;
    return remove_actions(c, k);
}

static bool collect(collection *c)
{
    if (!list_all(c) || !under_lock(c, choose_now, 0)) return false;
    for (size_t from = 0; from < c->object_count; from += BATCH)
        if (!under_lock(c, remove_batch, from)) return false;
    if (c->request->older_than_s > 0 && !under_lock(c, remove_actions_now, 0)) return false;
    return c->request->dry_run || (action_log_compact(c->s, c->e) && file_log_compact(c->s, c->e));
}

/* What was found damaged stays for a while, for whoever wants to look. */
static bool sweep_damaged(collection *c)
{
    enum { DAYS = 7, DAY_S = 86400 };
    char path[STORE_PATH], **names;
    struct stat st;
    size_t n;
    if (!names_in(store_own(c->s, path, "damaged"), &names, &n, c->e)) return false;
    for (size_t i = 0; i < n; i++) {
        if (stat(store_own(c->s, path, "damaged/%s", names[i]), &st)
            || (double)st.st_mtim.tv_sec > c->now - DAYS * DAY_S)
            continue;
        if (!unlink(path)) c->result->bytes_freed += (uint64_t)st.st_blocks * 512;
    }
    free(names);
    return true;
}

bool store_gc(store *s, const gc_request *request, gc_result *out, error *e)
{
    assert(request->older_than_s >= 0);
    error inner = { 0 };
    collection c = { .s = s, .request = request, .result = out, .now = seconds_now(), .e = &inner };
    *out = (gc_result){ 0 };
    bool good =
        request->dry_run || (store_sweep(s, NULL, &out->bytes_freed, &inner) && sweep_damaged(&c));
    good = good && collect(&c);
    free(c.objects);
    free(c.actions);
    free(c.outputs);
    return good || error_set(e, inner.status, inner.todo, "%s", inner.message);
}
