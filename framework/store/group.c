/* store/group.c - a store that several users write to; and whom a store believes. See store.h
 *
 * A value is what its digest says, whoever wrote it; a record is what its writer says. So values
 * lie in one place that all members write to, and each member has a directory of his own for all
 * that must be believed: records, journals, files under way. What lies there counts for others only
 * where they trust that member (base/trust.h).
 *
 *   DIR/               2750  founder, group: nobody else may put another directory in the place of
 *   DIR/objects/       2750  one of these
 *   DIR/objects/ab/    2770
 *   DIR/runs/          2770
 *   DIR/lock           0660
 *   DIR/users/         3770  sticky: a member's directory is his
 *   DIR/users/UID/     2750  UID, group: actions/ tmp/ damaged/ last/ jobs/ files, as in a store */
#include "base/trust.h"
#include "store/inside.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- whom to believe ------------------------------------------------------------------------- */

static bool check_room(const store *s, const char *room, error *e)
{
    assert(*room);
    char path[STORE_PATH];
    struct stat st;
    if (stat(store_join(s, path, "%s", room), &st)) return true; /* none yet */
    trust found = trust_look(path, &st);
    return found == TRUST_GOOD || trust_error(e, found, "the store's directory", path, &st);
}

bool store_check_trust(const store *s, error *e)
{
    static const char *const rooms[] = { "objects", "actions", "tmp", "runs", "damaged" };
    error inner = { 0 };
    bool good = trust_path("the store", s->dir, false, &inner);
    for (size_t i = 0; good && i < sizeof rooms / sizeof *rooms; i++)
        good = check_room(s, rooms[i], &inner);
    if (good) return true;
    bool store_itself = strstr(inner.message, "may write") != NULL;
    return error_set(e, inner.status,
                     store_itself ? "what others may have written to it is not believed: "
                                    "chmod -R go-w on it, and `atomloom cache verify`; a store of "
                                    "several users is made with `atomloom cache init --group`"
                                  : inner.todo,
                     "%s", inner.message);
}

/* ---- opening --------------------------------------------------------------------------------- */

/* A directory of this user, and no link to one. */
static bool is_own_directory(const char *path, uid_t user)
{
    struct stat st;
    return !lstat(path, &st) && S_ISDIR(st.st_mode) && st.st_uid == user
           && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static bool make_own(store *s, error *e)
{
    assert(!s->own);
    static const char *const rooms[] = { "", "/actions", "/tmp", "/damaged" };
    char path[STORE_PATH];
    store_join(s, path, "users/%u", (unsigned)geteuid());
    if (!(s->own = strdup(path))) return error_memory(e, "the store");
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        store_join(s, path, "users/%u%s", (unsigned)geteuid(), rooms[i]);
        if (!group_directory(path, GROUP_READS, e)) return false;
        if (!is_own_directory(path, geteuid()))
            return error_set(
                e, LOOM_E_IO, "have it removed by its owner, or by the founder of the store",
                "'%s' is not a directory of this user that nobody else may write to", path);
    }
    return true;
}

/* Members whose records are taken: they are trusted, and their directories are theirs. */
static bool find_others(store *s, error *e)
{
    assert(s->own && !s->others);
    char path[STORE_PATH];
    char **names;
    size_t n;
    if (!names_in(store_join(s, path, "users"), &names, &n, e)) return false;
    s->others = calloc(n + 1, sizeof *s->others);
    for (size_t i = 0; s->others && i < n; i++) {
        char *end;
        unsigned long id = strtoul(names[i], &end, 10);
        uid_t user = (uid_t)id;
        if (*end || user != id || user == geteuid() || !trust_user(user)) continue;
        if (is_own_directory(store_join(s, path, "users/%u", (unsigned)user), user))
            s->others[s->other_count++] = user;
    }
    free(names);
    return s->others || error_memory(e, "the store");
}

bool store_open_group(store *s, error *e)
{
    struct stat st;
    if (stat(s->dir, &st)) return store_io_error(e, errno, "read", s->dir);
    if (st.st_mode & S_IWOTH) return trust_error(e, TRUST_OTHERS, "the store", s->dir, &st);
    return make_own(s, e) && find_others(s, e);
}

bool store_is_group(const store *s) { return s->own != NULL; }
