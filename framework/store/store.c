/* store/store.c - opening a store, and its values. See store.h */
#include "store/inside.h"
#include "store/object.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FORMAT = 1,
    SMALL = 1 << 20,         /* bytes: up to here a value is hashed before it is written, and not written when it is there */
    SELF_CHECKED = 64 << 10, /* up to here its digest is checked at every reading, so that putting need not wait for the disk */
    PIECE = 8 << 20,
};
#define MARKER "atomloom-store"
static const char *const rooms[] = { "objects", "actions", "tmp", "runs", "damaged" };

/* ---- paths ------------------------------------------------------------------------------------------------------------ */

char *store_join(const store *s, char out[STORE_PATH], const char *format, ...)
{
    va_list args;
    int n = snprintf(out, STORE_PATH, "%s/", s->dir);
    va_start(args, format);
    vsnprintf(out + n, (size_t)(STORE_PATH - n), format, args);
    va_end(args);
    return out;
}

char *store_object_name(const store *s, const digest *d, char out[STORE_PATH])
{
    char hex[65];
    digest_text(d, hex);
    return store_join(s, out, "objects/%.2s/%s.h5", hex, hex + 2);
}

char *store_action_name(const store *s, const digest *key, char out[STORE_PATH])
{
    char hex[65];
    digest_text(key, hex);
    return store_join(s, out, "actions/%.2s/%s.json", hex, hex + 2);
}

char *store_default_path(error *e)
{
    static const struct { const char *variable, *below; } places[] = { { "ATOMLOOM_STORE", "" }, { "XDG_CACHE_HOME", "/atomloom" }, { "HOME", "/.cache/atomloom" } };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *base = getenv(places[i].variable);
        if (!base || !*base || (!strcmp(places[i].variable, "XDG_CACHE_HOME") && *base != '/')) continue; /* the XDG rules: relative ones are ignored */
        text t = { 0 };
        text_printf(&t, "%s%s", base, places[i].below);
        char *path = text_take(&t);
        if (!path) error_memory(e, "the store's path");
        return path;
    }
    error_set(e, LOOM_E_IO, "give --store DIR or set ATOMLOOM_STORE", "no place for the store: neither ATOMLOOM_STORE, XDG_CACHE_HOME nor HOME is set");
    return NULL;
}

/* ---- opening ---------------------------------------------------------------------------------------------------------- */

static bool make_directories(const char *dir, error *e)
{
    char path[STORE_PATH];
    struct stat st;
    if (!stat(dir, &st)) {
        if (S_ISDIR(st.st_mode)) return true;
        return error_set(e, LOOM_E_IO, "choose another store with --store or $ATOMLOOM_STORE", "the store '%s' is not a directory", dir);
    }
    snprintf(path, sizeof path, "%s", dir);
    for (char *c = path + 1;; c++) {
        if (*c != '/' && *c) continue;
        char here = *c;
        *c = 0;
        if (mkdir(path, 0777) && errno != EEXIST) return store_io_error(e, errno, "make the directory", path);
        if (!(*c = here)) return true;
    }
}

/* A directory with something in it that is not a store's beginning is the user's, not ours to fill. */
static bool may_become_store(const store *s, error *e)
{
    DIR *d = opendir(s->dir);
    if (!d) return store_io_error(e, errno, "read", s->dir);
    bool good = true;
    for (struct dirent *entry; good && (entry = readdir(d));)
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, MARKER) != 0 && strcmp(entry->d_name, "lost+found") != 0)
            good = error_set(e, LOOM_E_IO, "name an empty or a new directory with --store or $ATOMLOOM_STORE",
                             "'%s' is not a store of atomloom: it holds '%s'", s->dir, entry->d_name);
    closedir(d);
    return good;
}

/* The marker comes first and appears at once, so that two processes may make one store together. */
static bool make_store(const store *s, const char *marker, error *e)
{
    char aside[STORE_PATH], room[STORE_PATH];
    if (!may_become_store(s, e)) return false;
    store_join(s, aside, "." MARKER ".%ld", (long)getpid());
    int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return store_io_error(e, errno, "write", aside);
    char word[64];
    int n = snprintf(word, sizeof word, "atomloom store, format %d\n", FORMAT);
    bool good = file_write_at(fd, word, (size_t)n, 0, aside, e) && (!rename(aside, marker) || store_io_error(e, errno, "write", marker));
    close(fd);
    if (!good) unlink(aside);
    for (size_t i = 0; good && i < sizeof rooms / sizeof *rooms; i++)
        if (mkdir(store_join(s, room, "%s", rooms[i]), 0777) && errno != EEXIST) good = store_io_error(e, errno, "make the directory", room);
    return good;
}

static bool check_format(const char *marker, error *e)
{
    int format = 0;
    size_t n;
    char *word = file_read_all(marker, 4096, &n, e);
    if (!word) return false;
    bool known = sscanf(word, "atomloom store, format %d", &format) == 1;
    free(word);
    if (known && format == FORMAT) return true;
    if (known && format > FORMAT)
        return error_set(e, LOOM_E_IO, "use a newer atomloom, or choose another store with --store", "'%s' says format %d; this atomloom knows format %d", marker,
                         format, FORMAT);
    return error_set(e, LOOM_E_IO, "choose another store with --store, or remove the file if the store may be emptied", "'%s' is damaged", marker);
}

static bool prepare(store *s, error *e)
{
    char marker[STORE_PATH], path[STORE_PATH];
    store_join(s, marker, MARKER);
    if (access(marker, F_OK) && (!make_directories(s->dir, e) || !make_store(s, marker, e))) return false;
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) /* another process may be between marker and directories */
        if (access(store_join(s, path, "%s", rooms[i]), F_OK) && mkdir(path, 0777) && errno != EEXIST)
            return store_io_error(e, errno, "make the directory", path);
    return check_format(marker, e) && journal_init(&s->action_log, store_join(s, path, "actions/journal"), LOCK_ACTION_LOG, e) &&
           journal_init(&s->file_log, store_join(s, path, "files"), LOCK_FILE_LOG, e);
}

store *store_open(const char *dir, error *e)
{
    size_t n = strlen(dir);
    if (!n || n > STORE_PATH - 256) {
        error_set(e, LOOM_E_IO, "choose another store with --store or $ATOMLOOM_STORE", "the store's path is %s", n ? "too long" : "empty");
        return NULL;
    }
    store *s = calloc(1, sizeof *s);
    if (!s || !(s->dir = strdup(dir))) {
        free(s);
        error_memory(e, "the store");
        return NULL;
    }
    s->run_fd = s->action_log.fd = s->file_log.fd = -1;
    while (n > 1 && s->dir[n - 1] == '/') s->dir[--n] = 0;
    if (prepare(s, e)) return s;
    store_close(s);
    return NULL;
}

void store_close(store *s)
{
    if (!s) return;
    store_end_run(s);
    journal_free(&s->action_log);
    journal_free(&s->file_log);
    table_free(&s->actions);
    table_free(&s->files);
    if (s->locks && *s->temporary) locks_release(s->locks, locks_place(LOCK_NAMES, locks_hash(s->temporary)));
    locks_close(s->locks);
    free(s->dir);
    free(s);
}

const char *store_path(const store *s) { return s->dir; }

locks *store_locks(store *s, error *e)
{
    char path[STORE_PATH];
    if (!s->locks) s->locks = locks_open(store_join(s, path, "lock"), e);
    return s->locks;
}

/* ---- writing a value -------------------------------------------------------------------------------------------------- */

/* "Used now" for gc, unless it says so already. */
static void touch(const char *path, const struct stat *st)
{
    if (seconds_now() - (double)st->st_mtim.tv_sec >= TOUCH_INTERVAL_S) utimensat(AT_FDCWD, path, NULL, 0);
}

/* Is it there? Then it counts as used; gc, which looks at that under the same lock, cannot take it away in between. */
static bool already_there(store *s, const char *path)
{
    struct stat st;
    error ignored = { 0 };
    if (stat(path, &st)) return false;
    locks *l = store_locks(s, &ignored); /* a store that may only be read has no gc either */
    bool locked = l && locks_wait(l, LOCK_UPKEEP, false, &ignored);
    bool there = !stat(path, &st);
    if (there) touch(path, &st);
    if (locked) locks_done(l, LOCK_UPKEEP);
    return there;
}

/* The whole file at the beginning of `fd`. */
static bool write_object(int fd, const loom_value *v, const char *path, error *e)
{
    text frame = { 0 };
    uint64_t size;
    size_t arrays = 0;
    const loom_array *a;
    while (value_array_at(v, (int64_t)arrays)) arrays++;
    int64_t *offset = malloc((arrays + 1) * sizeof *offset);
    bool good = (offset || error_memory(e, "writing a value")) && object_frame(v, &frame, offset, &size, e) &&
                file_write_at(fd, frame.data, frame.length, 0, path, e) && (!ftruncate(fd, (off_t)size) || store_io_error(e, errno, "write", path));
    for (int64_t i = 0; good && (a = value_array_at(v, i)); i++) {
        size_t bytes = (size_t)loom_array_count(a) * loom_dtype_bytes(a->dtype);
        for (size_t at = 0; good && at < bytes; at += PIECE) {
            size_t n = bytes - at < PIECE ? bytes - at : PIECE;
            good = file_write_at(fd, (const char *)a->data + at, n, offset[i] + (int64_t)at, path, e);
            if (n == PIECE) sync_file_range(fd, offset[i] + (int64_t)at, PIECE, SYNC_FILE_RANGE_WRITE); /* let the disk begin */
        }
    }
    free(offset);
    text_free(&frame);
    return good;
}

static bool commit_object(store *s, int fd, const char *aside, const loom_value *v, const digest *d, error *e)
{
    char path[STORE_PATH];
    return store_commit(fd, aside, store_object_name(s, d, path), value_bytes(v) > SELF_CHECKED, e);
}

void store_sync_object(store *s, const digest *d)
{
    char path[STORE_PATH];
    int fd = open(store_object_name(s, d, path), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    fdatasync(fd);
    close(fd);
}

static bool put_small(store *s, const loom_value *v, digest *out, error *e)
{
    char aside[STORE_PATH];
    *out = value_digest(v);
    if (already_there(s, store_object_name(s, out, aside))) return true;
    int fd = store_temporary(s, aside, e);
    if (fd < 0) return false;
    bool good = write_object(fd, v, aside, e) && commit_object(s, fd, aside, v, out, e);
    if (!good) unlink(aside);
    close(fd);
    return good;
}

typedef struct hashing { const loom_value *value; digest d; } hashing;

static void *hash_in_background(void *job)
{
    hashing *h = job;
    h->d = value_digest(h->value);
    return NULL;
}

/* The digest is made by a second thread while this one writes; only then is the object's name known. */
static bool put_large(store *s, const loom_value *v, digest *out, error *e)
{
    char aside[STORE_PATH], path[STORE_PATH];
    hashing job = { .value = v };
    pthread_t thread;
    int fd = store_temporary(s, aside, e);
    if (fd < 0) return false;
    bool apart = pthread_create(&thread, NULL, hash_in_background, &job) == 0;
    bool good = write_object(fd, v, aside, e);
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

bool value_write_h5(const loom_value *v, const char *path, error *e)
{
    text aside = { 0 };
    text_printf(&aside, "%s.%ld.part", path, (long)getpid());
    if (aside.failed) return error_memory(e, "writing a value");
    int fd = open(aside.data, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool good = fd >= 0 || store_io_error(e, errno, "write", path);
    if (good) {
        good = write_object(fd, v, aside.data, e) && store_commit(fd, aside.data, path, true, e);
        if (!good) unlink(aside.data);
        close(fd);
    }
    text_free(&aside);
    return good;
}

/* ---- reading a value -------------------------------------------------------------------------------------------------- */

void store_set_aside(store *s, const digest *d)
{
    char path[STORE_PATH], away[STORE_PATH], hex[65];
    rename(store_object_name(s, d, path), store_join(s, away, "damaged/%s.h5", digest_text(d, hex)));
}

static loom_value *damaged(store *s, const digest *d, const char *path, const char *why, error *e)
{
    store_set_aside(s, d);
    error_set(e, LOOM_E_IO, "run the pipeline again: the value is made anew; `atomloom cache verify` checks the others",
              "object '%s' of the store is damaged: %s", path, why);
    return NULL;
}

loom_value *store_get(store *s, const digest *d, bool verify, error *e)
{
    char path[STORE_PATH];
    struct stat st;
    error inner = { 0 };
    if (stat(store_object_name(s, d, path), &st)) {
        error_set(e, LOOM_E_IO, "run the pipeline again: the value is made anew", "object '%s' is not in the store: %s", path, strerror(errno));
        return NULL;
    }
    touch(path, &st);
    loom_value *v = object_read(path, true, &inner);
    if (!v && (inner.status == LOOM_E_MEMORY || access(path, R_OK))) {
        error_set(e, inner.status, inner.todo, "%s", inner.message);
        return NULL;
    }
    if (!v) return damaged(s, d, path, inner.message, e);
    if (!verify && value_bytes(v) > SELF_CHECKED) return v;
    digest found = value_digest(v);
    if (digest_equal(&found, d)) return v;
    value_free(v);
    return damaged(s, d, path, "its content has another digest than its name says", e);
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
