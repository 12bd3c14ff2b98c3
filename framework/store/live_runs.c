/* store/live_runs.c - runs under way, and what gc must leave alone because of them. See store.h
 *
 * A run is a file DIR/runs/HOST.PID.TIME: the time it began (f64, seconds since 1970), then the
 * keys and digests it counts on, 32 bytes each. Its process holds the lock of that name while it
 * lives. */
#include "store/inside.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST_LIST = 1 << 30, DAY_S = 86400 };

static int64_t place(const char *name)
{
    return locks_place(LOCK_NAMES, locks_hash("run") ^ locks_hash(name));
}

static bool lives(store *s, locks *l, const char *name)
{
    return (*s->run && !strcmp(s->run, name)) || locks_held(l, place(name));
}

static bool sweep_dead(store *s, locks *l, error *e)
{
    char path[STORE_PATH];
    DIR *d = opendir(store_join(s, path, "runs"));
    if (!d) return store_io_error(e, errno, "read", path);
    for (struct dirent *entry; (entry = readdir(d));)
        if (entry->d_name[0] != '.' && !lives(s, l, entry->d_name))
            unlink(store_join(s, path, "runs/%s", entry->d_name));
    closedir(d);
    return true;
}

/* The lock comes before the file, so that no sweep takes a run that begins for one that died. */
static bool announce(store *s, locks *l, error *e)
{
    assert(s->run_fd < 0);
    char path[STORE_PATH], host[64] = "host";
    double now = seconds_now();
    if (gethostname(host, sizeof host - 1)) host[0] = 0;
    for (char *c = host; *c; c++)
        if (*c == '/') *c = '-';
    snprintf(s->run, sizeof s->run, "%s.%ld.%.9f", host, (long)getpid(), now);
    s->run_pid = getpid();
    if (!locks_claim(l, place(s->run), e)) {
        s->run[0] = 0;
        return error_set(e, LOOM_E_IO, "try again", "cannot announce the run in the store '%s'",
                         s->dir);
    }
    s->run_fd = open(store_join(s, path, "runs/%s", s->run),
                     O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, STORE_FILE);
    store_share(s, s->run_fd);
    if (s->run_fd >= 0 && file_write_at(s->run_fd, &now, sizeof now, -1, path, e)) return true;
    if (s->run_fd < 0) store_io_error(e, errno, "write", path);
    store_end_run(s);
    return false;
}

bool store_begin_run(store *s, error *e)
{
    store_end_run(s);
    locks *l = store_locks(s, e);
    return l && sweep_dead(s, l, e) && store_sweep(s, NULL, NULL, e) && announce(s, l, e);
}

bool store_keep(store *s, const digest *key, const digest *values, int count, error *e)
{
    assert(values || !count);
    char path[STORE_PATH];
    locks *l = store_locks(s, e);
    if (!l) return false;
    if (s->run_fd < 0) return error_set(e, LOOM_E_BUG, "", "store_keep without store_begin_run");
    /* gc reads the lists and removes under this lock, alone */
    if (!locks_wait(l, LOCK_UPKEEP, false, e)) return false;
    store_join(s, path, "runs/%s", s->run);
    bool good = (!key || file_write_at(s->run_fd, key->byte, sizeof key->byte, -1, path, e))
                && file_write_at(s->run_fd, values, (size_t)count * sizeof *values, -1, path, e);
    locks_done(l, LOCK_UPKEEP);
    return good;
}

/* "ab/cdef....json", below DIR/actions. */
static void action_file(const digest *key, char out[80])
{
    char hex[65];
    digest_text(key, hex);
    memcpy(out, hex, 2);
    out[2] = '/';
    memcpy(out + 3, hex + 2, 62);
    memcpy(out + 65, ".json", sizeof ".json");
}

/* An action that a run counted on is in use, even where its outputs are long gone: gc goes by the
 * time of its file. There may be ten thousand of them, so their directory is looked up once. */
static void touch_actions(store *s)
{
    char path[STORE_PATH], name[80];
    size_t bytes;
    struct stat st;
    error ignored = { 0 };
    char *list =
        file_read_all(store_join(s, path, "runs/%s", s->run), LARGEST_LIST, &bytes, &ignored);
    int dir = list ? open(store_own(s, path, "actions"), O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
    double yesterday = seconds_now() - DAY_S;
    for (size_t at = sizeof(double); dir >= 0 && at + sizeof(digest) <= bytes;
         at += sizeof(digest)) {
        digest key;
        memcpy(&key, list + at, sizeof key);
        if (action_started(s, &key) >= yesterday) continue; /* or no action at all: a value */
        action_file(&key, name);
        if (!fstatat(dir, name, &st, 0) && (double)st.st_mtim.tv_sec < yesterday)
            utimensat(dir, name, NULL, 0);
    }
    if (dir >= 0) close(dir);
    free(list);
}

void store_end_run(store *s)
{
    char path[STORE_PATH];
    if (s->run_fd >= 0) close(s->run_fd);
    s->run_fd = -1;
    if (*s->run && s->run_pid == getpid()) { /* a child that inherited this store ends nothing */
        touch_actions(s);
        unlink(store_join(s, path, "runs/%s", s->run));
        if (s->locks) locks_release(s->locks, place(s->run));
    }
    s->run[0] = 0;
}

void store_sweep_runs(store *s)
{
    char path[STORE_PATH];
    bool found = false;
    DIR *d = opendir(store_join(s, path, "runs"));
    for (struct dirent *entry; d && !found && (entry = readdir(d));)
        found = entry->d_name[0] != '.';
    if (d) closedir(d);
    if (found && store_begin_run(s, NULL)) store_end_run(s);
}

/* ---- the other side: what gc asks ------------------------------------------------------------ */

static int by_digest(const void *a, const void *b) { return memcmp(a, b, sizeof(digest)); }

static bool add_list(kept *k, const char *list, size_t bytes)
{
    assert(list || !bytes);
    double start;
    /* announced a moment ago: its values come under the lock that gc holds */
    if (bytes < sizeof start) return true;
    memcpy(&start, list, sizeof start);
    if (start < k->oldest_start) k->oldest_start = start;
    size_t n = (bytes - sizeof start) / sizeof(digest);
    digest *bigger = realloc(k->item, (k->count + n + 1) * sizeof *bigger);
    if (!bigger) return false;
    k->item = bigger;
    memcpy(k->item + k->count, list + sizeof start, n * sizeof(digest));
    k->count += n;
    return true;
}

bool kept_read(store *s, bool own, kept *out, error *e)
{
    char path[STORE_PATH];
    locks *l = store_locks(s, e);
    *out = (kept){ .oldest_start = HUGE_VAL };
    DIR *d = l ? opendir(store_join(s, path, "runs")) : NULL;
    if (!d) return l ? store_io_error(e, errno, "read", path) : false;
    bool good = true;
    for (struct dirent *entry; good && (errno = 0, entry = readdir(d));) {
        if (entry->d_name[0] == '.' || !lives(s, l, entry->d_name)) continue;
        if (!own && !strcmp(entry->d_name, s->run)) continue;
        size_t bytes;
        error gone = { 0 };
        char *list = file_read_all(store_join(s, path, "runs/%s", entry->d_name), LARGEST_LIST,
                                   &bytes, &gone);
        if (!list && access(path, F_OK)) continue; /* it ended just now */
        good = list ? add_list(out, list, bytes) || error_memory(e, "the values that runs need")
                    : error_set(e, gone.status, gone.todo, "%s", gone.message);
        free(list);
    }
    if (good && errno)
        good = store_io_error(e, errno, "read",
                              s->dir); /* a list that ends early would be a run forgotten */
    closedir(d);
    if (good && out->count) qsort(out->item, out->count, sizeof *out->item, by_digest);
    return good;
}

bool kept_has(const kept *k, const digest *d)
{
    assert(d);
    return k->count && bsearch(d, k->item, k->count, sizeof *k->item, by_digest);
}

void kept_free(kept *k)
{
    free(k->item);
    *k = (kept){ 0 };
}
