/* store/store.c - making, opening and closing a store. See store.h */
#include "store/action_log.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FORMAT = 1 };
#define MARKER "atomloom-store"
static const char *const rooms[] = { "objects", "actions", "tmp", "runs", "damaged" };

static bool make_directories(const char *dir, error *e)
{
    char path[STORE_PATH];
    struct stat st;
    if (!stat(dir, &st)) {
        if (S_ISDIR(st.st_mode)) return true;
        return error_set(e, LOOM_E_IO, "choose another store with --store or $ATOMLOOM_STORE", "the store '%s' is not a directory", dir);
    }
    snprintf(path, sizeof path, "%s", dir);
    for (char *c = path + 1;; c++) {
        if (*c != '/' && *c) continue;
        char here = *c;
        *c = 0;
        if (mkdir(path, 0777) && errno != EEXIST) return store_io_error(e, errno, "make the directory", path);
        if (!(*c = here)) return true;
    }
}

/* A directory with something in it that is not a store's beginning is the user's, not ours to fill. */
static bool may_become_store(const store *s, error *e)
{
    DIR *d = opendir(s->dir);
    if (!d) return store_io_error(e, errno, "read", s->dir);
    bool good = true;
    for (struct dirent *entry; good && (entry = readdir(d));)
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, MARKER) != 0 && strcmp(entry->d_name, "lost+found") != 0)
            good = error_set(e, LOOM_E_IO, "name an empty or a new directory with --store or $ATOMLOOM_STORE",
                             "'%s' is not a store of atomloom: it holds '%s'", s->dir, entry->d_name);
    closedir(d);
    return good;
}

/* The marker comes first and appears at once, so that two processes may make one store together. */
static bool make_store(const store *s, const char *marker, error *e)
{
    char aside[STORE_PATH], room[STORE_PATH];
    if (!may_become_store(s, e)) return false;
    store_join(s, aside, "." MARKER ".%ld", (long)getpid());
    int fd = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return store_io_error(e, errno, "write", aside);
    char word[64];
    int n = snprintf(word, sizeof word, "atomloom store, format %d\n", FORMAT);
    bool good = file_write_at(fd, word, (size_t)n, 0, aside, e) && (!rename(aside, marker) || store_io_error(e, errno, "write", marker));
    close(fd);
    if (!good) unlink(aside);
    for (size_t i = 0; good && i < sizeof rooms / sizeof *rooms; i++)
        if (mkdir(store_join(s, room, "%s", rooms[i]), 0777) && errno != EEXIST) good = store_io_error(e, errno, "make the directory", room);
    return good;
}

static bool check_format(const char *marker, error *e)
{
    int format = 0;
    size_t n;
    char *word = file_read_all(marker, 4096, &n, e);
    if (!word) return false;
    bool known = sscanf(word, "atomloom store, format %d", &format) == 1;
    free(word);
    if (known && format == FORMAT) return true;
    if (known && format > FORMAT)
        return error_set(e, LOOM_E_IO, "use a newer atomloom, or choose another store with --store", "'%s' says format %d; this atomloom knows format %d", marker,
                         format, FORMAT);
    return error_set(e, LOOM_E_IO, "choose another store with --store, or remove the file if the store may be emptied", "'%s' is damaged", marker);
}

static bool prepare(store *s, error *e)
{
    char marker[STORE_PATH], path[STORE_PATH];
    store_join(s, marker, MARKER);
    if (access(marker, F_OK) && (!make_directories(s->dir, e) || !make_store(s, marker, e))) return false;
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) /* another process may be between marker and directories */
        if (access(store_join(s, path, "%s", rooms[i]), F_OK) && mkdir(path, 0777) && errno != EEXIST)
            return store_io_error(e, errno, "make the directory", path);
    return check_format(marker, e) && action_log_init(s, e) && file_log_init(s, e);
}

store *store_open(const char *dir, error *e)
{
    size_t n = strlen(dir);
    if (!n || n > STORE_PATH - 256) {
        error_set(e, LOOM_E_IO, "choose another store with --store or $ATOMLOOM_STORE", "the store's path is %s", n ? "too long" : "empty");
        return NULL;
    }
    store *s = calloc(1, sizeof *s);
    if (!s || !(s->dir = strdup(dir))) {
        free(s);
        error_memory(e, "the store");
        return NULL;
    }
    s->run_fd = s->action_log.fd = s->file_log.fd = -1;
    while (n > 1 && s->dir[n - 1] == '/') s->dir[--n] = 0;
    if (prepare(s, e)) return s;
    store_close(s);
    return NULL;
}

void store_close(store *s)
{
    if (!s) return;
    store_end_run(s);
    journal_free(&s->action_log);
    journal_free(&s->file_log);
    table_free(&s->actions);
    table_free(&s->files);
    if (s->locks && *s->temporary) locks_release(s->locks, locks_place(LOCK_NAMES, locks_hash(s->temporary)));
    locks_close(s->locks);
    free(s->dir);
    free(s);
}

const char *store_path(const store *s) { return s->dir; }
