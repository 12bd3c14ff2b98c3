/* store/jobs.c - see jobs.h */
#include "store/jobs.h"
#include "store/inside.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder_of(const store *s, const char *name, char path[STORE_PATH])
{
    assert(*name && *name != '.' && !strchr(name, '/'));
    return store_own(s, path, "jobs/%s", name);
}

static char *file_of(const store *s, const char *name, const char *file, char path[STORE_PATH])
{
    assert(*name && *name != '.' && !strchr(name, '/') && !strchr(file, '/'));
    return store_own(s, path, "jobs/%s/%s", name, file);
}

bool store_job_make(store *s, const char *name, error *e)
{
    char path[STORE_PATH];
    if (mkdir(store_own(s, path, "jobs"), STORE_DIRECTORY) && errno != EEXIST)
        return store_io_error(e, errno, "make the directory", path);
    if (mkdir(folder_of(s, name, path), STORE_DIRECTORY))
        return store_io_error(e, errno, "make the directory", path);
    return true;
}

void store_job_remove(store *s, const char *name)
{
    char path[STORE_PATH], **names;
    size_t n;
    if (names_in(folder_of(s, name, path), &names, &n, NULL)) {
        for (size_t i = 0; i < n; i++) unlink(file_of(s, name, names[i], path));
        free(names);
    }
    rmdir(folder_of(s, name, path));
}

bool store_job_write(store *s, const char *name, const char *file, const void *bytes, size_t n,
                     error *e)
{
    char aside[STORE_PATH], path[STORE_PATH];
    int fd = store_temporary(s, aside, e);
    if (fd < 0) return false;
    bool good = file_write_at(fd, bytes, n, 0, aside, e)
                && store_commit(fd, aside, file_of(s, name, file, path), false, e);
    if (close(fd) && good) good = store_io_error(e, errno, "write", aside);
    if (!good) unlink(aside);
    return good;
}

/* A network file system may remember that a file was not there; opening its directory makes it
 * look again. */
static int open_anew(const store *s, const char *name, const char *path)
{
    char folder[STORE_PATH];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd >= 0 || errno != ENOENT) return fd;
    DIR *d = opendir(folder_of(s, name, folder));
    if (!d) return -1;
    closedir(d);
    return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

bool store_job_read(const store *s, const char *name, const char *file, size_t most, text *out)
{
    char path[STORE_PATH], chunk[16384];
    int fd = open_anew(s, name, file_of(s, name, file, path));
    ssize_t n = fd < 0 ? -1 : 1;
    while (most && n > 0 && (n = read(fd, chunk, most < sizeof chunk ? most : sizeof chunk)) > 0) {
        text_add(out, chunk, (size_t)n);
        assert((size_t)n <= most);
        most -= (size_t)n;
    }
    if (fd >= 0) close(fd);
    return n >= 0 && !out->failed;
}

/* A link is made by one of several, whatever the file system; O_EXCL is not everywhere. */
bool store_job_take(store *s, const char *name, const char *who, error *e)
{
    char aside[STORE_PATH], path[STORE_PATH];
    int fd = store_temporary(s, aside, e);
    if (fd < 0) return false;
    bool good = file_write_at(fd, who, strlen(who), 0, aside, e);
    close(fd);
    if (good && link(aside, file_of(s, name, JOB_TAKEN, path))) {
        good = false;
        if (errno != EEXIST) store_io_error(e, errno, "write", path);
    }
    unlink(aside);
    return good;
}

bool store_job_is_taken(const store *s, const char *name)
{
    char path[STORE_PATH];
    return !access(file_of(s, name, JOB_TAKEN, path), F_OK);
}

static int64_t place_of(const char *run)
{
    return locks_place(LOCK_NAMES, locks_hash("jobs") ^ locks_hash(run));
}

bool store_jobs_own(store *s, const char *run, error *e)
{
    assert(*run);
    locks *l = store_locks(s, e);
    if (!l) return false;
    return locks_claim(l, place_of(run), e)
           || error_set(e, LOOM_E_IO, "run again", "another run has the name '%s'", run);
}

void store_jobs_disown(store *s, const char *run)
{
    if (s->locks) locks_release(s->locks, place_of(run));
}

bool store_jobs_are_owned(store *s, const char *run)
{
    error ignored = { 0 };
    locks *l = store_locks(s, &ignored);
    return !l || locks_held(l, place_of(run));
}

void store_job_path(const store *s, const char *name, const char *file, text *out)
{
    char path[STORE_PATH];
    text_puts(out, file_of(s, name, file, path));
}

bool store_job_names(store *s, char ***names, size_t *count, error *e)
{
    char path[STORE_PATH];
    return names_in(store_own(s, path, "jobs"), names, count, e);
}
