/* store/upkeep.c - looking at everything a store holds: counting, listing, verifying, removing by name. See store.h */
#include "store/inside.h"
#include "store/object.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SHARDS = 256, BLOCK = 4096 };

static uint64_t on_disk(const struct stat *st) { return ((uint64_t)st->st_size + BLOCK - 1) / BLOCK * BLOCK; }

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Names in a directory, sorted; an absent directory has none. Owned, with its texts in the same memory. */
static bool names_in(const char *directory, char ***names, size_t *count, error *e)
{
    text all = { 0 };
    *count = 0;
    *names = NULL;
    DIR *d = opendir(directory);
    if (!d) return errno == ENOENT || store_io_error(e, errno, "read", directory);
    for (struct dirent *entry; (entry = readdir(d));) {
        if (entry->d_name[0] == '.') continue;
        text_add(&all, entry->d_name, strlen(entry->d_name) + 1);
        ++*count;
    }
    closedir(d);
    size_t list = *count * sizeof(char *);
    char **out = all.failed ? NULL : malloc(list + all.length + 1);
    if (out) {
        char *at = (char *)out + list;
        if (all.length) memcpy(at, all.data, all.length);
        for (size_t i = 0; i < *count; i++) {
            out[i] = at;
            at += strlen(at) + 1;
        }
        qsort(out, *count, sizeof *out, by_text);
    }
    text_free(&all);
    *names = out;
    return out || error_memory(e, "a list of files");
}

/* The digest that a file's name in shard `shard` stands for. */
static bool digest_of_name(unsigned shard, const char *name, const char *extension, digest *out)
{
    char hex[65];
    if (strlen(name) != 62 + strlen(extension) || strcmp(name + 62, extension) != 0) return false;
    snprintf(hex, sizeof hex, "%02x%.62s", shard, name);
    return digest_read(hex, out);
}

typedef bool visit_file(void *user, const digest *d, const char *path, const struct stat *st);

static bool each_file(store *s, const char *room, const char *extension, visit_file *visit, void *user, error *e)
{
    char path[STORE_PATH];
    bool more = true;
    for (unsigned shard = 0; more && shard < SHARDS; shard++) {
        char **names;
        size_t n;
        if (!names_in(store_join(s, path, "%s/%02x", room, shard), &names, &n, e)) return false;
        for (size_t i = 0; more && i < n; i++) {
            digest d;
            struct stat st;
            if (!digest_of_name(shard, names[i], extension, &d)) continue;
            store_join(s, path, "%s/%02x/%s", room, shard, names[i]);
            if (!stat(path, &st)) more = visit(user, &d, path, &st); /* gone: another process removed it */
        }
        free(names);
    }
    return true;
}

typedef struct object_visit { bool (*visit)(void *user, const digest *d, uint64_t bytes, double used); void *user; } object_visit;

static bool visit_object(void *user, const digest *d, const char *path, const struct stat *st)
{
    const object_visit *v = user;
    (void)path;
    return v->visit(v->user, d, on_disk(st), (double)st->st_mtim.tv_sec + 1e-9 * (double)st->st_mtim.tv_nsec);
}

bool store_each_object(store *s, bool (*visit)(void *, const digest *, uint64_t, double), void *user, error *e)
{
    return each_file(s, "objects", ".h5", visit_object, &(object_visit){ visit, user }, e);
}

/* ---- counting --------------------------------------------------------------------------------------------------------- */

typedef struct sum { uint64_t *files, *bytes; } sum;

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
    char path[STORE_PATH], **names;
    size_t n;
    if (!names_in(store_join(s, path, "%s", room), &names, &n, e)) return false;
    for (size_t i = 0; i < n; i++) {
        struct stat st;
        if (stat(store_join(s, path, "%s/%s", room, names[i]), &st)) continue;
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
    return each_file(s, "objects", ".h5", add_to_sum, &(sum){ &out->objects, &out->object_bytes }, e) &&
           each_file(s, "actions", ".json", add_to_sum, &(sum){ &out->actions, &out->action_bytes }, e) &&
           count_flat(s, "tmp", &out->temporary_files, &out->temporary_bytes, e) && count_flat(s, "damaged", &out->damaged, &damaged_bytes, e);
}

/* ---- verifying -------------------------------------------------------------------------------------------------------- */

typedef struct verification {
    store *s;
    void (*found)(void *user, const digest *d, const char *problem);
    void *user;
    uint64_t checked, damaged;
    error *e;
} verification;

static bool verify_object(void *user, const digest *d, const char *path, const struct stat *st)
{
    verification *v = user;
    error problem = { 0 };
    (void)st;
    loom_value *value = object_read(path, true, &problem); /* not store_get: looking is no use, gc goes by use */
    if (!value && problem.status == LOOM_E_MEMORY) return error_set(v->e, problem.status, problem.todo, "%s", problem.message);
    if (!value && access(path, F_OK)) return true; /* removed meanwhile */
    if (!value && access(path, R_OK)) return store_io_error(v->e, errno, "read", path);
    v->checked++;
    if (value) {
        digest is = value_digest(value);
        if (!digest_equal(&is, d)) error_set(&problem, LOOM_E_DATA, "", "its content has another digest than its name says");
        value_free(value);
    }
    if (problem.status == LOOM_OK) return true;
    v->damaged++;
    store_set_aside(v->s, d);
    if (v->found) v->found(v->user, d, problem.message);
    return true;
}

bool store_verify(store *s, void (*found)(void *, const digest *, const char *), void *user, uint64_t *checked, uint64_t *damaged, error *e)
{
    error inner = { 0 };
    verification v = { .s = s, .found = found, .user = user, .e = &inner };
    bool good = each_file(s, "objects", ".h5", verify_object, &v, &inner) && inner.status == LOOM_OK;
    if (checked) *checked = v.checked;
    if (damaged) *damaged = v.damaged;
    return good || error_set(e, inner.status, inner.todo, "%s", inner.message);
}

/* ---- removing by name ------------------------------------------------------------------------------------------------- */

static bool remove_under_lock(store *s, const digest *d, error *e)
{
    char path[STORE_PATH], hex[65];
    kept k;
    bool good = kept_read(s, &k, e), needed = good && kept_has(&k, d), found = false;
    kept_free(&k);
    if (!good) return false;
    if (needed) return error_set(e, LOOM_E_IO, "wait until that run has ended", "%s is needed by a run under way", digest_text(d, hex));
    if (!unlink(store_object_name(s, d, path))) found = true;
    else if (errno != ENOENT) return store_io_error(e, errno, "remove", path);
    if (!access(store_action_name(s, d, path), F_OK)) {
        if (!action_forget(s, d, e)) return false;
        found = true;
    }
    return found || error_set(e, LOOM_E_PARAM, "`atomloom cache ls` lists what there is", "the store holds neither a value nor an action %s", digest_text(d, hex));
}

bool store_remove(store *s, const digest *value_or_key, error *e)
{
    locks *l = store_locks(s, e);
    if (!l || !locks_wait(l, LOCK_UPKEEP, true, e)) return false;
    bool good = remove_under_lock(s, value_or_key, e);
    locks_done(l, LOCK_UPKEEP);
    return good;
}
