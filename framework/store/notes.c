/* store/notes.c - small files next to the results, for explanations only: DIR/last/FOLDER/NAME. See
 * store_note_write */
#include "store/inside.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool store_note_write(store *s, const char *folder, const char *name, const void *bytes, size_t n)
{
    assert(!strchr(folder, '/') && !strchr(name, '/'));
    char aside[STORE_PATH], path[STORE_PATH];
    mkdir(store_own(s, path, "last"), STORE_DIRECTORY);
    mkdir(store_own(s, path, "last/%s", folder), STORE_DIRECTORY);
    store_own(s, path, "last/%s/%s", folder, name);
    store_own(s, aside, "last/%s/.%s.%ld", folder, name, (long)getpid());
    int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, STORE_FILE);
    if (fd < 0) return false;
    bool good = file_write_at(fd, bytes, n, 0, aside, NULL);
    good = !close(fd) && good && !rename(aside, path);
    if (!good) unlink(aside);
    return good;
}

bool store_note_read(const store *s, const char *folder, const char *name, text *out)
{
    assert(!strchr(folder, '/') && !strchr(name, '/'));
    char path[STORE_PATH], chunk[16384];
    int fd = open(store_own(s, path, "last/%s/%s", folder, name), O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : 1;
    while (n > 0 && (n = read(fd, chunk, sizeof chunk)) > 0) text_add(out, chunk, (size_t)n);
    if (fd >= 0) close(fd);
    return n == 0 && !out->failed;
}

void store_note_remove(store *s, const char *folder, const char *name)
{
    assert(!strchr(folder, '/') && !strchr(name, '/'));
    char path[STORE_PATH];
    unlink(store_own(s, path, "last/%s/%s", folder, name));
}

bool store_note_folders(const store *s, bool (*visit)(void *user, const char *folder), void *user)
{
    assert(visit);
    char path[STORE_PATH];
    DIR *d = opendir(store_join(s, path, "last"));
    if (!d) return errno == ENOENT;
    bool more = true;
    struct dirent *entry;
    for (errno = 0; more && (entry = readdir(d)); errno = 0)
        if (entry->d_name[0] != '.') more = visit(user, entry->d_name);
    bool good = !more || !errno;
    closedir(d);
    return good;
}
