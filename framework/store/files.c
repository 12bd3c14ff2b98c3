/* store/files.c - writing aside, committing, sweeping. See inside.h */
#include "base/trust.h"
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

bool store_io_error(error *e, int code, const char *verb, const char *path)
{
    return io_error(e, code, IO_STORE, verb, path);
}

int64_t nanoseconds(struct timespec t) { return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec; }

double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

locks *store_locks(store *s, error *e)
{
    char path[STORE_PATH];
    if (!s->locks) s->locks = locks_open(store_join(s, path, "lock"), e);
    return s->locks;
}

bool group_directory(const char *path, mode_t mode, error *e)
{
    assert(*path && mode);
    if (mkdir(path, mode & 0777) == 0)
        return !chmod(path, mode) || store_io_error(e, errno, "set the rights of", path);
    return errno == EEXIST || store_io_error(e, errno, "make the directory", path);
}

/* ---- temporary files ------------------------------------------------------------------------- */

/* Names begin with HOST.PID.START. A process locks the byte of that word before its first file, so
 * that whoever finds the file can tell whether its writer lives, on any machine: no process numbers
 * are compared. */
static bool name_temporaries(store *s, error *e)
{
    struct timespec now;
    char host[64] = "host";
    if (*s->temporary && s->temporary_pid == getpid()) return true;
    locks *l = store_locks(s, e);
    if (!l) return false;
    if (gethostname(host, sizeof host - 1)) host[0] = 0;
    for (char *c = host; *c; c++)
        if (*c == '.' || *c == '/') *c = '-';
    do {
        clock_gettime(CLOCK_REALTIME, &now);
        snprintf(s->temporary, sizeof s->temporary, "%s.%ld.%lld", host, (long)getpid(),
                 (long long)nanoseconds(now));
        s->temporary_pid = getpid();
    } while (!locks_claim(l, locks_place(LOCK_NAMES, locks_hash(s->temporary)), e)
             && e->status == LOOM_OK);
    return e->status == LOOM_OK;
}

int store_temporary(store *s, char path[STORE_PATH], error *e)
{
    if (!name_temporaries(s, e)) return -1;
    store_own(s, path, "tmp/%s.%llu", s->temporary, (unsigned long long)s->counter++);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, STORE_FILE);
    if (fd < 0) store_io_error(e, errno, "write", path);
    store_share(s, fd);
    return fd;
}

bool file_write_for(io_owner owner, int fd, const void *bytes, size_t n, int64_t offset,
                    const char *path, error *e)
{
    assert(fd >= 0 && (bytes || !n));
    const char *from = bytes;
    while (n) {
        ssize_t done = offset < 0 ? write(fd, from, n) : pwrite(fd, from, n, offset);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return io_error(e, done ? errno : ENOSPC, owner, "write", path);
        from += done;
        assert((size_t)done <= n);
        n -= (size_t)done;
        if (offset >= 0) offset += done;
    }
    return true;
}

bool file_write_at(int fd, const void *bytes, size_t n, int64_t offset, const char *path, error *e)
{
    return file_write_for(IO_STORE, fd, bytes, n, offset, path, e);
}

bool store_commit(int fd, const char *from, const char *to, bool sync, error *e)
{
    assert(fd >= 0 && strcmp(from, to) != 0);
    if (sync && fdatasync(fd)) return store_io_error(e, errno, "write", from);
    if (!rename(from, to)) return true;
    if (errno == ENOENT) {
        char directory[STORE_PATH];
        snprintf(directory, sizeof directory, "%s", to);
        char *slash = strrchr(directory, '/');
        if (slash) *slash = 0;
        if (mkdir(directory, STORE_DIRECTORY) && errno != EEXIST)
            return store_io_error(e, errno, "make the directory", directory);
        if (!rename(from, to)) return true;
    }
    return store_io_error(e, errno, "write", to);
}

/* Is the writer of the temporary file of this name gone? */
static bool orphan(store *s, locks *l, const char *name)
{
    char writer[256];
    snprintf(writer, sizeof writer, "%s", name);
    char *dot = strrchr(writer, '.');
    if (!dot) return false;
    *dot = 0;
    return strcmp(writer, s->temporary) != 0
           && !locks_held(l, locks_place(LOCK_NAMES, locks_hash(writer)));
}

bool store_sweep(store *s, uint64_t *files, uint64_t *bytes, error *e)
{
    char path[STORE_PATH];
    locks *l = store_locks(s, e);
    DIR *d = l ? opendir(store_own(s, path, "tmp")) : NULL;
    if (!d) return l ? store_io_error(e, errno, "read", path) : false;
    for (struct dirent *entry; (entry = readdir(d));) {
        struct stat st;
        if (entry->d_name[0] == '.' || !orphan(s, l, entry->d_name)) continue;
        store_own(s, path, "tmp/%s", entry->d_name);
        if (stat(path, &st) || unlink(path)) continue;
        if (files) ++*files;
        if (bytes) *bytes += (uint64_t)st.st_blocks * 512;
    }
    closedir(d);
    return true;
}

char *file_read_all(const char *path, size_t most, size_t *bytes, error *e)
{
    assert(most < SIZE_MAX);
    struct stat st;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), code = 0;
    if (fd < 0 || fstat(fd, &st)) code = errno == ELOOP ? EBADMSG : errno;
    else if (!S_ISREG(st.st_mode) || trust_look(path, &st) != TRUST_GOOD) code = EBADMSG;
    else if ((uint64_t)st.st_size > most) code = EFBIG;
    char *out = code ? NULL : malloc((size_t)st.st_size + 1);
    size_t got = 0;
    if (!code && !out) code = ENOMEM;
    while (!code && got < (size_t)st.st_size) {
        ssize_t n = read(fd, out + got, (size_t)st.st_size - got);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) code = errno;
        if (n <= 0) break; /* 0: it was shortened meanwhile */
        got += (size_t)n;
    }
    if (fd >= 0) close(fd);
    if (code) {
        free(out);
        if (code == EFBIG)
            error_set(e, LOOM_E_IO, "run `atomloom cache verify`",
                      "'%s' has %lld bytes, more than the store writes", path,
                      (long long)st.st_size);
        else if (code == EBADMSG)
            error_set(e, LOOM_E_IO, "remove it: what it stood for is made again",
                      "'%s' is not a file of this user, nor of one who is trusted, that nobody "
                      "else may write to",
                      path);
        else store_io_error(e, code, "read", path);
        errno = code;
        return NULL;
    }
    out[got] = 0;
    if (bytes) *bytes = got;
    return out;
}
