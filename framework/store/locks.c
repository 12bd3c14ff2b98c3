/* store/locks.c - see locks.h */
#include "store/locks.h"
#include "base/io_error.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct locks {
    dev_t device;
    ino_t inode;
    int fd, users;
    pid_t pid; /* whose claims these are; another number after fork() */
    int64_t *claim;
    size_t count, capacity;
    locks *next;
};

static locks *all;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;

static locks *find_or_add(int fd, error *e)
{
    struct stat st;
    if (fstat(fd, &st)) {
        error_set(e, LOOM_E_IO, io_todo(errno, IO_STORE), "cannot look at the lock file: %s",
                  strerror(errno));
        return NULL;
    }
    for (locks *l = all; l; l = l->next)
        if (l->device == st.st_dev && l->inode == st.st_ino) return l;
    locks *l = calloc(1, sizeof *l);
    if (!l) {
        error_memory(e, "the lock file");
        return NULL;
    }
    *l = (locks){ .device = st.st_dev, .inode = st.st_ino, .fd = fd, .pid = getpid(), .next = all };
    all = l;
    return l;
}

locks *locks_open(const char *path, error *e)
{
    assert(path);
    struct stat st;
    locks *found = NULL;
    pthread_mutex_lock(&guard);
    /* A second descriptor of a file that this process has locks on must not be closed again: look
     * before opening. */
    if (!stat(path, &st))
        for (locks *l = all; l; l = l->next)
            if (l->device == st.st_dev && l->inode == st.st_ino) found = l;
    if (!found) {
        int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
        if (fd < 0) io_error(e, errno, IO_STORE, "open", path);
        else if (!(found = find_or_add(fd, e))) close(fd);
    }
    if (found) found->users++;
    pthread_mutex_unlock(&guard);
    return found;
}

void locks_close(locks *l)
{
    if (!l) return;
    pthread_mutex_lock(&guard);
    assert(l->users > 0);
    if (--l->users == 0) {
        locks **link = &all;
        while (*link != l) link = &(*link)->next;
        *link = l->next;
        close(l->fd);
        free(l->claim);
        free(l);
    }
    pthread_mutex_unlock(&guard);
}

static int set_lock(locks *l, int64_t at, short type, bool wait)
{
    assert(at >= 0 && l->fd >= 0);
    struct flock f = { .l_type = type, .l_whence = SEEK_SET, .l_start = at, .l_len = 1 };
    int rc;
    do rc = fcntl(l->fd, wait ? F_SETLKW : F_SETLK, &f);
    while (rc < 0 && errno == EINTR && wait);
    return rc;
}

/* Under `guard`. Index of a claim of this process, or -1. A child forgets what its parent held. */
static int64_t own_claim(locks *l, int64_t at)
{
    if (l->pid != getpid()) {
        l->pid = getpid();
        l->count = 0;
    }
    for (size_t i = 0; i < l->count; i++)
        if (l->claim[i] == at) return (int64_t)i;
    return -1;
}

static bool cannot_lock(error *e, int code)
{
    const char *todo =
        code == ENOLCK ? "too many locks are held, or the lock service of the network file system "
                         "is down: ask its administrator"
        : code == ENOSYS || code == EOPNOTSUPP || code == EINVAL
            ? "the store must lie on a file system with POSIX locks; choose another with --store"
            : io_todo(code, IO_STORE);
    return error_set(e, LOOM_E_IO, todo, "cannot lock the store: %s", strerror(code));
}

static bool claim_under_guard(locks *l, int64_t at, error *e)
{
    assert(at >= 0 && l->count <= l->capacity);
    if (own_claim(l, at) >= 0) return false;
    if (l->count == l->capacity) {
        size_t capacity = l->capacity ? 2 * l->capacity : 16;
        int64_t *bigger = realloc(l->claim, capacity * sizeof *bigger);
        if (!bigger) return error_memory(e, "a claim");
        l->claim = bigger;
        l->capacity = capacity;
    }
    if (set_lock(l, at, F_WRLCK, false)) {
        if (errno == EACCES || errno == EAGAIN) return false;
        return cannot_lock(e, errno);
    }
    l->claim[l->count++] = at;
    return true;
}

bool locks_claim(locks *l, int64_t at, error *e)
{
    pthread_mutex_lock(&guard);
    bool got = claim_under_guard(l, at, e);
    pthread_mutex_unlock(&guard);
    return got;
}

void locks_release(locks *l, int64_t at)
{
    pthread_mutex_lock(&guard);
    int64_t i = own_claim(l, at);
    if (i >= 0) {
        l->claim[i] = l->claim[--l->count];
        set_lock(l, at, F_UNLCK, false);
    }
    pthread_mutex_unlock(&guard);
}

bool locks_held(locks *l, int64_t at)
{
    struct flock f = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1 };
    pthread_mutex_lock(&guard);
    /* an answer that cannot be had counts as "held": the careful side */
    bool held = own_claim(l, at) >= 0 || fcntl(l->fd, F_GETLK, &f) || f.l_type != F_UNLCK;
    pthread_mutex_unlock(&guard);
    return held;
}

bool locks_wait(locks *l, int64_t at, bool alone, error *e)
{
    if (!set_lock(l, at, alone ? F_WRLCK : F_RDLCK, true)) return true;
    return cannot_lock(e, errno);
}

void locks_done(locks *l, int64_t at) { set_lock(l, at, F_UNLCK, false); }

uint64_t locks_hash(const char *text)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *text; text++) h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return h;
}
