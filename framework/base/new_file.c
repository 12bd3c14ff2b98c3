/* base/new_file.c - see new_file.h */
#include "base/new_file.h"
#include "base/io_error.h"
#include "base/text.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- signals --------------------------------------------------------------------------------- */

/* The one file under way: what a signal has to remove. */
static char under_way[PATH_MAX];
static volatile sig_atomic_t is_under_way;
static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXCPU };
enum { ENDING = sizeof ending / sizeof *ending };
static struct sigaction before[ENDING];
static pid_t owner;

static void on_signal(int number)
{
    if (is_under_way && owner == getpid()) unlink(under_way);
    signal(number, SIG_DFL);
    raise(number);
}

/* Only what would end the program: what is ignored or caught by others stays as it is. */
static void watch(const char *aside)
{
    const struct sigaction ours = { .sa_handler = on_signal };
    if (is_under_way || strlen(aside) >= sizeof under_way) return;
    strcpy(under_way, aside);
    owner = getpid();
    is_under_way = 1;
    for (int i = 0; i < ENDING; i++) {
        sigaction(ending[i], NULL, &before[i]);
        if (before[i].sa_handler == SIG_DFL) sigaction(ending[i], &ours, NULL);
    }
}

static void unwatch(const char *aside)
{
    assert(aside);
    if (!is_under_way || strcmp(under_way, aside) != 0) return;
    for (int i = 0; i < ENDING; i++)
        if (before[i].sa_handler == SIG_DFL) sigaction(ending[i], &before[i], NULL);
    is_under_way = 0;
}

/* ---- where it goes --------------------------------------------------------------------------- */

/* The path behind `path`, where it is a link: also where there is nothing yet. NULL with errno.
 * Owned. */
static char *resolve(const char *path)
{
    enum { MAX_LINKS = 40 };
    char *whole = realpath(path, NULL), link[PATH_MAX];
    if (whole || errno != ENOENT) return whole;
    char *at = strdup(path);
    for (int i = 0; at && i < MAX_LINKS; i++) {
        ssize_t n = readlink(at, link, sizeof link - 1);
        if (n < 0) return at;
        link[n] = 0;
        text t = { 0 };
        const char *slash = strrchr(at, '/');
        if (*link != '/' && slash) text_add(&t, at, (size_t)(slash - at) + 1);
        text_puts(&t, link);
        free(at);
        at = text_take(&t);
    }
    free(at);
    errno = ELOOP;
    return NULL;
}

static bool fail(new_file *f, int code, const char *path, error *e)
{
    new_file_drop(f);
    return io_error(e, code, IO_USER, "write", path);
}

/* A name next to the target; a short one where the file system takes no longer one. */
static char *aside_name(const char *target, int k, bool small)
{
    const char *slash = strrchr(target, '/');
    text t = { 0 };
    if (!small) text_puts(&t, target);
    else if (slash) text_add(&t, target, (size_t)(slash - target) + 1);
    text_printf(&t, "%s.%ld.%d.part", small ? "atomloom" : "", (long)getpid(), k);
    return text_take(&t);
}

/* As private as the file it replaces, also while it is written. */
static int open_aside(new_file *f, const struct stat *old)
{
    enum { TRIES = 100, ALL = 0666, PERMISSIONS = 0777 };
    bool small = false;
    for (int k = 0; k < TRIES; k++) {
        if (!(f->aside = aside_name(f->target, k, small))) return errno = ENOMEM, -1;
        f->fd = open(f->aside, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                     old ? old->st_mode & PERMISSIONS : ALL);
        if (f->fd >= 0) break;
        free(f->aside);
        f->aside = NULL;
        if (errno == ENAMETOOLONG && !small) small = true;
        else if (errno != EEXIST) return -1;
    }
    if (f->fd >= 0
        && old) { /* the owner first, since that may cost bits; as far as it is allowed */
        if (fchown(f->fd, old->st_uid, old->st_gid)) errno = 0;
        fchmod(f->fd, old->st_mode & PERMISSIONS);
    }
    return f->fd;
}

/* No signal comes between the file and the note of what has to be removed. */
static int open_watched(new_file *f, const struct stat *old)
{
    sigset_t all, mask;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &mask);
    int fd = open_aside(f, old), code = errno;
    if (fd >= 0) watch(f->aside);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    errno = code;
    return fd;
}

static bool open_target(new_file *f, const char *path, error *e)
{
    struct stat st;
    f->target = resolve(path);
    if (!f->target) return fail(f, errno, path, e);
    bool there = !stat(f->target, &st);
    if (there && S_ISDIR(st.st_mode)) return fail(f, EISDIR, path, e);
    f->direct = there && !S_ISREG(st.st_mode);
    if (there && !f->direct && access(f->target, W_OK)) return fail(f, errno, path, e);
    if (f->direct) f->fd = open(f->target, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    else open_watched(f, there ? &st : NULL);
    return f->fd >= 0 || fail(f, errno, path, e);
}

bool new_file_open(new_file *f, const char *path, error *e)
{
    *f = (new_file){ .fd = -1 };
    if (strcmp(path, "-") != 0) return open_target(f, path, e);
    f->direct = true;
    f->target = strdup("standard output");
    f->fd = f->target ? dup(STDOUT_FILENO) : -1;
    return f->fd >= 0 || fail(f, errno, "standard output", e);
}

/* ---------------------------------------------------------------------------------------------- */

bool new_file_write(new_file *f, const void *bytes, size_t n, error *e)
{
    assert(f->fd >= 0 && (bytes || !n));
    const char *from = bytes;
    while (n) {
        ssize_t done = write(f->fd, from, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return io_error(e, done ? errno : ENOSPC, IO_USER, "write", f->target);
        from += done;
        n -= (size_t)done;
    }
    return true;
}

void new_file_drop(new_file *f)
{
    assert(!f->direct || !f->aside);
    int code = errno;
    if (f->aside) {
        unlink(f->aside);
        unwatch(f->aside);
    }
    if (f->fd >= 0) close(f->fd);
    free(f->target);
    free(f->aside);
    *f = (new_file){ .fd = -1 };
    errno = code;
}

bool new_file_commit(new_file *f, error *e)
{
    int code = 0; /* a full disk, or a network file system, may say so only now */
    if (!f->direct && fsync(f->fd) && errno != EINVAL && errno != ENOSYS) code = errno;
    if (close(f->fd) && !code) code = errno;
    f->fd = -1;
    if (!code && f->aside && rename(f->aside, f->target)) code = errno;
    if (code) {
        io_error(e, code, IO_USER, "write", f->target);
        new_file_drop(f);
        return false;
    }
    if (f->aside) unwatch(f->aside);
    free(f->aside); /* it has another name now: there is nothing to remove */
    f->aside = NULL;
    new_file_drop(f);
    return true;
}

bool new_file_whole(const char *path, const void *head, size_t head_bytes, const void *body,
                    size_t body_bytes, error *e)
{
    new_file f;
    if (!new_file_open(&f, path, e)) return false;
    if (new_file_write(&f, head, head_bytes, e) && new_file_write(&f, body, body_bytes, e))
        return new_file_commit(&f, e);
    new_file_drop(&f);
    return false;
}
