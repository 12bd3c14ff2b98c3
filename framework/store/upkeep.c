/* store/upkeep.c - looking at everything a store holds: counting, listing, removing by name. See
 * store.h */
#include "store/inside.h"
#include "store/object.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 4096 };

static uint64_t on_disk(const struct stat *st)
{
    return ((uint64_t)st->st_size + BLOCK - 1) / BLOCK * BLOCK;
}

typedef struct object_visit {
    bool (*visit)(void *user, const digest *d, uint64_t bytes, double used);
    void *user;
} object_visit;

static bool visit_object(void *user, const digest *d, const char *path, const struct stat *st)
{
    const object_visit *v = user;
    (void)path;
    return v->visit(v->user, d, on_disk(st),
                    (double)st->st_mtim.tv_sec + 1e-9 * (double)st->st_mtim.tv_nsec);
}

bool store_each_object(store *s, bool (*visit)(void *, const digest *, uint64_t, double),
                       void *user, error *e)
{
    return each_file(s, "objects", ".h5", visit_object, &(object_visit){ visit, user }, e);
}

/* ---- counting -------------------------------------------------------------------------------- */

typedef struct sum {
    uint64_t *files, *bytes;
} sum;

static bool add_to_sum(void *user, const digest *d, const char *path, const struct stat *st)
{
    const sum *t = user;
    (void)d, (void)path;
    ++*t->files;
    *t->bytes += on_disk(st);
    return true;
}

static bool count_flat(store *s, const char *room, uint64_t *files, uint64_t *bytes, error *e)
{
    assert(*room);
    char path[STORE_PATH], **names;
    size_t n;
    if (!names_in(store_own(s, path, "%s", room), &names, &n, e)) return false;
    for (size_t i = 0; i < n; i++) {
        struct stat st;
        if (stat(store_own(s, path, "%s/%s", room, names[i]), &st)) continue;
        ++*files;
        *bytes += on_disk(&st);
    }
    free(names);
    return true;
}

bool store_count(store *s, store_stats *out, error *e)
{
    uint64_t damaged_bytes = 0;
    *out = (store_stats){ 0 };
    return each_file(s, "objects", ".h5", add_to_sum, &(sum){ &out->objects, &out->object_bytes },
                     e)
           && each_file(s, "actions", ".json", add_to_sum,
                        &(sum){ &out->actions, &out->action_bytes }, e)
           && count_flat(s, "tmp", &out->temporary_files, &out->temporary_bytes, e)
           && count_flat(s, "damaged", &out->damaged, &damaged_bytes, e);
}

/* ---- removing by name ------------------------------------------------------------------------ */

static bool remove_under_lock(store *s, const digest *d, error *e)
{
    char path[STORE_PATH], hex[65];
    kept k;
    bool good = kept_read(s, true, &k, e), needed = good && kept_has(&k, d), found = false;
    kept_free(&k);
    if (!good) return false;
    if (needed)
        return error_set(e, LOOM_E_IO, "wait until that run has ended",
                         "%s is needed by a run under way", digest_text(d, hex));
    if (!unlink(store_object_name(s, d, path))) found = true;
    else if (errno != ENOENT) return store_io_error(e, errno, "remove", path);
    if (!access(store_action_name(s, d, path), F_OK)) {
        if (!action_forget(s, d, e)) return false;
        found = true;
    }
    return found
           || error_set(e, LOOM_E_PARAM, "`atomloom cache ls` lists what there is",
                        "the store holds neither a value nor an action %s", digest_text(d, hex));
}

bool store_remove(store *s, const digest *value_or_key, error *e)
{
    locks *l = store_locks(s, e);
    if (!l || !locks_wait(l, LOCK_UPKEEP, true, e)) return false;
    bool good = remove_under_lock(s, value_or_key, e);
    locks_done(l, LOCK_UPKEEP);
    return good;
}
