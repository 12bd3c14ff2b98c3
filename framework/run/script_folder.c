/* run/script_folder.c - see script_folder.h */
#include "run/script_folder.h"
#include "base/io_error.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char prefix[] = "atomloom-script-";
enum { NEW_S = 60 }; /* a folder this young may not have been locked yet */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    remove(path);
    return 0;
}

static void remove_all(const char *path) { nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS); }

/* The folder's own descriptor; -1 where it is in use. The lock ends with the last process that has
 * it, and no program is given it. */
static int lock_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || !flock(fd, LOCK_EX | LOCK_NB)) return fd;
    close(fd);
    return -1;
}

/* A worker that is killed leaves its folder behind. */
static void remove_left(const char *base)
{
    assert(*base == '/');
    DIR *d = opendir(base);
    struct dirent *entry;
    char path[SCRIPT_FOLDER_PATH];
    while (d && (entry = readdir(d))) {
        struct stat st;
        if (strncmp(entry->d_name, prefix, sizeof prefix - 1) != 0) continue;
        if ((size_t)snprintf(path, sizeof path, "%s/%s", base, entry->d_name) >= sizeof path)
            continue;
        if (lstat(path, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid()
            || time(NULL) - st.st_mtime < NEW_S)
            continue;
        int fd = lock_folder(path);
        if (fd < 0) continue;
        remove_all(path);
        close(fd);
    }
    if (d) closedir(d);
}

bool script_folder_make(script_folder *f, error *e)
{
    const char *base = getenv("TMPDIR");
    if (!base || *base != '/' || strlen(base) > SCRIPT_FOLDER_PATH / 2) base = "/tmp";
    remove_left(base);
    snprintf(f->path, sizeof f->path, "%s/%sXXXXXX", base, prefix);
    if (!mkdtemp(f->path)) {
        f->lock = -1;
        return io_error(e, errno, IO_USER, "make a folder in", base);
    }
    f->lock = lock_folder(f->path);
    if (f->lock >= 0) return true;
    io_error(e, errno, IO_USER, "lock", f->path);
    remove_all(f->path);
    return false;
}

void script_folder_remove(script_folder *f)
{
    assert(f->lock >= 0);
    remove_all(f->path);
    close(f->lock);
    f->lock = -1;
}
