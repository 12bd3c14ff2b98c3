/* store/marker.c - is a directory a store? See store_recognise
 *
 * A store says so in the file `atomloom-store`. Where that file is empty, damaged or gone, what the
 * directory holds decides: rooms with nothing in them but shards are a store, whose marker is
 * written anew; nothing, or the empty rooms of a store that was being made, may become one;
 * anything else is the user's and is left alone. */
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

enum { FORMAT = 1, GROUP_FORMAT = 2, LONGEST_MARKER = 64 };
#define MARKER "atomloom-store"

/* ---- the marker ------------------------------------------------------------------------------ */

typedef enum marker {
    MARKER_GOOD,
    MARKER_GROUP, /* a group store's: group.c */
    MARKER_ABSENT,
    MARKER_DAMAGED,
    MARKER_LATER,
    MARKER_FAILED
} marker;

static void marker_text(int format, char out[LONGEST_MARKER])
{
    assert(format > 0);
    snprintf(out, LONGEST_MARKER, "atomloom store, format %d%s\n", format,
             format == GROUP_FORMAT ? ", group" : "");
}

static marker read_marker(const char *path, int *format, error *e)
{
    char found[LONGEST_MARKER + 1] = { 0 }, right[LONGEST_MARKER];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return MARKER_ABSENT;
    ssize_t n = fd < 0 ? -1 : read(fd, found, sizeof found - 1);
    int code = errno;
    if (fd >= 0) close(fd);
    if (n < 0 && code != EISDIR && code != EIO) {
        store_io_error(e, code, "read", path);
        return MARKER_FAILED;
    }
    *format = 0;
    if (n <= 0 || sscanf(found, "atomloom store, format %9d", format) != 1 || *format < FORMAT)
        return MARKER_DAMAGED;
    marker_text(*format, right);
    if (strcmp(found, right) != 0) return MARKER_DAMAGED;
    if (*format == GROUP_FORMAT) return MARKER_GROUP;
    return *format == FORMAT ? MARKER_GOOD : MARKER_LATER;
}

/* It appears at once, so that two processes may make one store together. */
static bool write_marker(const store *s, const char *path, int format, error *e)
{
    assert(s && path);
    char aside[STORE_PATH], right[LONGEST_MARKER];
    marker_text(format, right);
    store_join(s, aside, "." MARKER ".%ld", (long)getpid());
    unlink(aside); /* of a dead process with the same number */
    int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, STORE_FILE);
    if (fd < 0) return store_io_error(e, errno, "write", aside);
    bool good = file_write_at(fd, right, strlen(right), 0, aside, e)
                && store_commit(fd, aside, path, true, e);
    close(fd);
    if (!good) unlink(aside);
    return good;
}

/* ---- what a directory holds ------------------------------------------------------------------ */

static const char *const rooms[] = { "objects", "actions", "tmp", "runs", "damaged" };
enum { ROOMS = sizeof rooms / sizeof *rooms };

static bool is_shard(const char *name)
{
    static const char hex[] = "0123456789abcdef";
    return strlen(name) == 2 && strchr(hex, name[0]) && strchr(hex, name[1]);
}

static bool begins(const char *name, const char *with)
{
    return !strncmp(name, with, strlen(with));
}

/* Files that may lie in any directory, and what atomloom itself leaves at the top of a store. */
static bool is_no_content(const char *name)
{
    static const char *const names[] = { ".",         "..",   MARKER,     "lost+found",
                                         ".snapshot", ".zfs", ".DS_Store" };
    static const char *const beginnings[] = { "." MARKER ".", ".plugins.cache", ".nfs", ".Trash-" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i])) return true;
    for (size_t i = 0; i < sizeof beginnings / sizeof *beginnings; i++)
        if (begins(name, beginnings[i])) return true;
    return false;
}

typedef struct content {
    bool there;
    int shards, journals, others;
    char other[300];
} content; /* of a room; `other`: one of the others */

static content room_content(const store *s, const char *room)
{
    assert(*room);
    char path[STORE_PATH];
    content c = { 0 };
    DIR *d = opendir(store_join(s, path, "%s", room));
    c.there = d != NULL;
    for (struct dirent *entry; d && (entry = readdir(d));) {
        const char *name = entry->d_name;
        if (!strcmp(name, ".") || !strcmp(name, "..") || begins(name, ".nfs")) continue;
        if (is_shard(name)) c.shards++;
        else if (begins(name, "journal")) c.journals++;
        else if (!c.others++) snprintf(c.other, sizeof c.other, "%s/%s", room, name);
    }
    if (d) closedir(d);
    return c;
}

/* Both rooms hold what they should and nothing else. */
static bool looks_like_a_store(const store *s)
{
    content objects = room_content(s, rooms[0]), actions = room_content(s, rooms[1]);
    if (!objects.there || !actions.there || objects.others || objects.journals || actions.others)
        return false;
    if (objects.shards || actions.shards || actions.journals) return true;
    for (int i = 2; i < ROOMS; i++)
        if (!room_content(s, rooms[i]).there) return false;
    return true;
}

/* An empty directory, or one where a store was being made: else the name of what is in the way. */
static bool may_become_a_store(const store *s, char other[300], error *e)
{
    DIR *d = opendir(s->dir);
    if (!d) return store_io_error(e, errno, "read", s->dir);
    *other = 0;
    for (struct dirent *entry; !*other && (entry = readdir(d));) {
        int room = -1;
        for (int i = 0; i < ROOMS; i++)
            if (!strcmp(entry->d_name, rooms[i])) room = i;
        if (is_no_content(entry->d_name)) continue;
        content c = room >= 0 ? room_content(s, rooms[room]) : (content){ 0 };
        if (c.there && !c.shards && !c.journals && !c.others) continue;
        snprintf(other, 300, "%s", c.others ? c.other : entry->d_name);
    }
    closedir(d);
    return !*other;
}

/* ---------------------------------------------------------------------------------------------- */

static bool make_directories(const char *dir, error *e)
{
    char path[STORE_PATH];
    struct stat st;
    if (!stat(dir, &st)) {
        if (S_ISDIR(st.st_mode)) return true;
        return error_set(e, LOOM_E_IO, "choose another store with --store or $ATOMLOOM_STORE",
                         "the store '%s' is not a directory", dir);
    }
    snprintf(path, sizeof path, "%s", dir);
    for (char *c = path + 1;; c++) {
        if (*c != '/' && *c) continue;
        char here = *c;
        *c = 0;
        if (mkdir(path, STORE_DIRECTORY) && errno != EEXIST)
            return store_io_error(e, errno, "make the directory", path);
        if (!(*c = here)) return true;
    }
}

/* Where there is no marker that can be believed. */
static bool recognise_by_content(const store *s, const char *path, marker found, error *e)
{
    char other[300];
    error ignored = { 0 };
    if (!make_directories(s->dir, e)) return false;
    if (looks_like_a_store(s)) {
        write_marker(s, path, FORMAT,
                     &ignored); /* a store that may only be read is one without it */
        return true;
    }
    if (may_become_a_store(s, other, e)) return write_marker(s, path, FORMAT, e);
    return error_set(
        e, LOOM_E_IO, "name an empty or a new directory with --store or $ATOMLOOM_STORE",
        "'%s' is not a store of atomloom: %sit holds '%s'", s->dir,
        found == MARKER_DAMAGED ? "its file '" MARKER "' says nothing, and " : "", other);
}

/* Nothing of it may be there but what an earlier attempt left. */
static bool may_become_a_group_store(const store *s, error *e)
{
    char path[STORE_PATH], other[300];
    int format;
    struct stat st;
    if (stat(s->dir, &st)) return true;
    marker found = read_marker(store_join(s, path, MARKER), &format, e);
    if (found == MARKER_FAILED) return false;
    if (found == MARKER_ABSENT && may_become_a_store(s, other, e)) return true;
    if (e->status != LOOM_OK) return false;
    return error_set(e, LOOM_E_IO, "name an empty or a new directory with --store", "'%s' %s",
                     s->dir,
                     found == MARKER_GROUP  ? "is a group store already"
                     : found == MARKER_GOOD ? "is a store of one user"
                                            : "is not empty");
}

bool store_begin_group(const store *s, error *e)
{
    return may_become_a_group_store(s, e) && make_directories(s->dir, e);
}

bool store_mark_group(const store *s, error *e)
{
    char path[STORE_PATH];
    return write_marker(s, store_join(s, path, MARKER), GROUP_FORMAT, e);
}

bool store_recognise(store *s, error *e)
{
    char path[STORE_PATH];
    int format = 0;
    store_join(s, path, MARKER);
    marker found = read_marker(path, &format, e);
    if (found == MARKER_FAILED) return false;
    if (found == MARKER_LATER)
        return error_set(e, LOOM_E_IO,
                         "use a newer atomloom, or choose another store with --store; where no "
                         "newer one ever used it the file is damaged: remove "
                         "it, and it is written again",
                         "'%s' says format %d; this atomloom knows format %d", path, format,
                         FORMAT);
    if (found == MARKER_GROUP) return store_open_group(s, e);
    if (!store_check_trust(s, e)) return false;
    if (found != MARKER_GOOD && !recognise_by_content(s, path, found, e)) return false;
    for (int i = 0; i < ROOMS; i++) { /* another process may be between marker and directories */
        if (!access(store_join(s, path, "%s", rooms[i]), F_OK)) continue;
        if (mkdir(path, STORE_DIRECTORY) && errno != EEXIST)
            return store_io_error(e, errno, "make the directory", path);
    }
    return true;
}
