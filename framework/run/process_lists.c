/* run/process_lists.c - the parts of a process's state that are lists: descriptors, threads,
 * children. Read from /proc. */
#include "run/process_inside.h"
#include <assert.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The numbers that are names in a directory of /proc; its own descriptor is in *own where wanted.
 */
static bool list_numbers(const char *path, ids *out, int *own)
{
    DIR *d = opendir(path);
    bool good = true;
    if (!d) return true;
    if (own) *own = dirfd(d);
    for (const struct dirent *entry; good && (entry = readdir(d));)
        if (*entry->d_name != '.') good = ids_add(out, atoi(entry->d_name));
    closedir(d);
    ids_sort(out);
    return good;
}

/* ---- descriptors ----------------------------------------------------------------------------- */

static bool descriptors_capture(process_state *s)
{
    ids open = { 0 };
    int own = -1;
    bool good = list_numbers("/proc/self/fd", &open, &own);
    s->files.file = calloc(open.count + 1, sizeof *s->files.file);
    good = good && s->files.file;
    for (size_t i = 0; good && i < open.count; i++) {
        struct stat st;
        if (open.id[i] == own || open.id[i] == s->directory || fstat(open.id[i], &st)) continue;
        s->files.file[s->files.count++] =
            (open_file){ open.id[i], fcntl(open.id[i], F_GETFL), fcntl(open.id[i], F_GETFD),
                         st.st_dev, st.st_ino };
    }
    ids_free(&open);
    return good;
}

static const open_file *file_of(const open_files *files, int fd)
{
    assert(fd >= 0);
    for (size_t i = 0; i < files->count; i++)
        if (files->file[i].fd == fd) return &files->file[i];
    return NULL;
}

static bool same_object(const open_file *a, const open_file *b)
{
    return a->device == b->device && a->inode == b->inode;
}
static bool same_flags(const open_file *a, const open_file *b)
{
    return a->status_flags == b->status_flags && a->fd_flags == b->fd_flags;
}

static void name_of(int fd, char out[PATH_MAX])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, out, PATH_MAX - 1);
    out[n > 0 ? n : 0] = 0;
}

/* Each state holds its working directory open and does not list it; later states do. */
static bool is_held(const process_state *before, const open_file *f)
{
    return f->fd == before->directory && f->device == before->directory_is.st_dev
           && f->inode == before->directory_is.st_ino;
}

static bool descriptors_compare(const process_state *before, const process_state *after, text *what)
{
    char name[PATH_MAX];
    bool differs = false;
    for (size_t i = 0; i < after->files.count; i++) {
        const open_file *new = &after->files.file[i], *old = file_of(&before->files, new->fd);
        if (is_held(before, new) || (old && same_object(old, new) && same_flags(old, new)))
            continue;
        name_of(new->fd, name);
        text_printf(what,
                    !old                    ? "left descriptor %d open: %s\n"
                    : same_object(old, new) ? "changed the flags of descriptor %d: %s\n"
                                            : "opened another file as descriptor %d: %s\n",
                    new->fd, name);
        differs = true;
    }
    for (size_t i = 0; i < before->files.count; i++) {
        if (file_of(&after->files, before->files.file[i].fd)) continue;
        text_printf(what, "closed descriptor %d\n", before->files.file[i].fd);
        differs = true;
    }
    return differs;
}

/* Another descriptor of the same object (standard output and standard error are often one), or -1.
 */
static int twin_of(const process_state *before, const process_state *now, const open_file *lost)
{
    for (size_t i = 0; i < now->files.count; i++) {
        const open_file *other = &now->files.file[i], *old = file_of(&before->files, other->fd);
        if (old && same_object(old, other) && same_object(other, lost)) return other->fd;
    }
    return -1;
}

/* A standard one that was closed or replaced: as its twin; else as /dev/null, which may be what it
 * was, and keeps its number from files that are opened later. */
static void reopen_standard(const process_state *before, const process_state *now)
{
    for (size_t i = 0; i < before->files.count && before->files.file[i].fd <= STDERR_FILENO; i++) {
        const open_file *lost = &before->files.file[i], *new = file_of(&now->files, lost->fd);
        if (new &&same_object(new, lost)) continue;
        int twin = twin_of(before, now, lost),
            other = twin < 0 ? open("/dev/null", lost->status_flags & O_ACCMODE) : twin;
        if (other >= 0 && other != lost->fd) dup2(other, lost->fd);
        if (twin < 0 && other >= 0 && other != lost->fd) close(other);
    }
}

static void descriptors_restore(const process_state *before, const process_state *now)
{
    reopen_standard(before, now);
    for (size_t i = 0; i < now->files.count; i++) {
        const open_file *new = &now->files.file[i], *old = file_of(&before->files, new->fd);
        if (is_held(before, new)) continue;
        if (!old) close(new->fd);
        else if (same_object(old, new) && !same_flags(old, new)) {
            fcntl(new->fd, F_SETFL, old->status_flags);
            fcntl(new->fd, F_SETFD, old->fd_flags);
        }
    }
}

/* ---- threads --------------------------------------------------------------------------------- */

static bool threads_capture(process_state *s)
{
    return list_numbers("/proc/self/task", &s->thread, NULL);
}

static bool threads_compare(const process_state *before, const process_state *after, text *what)
{
    size_t left = 0;
    for (size_t i = 0; i < after->thread.count; i++)
        left += !ids_hold(&before->thread, after->thread.id[i]);
    if (left) text_printf(what, "left %zu thread%s running\n", left, left == 1 ? "" : "s");
    return left > 0;
}

static void nothing_to_restore(const process_state *before, const process_state *now)
{
    (void)before;
    (void)now;
}

static size_t thread_count(void)
{
    ids threads = { 0 };
    list_numbers("/proc/self/task", &threads, NULL);
    size_t n = threads.count;
    ids_free(&threads);
    return n;
}

/* The call of OpenMP 5 by which a runtime gives its resources back; the argument is omp_pause_hard.
 */
typedef int pause_runtime(int kind);

void process_end_idle_threads(void)
{
    static const char *const runtimes[] = { "libgomp.so.1", "libomp.so.5", "libomp.so",
                                            "libiomp5.so" };
    enum { PAUSE_HARD = 2, TRIES = 100 };
    size_t threads = thread_count(), before = threads;
    for (size_t i = 0; threads > 1 && i < sizeof runtimes / sizeof *runtimes; i++) {
        void *runtime = dlopen(runtimes[i], RTLD_LAZY | RTLD_NOLOAD);
        pause_runtime *pause_all = NULL;
        if (runtime) *(void **)&pause_all = dlsym(runtime, "omp_pause_resource_all");
        if (pause_all) pause_all(PAUSE_HARD);
        if (runtime) dlclose(runtime);
    }
    for (int i = 0; threads > 1 && i < TRIES;
         i++) { /* they end by themselves, soon: until the number stands still */
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
        threads = thread_count();
        if (threads == before && i > 2) break;
        before = threads;
    }
}

/* ---- children -------------------------------------------------------------------------------- */

static bool children_of(int thread, ids *out)
{
    assert(thread > 0);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", thread);
    FILE *f = fopen(path, "re");
    bool good = true;
    for (int id; f && good && fscanf(f, "%d", &id) == 1;) good = ids_add(out, id);
    if (f) fclose(f);
    return good;
}

/* Children that have ended and were not waited for count as well. -1 stands for those of a kernel
 * that lists none. */
static bool children_capture(process_state *s)
{
    siginfo_t info = { 0 };
    bool any = !waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT), good = true;
    for (size_t i = 0; any && good && i < s->thread.count; i++)
        good = children_of(s->thread.id[i], &s->child);
    if (any && good && !s->child.count) good = ids_add(&s->child, -1);
    ids_sort(&s->child);
    return good;
}

static bool children_compare(const process_state *before, const process_state *after, text *what)
{
    bool differs = false;
    for (size_t i = 0; i < after->child.count; i++) {
        if (ids_hold(&before->child, after->child.id[i])) continue;
        text_puts(what, "left a child process\n");
        differs = true;
    }
    return differs;
}

static void children_restore(const process_state *before, const process_state *now)
{
    for (size_t i = 0; i < now->child.count; i++) {
        int id = now->child.id[i];
        if (id <= 0 || ids_hold(&before->child, id)) continue;
        kill(id, SIGKILL);
        while (waitpid(id, NULL, 0) < 0 && errno == EINTR) {}
    }
}

const part_work process_work_descriptors = { descriptors_capture, descriptors_compare,
                                             descriptors_restore };
const part_work process_work_threads = { threads_capture, threads_compare, nothing_to_restore };
const part_work process_work_children = { children_capture, children_compare, children_restore };
