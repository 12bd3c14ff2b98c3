/* store/run.c - runs under way, and what gc must leave alone because of them. See store.h
 *
 * A run is a file DIR/runs/HOST.PID.TIME: the time it began (f64, seconds since 1970), then the keys and digests it counts on, 32
 * bytes each. Its process holds the lock of that name while it lives. */
#include "store/inside.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int64_t place(const char *name) { return locks_place(LOCK_NAMES, locks_hash("run") ^ locks_hash(name)); }

bool run_lives(store *s, locks *l, const char *name)
{
    return (*s->run && !strcmp(s->run, name)) || locks_held(l, place(name));
}

static bool sweep_runs(store *s, locks *l, error *e)
{
    char path[STORE_PATH];
    DIR *d = opendir(store_join(s, path, "runs"));
    if (!d) return store_io_error(e, errno, "read", path);
    for (struct dirent *entry; (entry = readdir(d));)
        if (entry->d_name[0] != '.' && !run_lives(s, l, entry->d_name)) unlink(store_join(s, path, "runs/%s", entry->d_name));
    closedir(d);
    return true;
}

/* The lock comes before the file, so that no sweep takes a run that begins for one that died. */
static bool announce(store *s, locks *l, error *e)
{
    char path[STORE_PATH], host[64] = "host";
    double now = seconds_now();
    if (gethostname(host, sizeof host - 1)) host[0] = 0;
    for (char *c = host; *c; c++)
        if (*c == '/') *c = '-';
    snprintf(s->run, sizeof s->run, "%s.%ld.%.9f", host, (long)getpid(), now);
    s->run_pid = getpid();
    if (!locks_claim(l, place(s->run), e)) {
        s->run[0] = 0;
        return error_set(e, LOOM_E_IO, "try again", "cannot announce the run in the store '%s'", s->dir);
    }
    s->run_fd = open(store_join(s, path, "runs/%s", s->run), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (s->run_fd >= 0 && file_write_at(s->run_fd, &now, sizeof now, -1, path, e)) return true;
    if (s->run_fd < 0) store_io_error(e, errno, "write", path);
    store_end_run(s);
    return false;
}

bool store_begin_run(store *s, error *e)
{
    store_end_run(s);
    locks *l = store_locks(s, e);
    return l && sweep_runs(s, l, e) && store_sweep(s, NULL, NULL, e) && announce(s, l, e);
}

bool store_keep(store *s, const digest *key, const digest *values, int count, error *e)
{
    char path[STORE_PATH];
    locks *l = store_locks(s, e);
    if (!l) return false;
    if (s->run_fd < 0) return error_set(e, LOOM_E_BUG, "", "store_keep without store_begin_run");
    if (!locks_wait(l, LOCK_UPKEEP, false, e)) return false; /* gc reads the lists and removes under this lock, alone */
    store_join(s, path, "runs/%s", s->run);
    bool good = (!key || file_write_at(s->run_fd, key->byte, sizeof key->byte, -1, path, e)) &&
                file_write_at(s->run_fd, values, (size_t)count * sizeof *values, -1, path, e);
    locks_done(l, LOCK_UPKEEP);
    return good;
}

void store_end_run(store *s)
{
    char path[STORE_PATH];
    if (s->run_fd >= 0) close(s->run_fd);
    s->run_fd = -1;
    if (*s->run && s->run_pid == getpid()) { /* a child that inherited this store ends nothing */
        unlink(store_join(s, path, "runs/%s", s->run));
        if (s->locks) locks_release(s->locks, place(s->run));
    }
    s->run[0] = 0;
}
