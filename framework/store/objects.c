/* store/objects.c - the values of a store: put, got, set aside. See store.h */
#include "base/trust.h"
#include "store/inside.h"
#include "store/object.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    /* bytes: up to here a value is hashed before it is written, and not written when it is there */
    SMALL = 1 << 20,
    /* up to here its digest is checked at every reading, so that putting need not wait for the disk
     */
    SELF_CHECKED = 64 << 10,
};

/* ---- writing a value ------------------------------------------------------------------------- */

/* "Used now" for gc, unless it says so already. */
static void touch(const char *path, const struct stat *st)
{
    if (seconds_now() - (double)st->st_mtim.tv_sec >= TOUCH_INTERVAL_S)
        utimensat(AT_FDCWD, path, NULL, 0);
}

/* What other members of a group may have put there in the place of an object. */
static bool is_no_object(const store *s, const char *path)
{
    struct stat st;
    if (!s->own || lstat(path, &st)) return false;
    return !S_ISREG(st.st_mode) || (trust_look(path, &st) != TRUST_GOOD && access(path, R_OK));
}

/* Is it there, and whole? Then it counts as used; gc, which looks at that under the same lock,
 * cannot take it away in between. */
static bool already_there(store *s, const char *path)
{
    struct stat st;
    error ignored = { 0 };
    if (is_no_object(s, path) || stat(path, &st) || !object_is_whole(path)) return false;
    locks *l = store_locks(s, &ignored); /* a store that may only be read has no gc either */
    bool locked = l && locks_wait(l, LOCK_UPKEEP, false, &ignored);
    bool there = !stat(path, &st);
    if (there) touch(path, &st);
    if (locked) locks_done(l, LOCK_UPKEEP);
    return there;
}

static bool commit_object(store *s, int fd, const char *aside, const loom_value *v, const digest *d,
                          error *e)
{
    assert(fd >= 0 && *aside);
    char path[STORE_PATH];
    return store_commit(fd, aside, store_object_name(s, d, path), value_bytes(v) > SELF_CHECKED, e);
}

void store_sync_object(store *s, const digest *d)
{
    char path[STORE_PATH];
    int fd = open(store_object_name(s, d, path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return;
    fdatasync(fd);
    close(fd);
}

static bool put_small(store *s, const loom_value *v, digest *out, error *e)
{
    assert(value_bytes(v) <= SMALL);
    char aside[STORE_PATH];
    *out = value_digest(v);
    if (already_there(s, store_object_name(s, out, aside))) return true;
    int fd = store_temporary(s, aside, e);
    if (fd < 0) return false;
    bool good =
        object_write(IO_STORE, fd, v, NULL, aside, e) && commit_object(s, fd, aside, v, out, e);
    if (!good) unlink(aside);
    close(fd);
    return good;
}

typedef struct hashing {
    const loom_value *value;
    digest d;
} hashing;

static void *hash_in_background(void *job)
{
    hashing *h = job;
    h->d = value_digest(h->value);
    return NULL;
}

/* The digest is made by a second thread while this one writes; only then is the object's name
 * known. */
static bool put_large(store *s, const loom_value *v, digest *out, error *e)
{
    assert(value_bytes(v) > SMALL);
    char aside[STORE_PATH], path[STORE_PATH];
    hashing job = { .value = v };
    pthread_t thread;
    int fd = store_temporary(s, aside, e);
    if (fd < 0) return false;
    bool apart = pthread_create(&thread, NULL, hash_in_background, &job) == 0;
    bool good = object_write(IO_STORE, fd, v, NULL, aside, e);
    if (apart) pthread_join(thread, NULL);
    else hash_in_background(&job);
    *out = job.d;
    bool spare = good && already_there(s, store_object_name(s, out, path));
    good = good && (spare || commit_object(s, fd, aside, v, out, e));
    if (!good || spare) unlink(aside);
    close(fd);
    return good;
}

bool store_put(store *s, const loom_value *v, digest *out, error *e)
{
    return value_bytes(v) > SMALL ? put_large(s, v, out, e) : put_small(s, v, out, e);
}

/* ---- reading a value ------------------------------------------------------------------------- */

void store_set_aside(store *s, const digest *d)
{
    char path[STORE_PATH], away[STORE_PATH], hex[65];
    store_own(s, away, "damaged/%s.h5", digest_text(d, hex));
    /* since when: gc asks */
    if (!rename(store_object_name(s, d, path), away)) utimensat(AT_FDCWD, away, NULL, 0);
    else if (unlink(path)) rmdir(path); /* another member's directory cannot be moved */
}

static loom_value *damaged(store *s, const digest *d, const char *path, const char *why, error *e)
{
    assert(why);
    store_set_aside(s, d);
    error_set(e, LOOM_E_IO,
              "run the pipeline again: the value is made again; `atomloom cache verify` checks the "
              "others",
              "object '%s' of the store is damaged: %s", path, why);
    return NULL;
}

loom_value *store_get(store *s, const digest *d, bool verify, error *e)
{
    char path[STORE_PATH];
    struct stat st;
    error inner = { 0 };
    if (is_no_object(s, store_object_name(s, d, path)))
        return damaged(s, d, path, "it is not a file that may be read", e);
    if (stat(path, &st)) {
        if (errno != ENOENT && errno != ENOTDIR) store_io_error(e, errno, "read", path);
        else
            error_set(e, LOOM_E_IO, "run the pipeline again: the value is made again",
                      "object '%s' is not in the store: %s", path, strerror(errno));
        return NULL;
    }
    touch(path, &st);
    loom_value *v = object_read(path, true, &inner);
    if (!v && inner.status == LOOM_E_DATA) return damaged(s, d, path, inner.message, e);
    if (!v) { /* nothing is known of the object: it stays */
        error_set(e, inner.status, inner.todo, "%s", inner.message);
        return NULL;
    }
    bool believed = trust_look(path, &st) == TRUST_GOOD;
    if (!verify && believed && value_bytes(v) > SELF_CHECKED) return v;
    digest found = value_digest(v);
    if (digest_equal(&found, d)) return v;
    value_free(v);
    return damaged(s, d, path, "its content has another digest than its name says", e);
}

object_state store_look(store *s, const digest *d)
{
    char path[STORE_PATH];
    struct stat st;
    store_object_name(s, d, path);
    if (!is_no_object(s, path) && object_is_whole(path)) return OBJECT_THERE;
    if (lstat(path, &st)) return OBJECT_ABSENT;
    store_set_aside(s, d);
    return OBJECT_CUT_SHORT;
}

bool store_has(store *s, const digest *d)
{
    char path[STORE_PATH];
    return !access(store_object_name(s, d, path), F_OK);
}

bool store_object_path(const store *s, const digest *d, text *out_path)
{
    char path[STORE_PATH];
    text_puts(out_path, store_object_name(s, d, path));
    return !out_path->failed;
}
