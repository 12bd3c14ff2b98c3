/* base/trust.c - see trust.h */
#include "base/trust.h"
#include <assert.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { MOST = 64, NAME = 128 }; /* entries of ATOMLOOM_TRUST_USERS, bytes of one */

static struct {
    bool known;
    uid_t program; /* owner of the program */
    uid_t user[MOST];
    gid_t group[MOST];
    int users, groups;
    char unknown[NAME];
} list;

/* A number, or a name that `find` knows; -1: neither. */
static long id_of(const char *word, long (*find)(const char *name))
{
    char *end;
    errno = 0;
    long n = strtol(word, &end, 10);
    if (*word >= '0' && *word <= '9' && !*end) return errno || n >= UINT32_MAX ? -1 : n;
    return find(word);
}

static long find_user(const char *name)
{
    const struct passwd *p = getpwnam(name);
    return p ? (long)p->pw_uid : -1;
}

static long find_group(const char *name)
{
    const struct group *g = getgrnam(name);
    return g ? (long)g->gr_gid : -1;
}

static void take_entry(const char *word)
{
    assert(*word && list.users + list.groups < MOST);
    bool group = *word == '@';
    long id = group ? id_of(word + 1, find_group) : id_of(word, find_user);
    if (id < 0) {
        if (!*list.unknown) snprintf(list.unknown, sizeof list.unknown, "%s", word);
    } else if (group) list.group[list.groups++] = (gid_t)id;
    else list.user[list.users++] = (uid_t)id;
}

static void read_list(void)
{
    struct stat st;
    const char *at = getenv("ATOMLOOM_TRUST_USERS");
    if (list.known) return;
    list.known = true;
    list.program = stat("/proc/self/exe", &st) ? geteuid() : st.st_uid;
    while (at && *at && list.users + list.groups < MOST) {
        char word[NAME];
        at += strspn(at, ", ");
        size_t n = strcspn(at, ", ");
        snprintf(word, sizeof word, "%.*s", n < NAME ? (int)n : NAME - 1, at);
        if (n) take_entry(word);
        at += n;
    }
}

/* Of a group on the list, by its own entry or by the user's main group. */
static bool is_member(uid_t user)
{
    const struct passwd *p = list.groups ? getpwuid(user) : NULL;
    assert(list.known);
    char name[NAME] = "";
    gid_t main_group = p ? p->pw_gid : 0;
    if (p) snprintf(name, sizeof name, "%s", p->pw_name);
    for (int i = 0; p && i < list.groups; i++) {
        const struct group *g = getgrgid(list.group[i]);
        if (main_group == list.group[i]) return true;
        for (char **member = g ? g->gr_mem : NULL; member && *member; member++)
            if (!strcmp(*member, name)) return true;
    }
    return false;
}

bool trust_user(uid_t user)
{
    if (user == 0 || user == geteuid()) return true;
    read_list();
    if (user == list.program) return true;
    for (int i = 0; i < list.users; i++)
        if (list.user[i] == user) return true;
    return is_member(user);
}

const uid_t *trust_users(int *count)
{
    read_list();
    *count = list.users;
    return list.user;
}

const char *trust_unknown(void)
{
    read_list();
    return *list.unknown ? list.unknown : NULL;
}

/* The group that a user has to himself. */
static bool is_own_group(gid_t group, uid_t owner)
{
    const struct passwd *p = getpwuid(owner);
    char name[NAME];
    if (!p || p->pw_gid != group) return false;
    snprintf(name, sizeof name, "%s", p->pw_name);
    const struct group *g = getgrgid(group);
    if (!g || strcmp(g->gr_name, name) != 0) return false;
    for (char **member = g->gr_mem; *member; member++)
        if (strcmp(*member, name) != 0) return false;
    return true;
}

static bool has_access_list(const char *path)
{
    return getxattr(path, "system.posix_acl_access", NULL, 0) > 0;
}

static bool trust_group(const char *path, const struct stat *st)
{
    read_list();
    for (int i = 0; i < list.groups; i++)
        if (list.group[i] == st->st_gid) return !has_access_list(path);
    return is_own_group(st->st_gid, st->st_uid) && !has_access_list(path);
}

trust trust_look(const char *path, const struct stat *st)
{
    assert(path && st);
    if (!trust_user(st->st_uid)) return TRUST_OWNER;
    if (st->st_mode & S_IWOTH) return TRUST_OTHERS;
    return st->st_mode & S_IWGRP && !trust_group(path, st) ? TRUST_GROUP : TRUST_GOOD;
}

/* Name and number of a user or group, "1017" where it has no name. */
static const char *named(char out[NAME], const char *name, unsigned id)
{
    if (name) snprintf(out, NAME, "'%.100s' (%u)", name, id);
    else snprintf(out, NAME, "%u", id);
    return out;
}

bool trust_error(error *e, trust found, const char *what, const char *path, const struct stat *st)
{
    assert(found != TRUST_GOOD);
    char who[NAME], todo[sizeof e->todo];
    const struct passwd *p = getpwuid(st->st_uid);
    if (found == TRUST_OWNER) {
        snprintf(todo, sizeof todo,
                 "use one of your own; or set ATOMLOOM_TRUST_USERS=%u where you trust that user "
                 "with all that you may do",
                 (unsigned)st->st_uid);
        return error_set(e, LOOM_E_IO, todo, "%s '%s' belongs to the user %s, who is not trusted",
                         what, path, named(who, p ? p->pw_name : NULL, (unsigned)st->st_uid));
    }
    bool all = found == TRUST_OTHERS;
    snprintf(todo, sizeof todo, "take that right away: chmod %s-w '%s'", all ? "o" : "g", path);
    if (all) return error_set(e, LOOM_E_IO, todo, "every user may write to %s '%s'", what, path);
    const struct group *g = getgrgid(st->st_gid);
    const char *name = named(who, g ? g->gr_name : NULL, (unsigned)st->st_gid);
    snprintf(todo, sizeof todo,
             "take that right away: chmod g-w '%s'; or set ATOMLOOM_TRUST_USERS=@%u where you "
             "trust all of that group",
             path, (unsigned)st->st_gid);
    return error_set(e, LOOM_E_IO, todo, "the group %s may write to %s '%s'", name, what, path);
}

/* A directory above. Who may write to a sticky one cannot replace what belongs to others. */
static trust look_above(const char *path, const struct stat *st, bool strict)
{
    bool sticky = st->st_mode & S_ISVTX;
    if (strict && !trust_user(st->st_uid)) return TRUST_OWNER;
    if (sticky) return TRUST_GOOD;
    return strict || st->st_mode & S_IWOTH ? trust_look(path, st) : TRUST_GOOD;
}

bool trust_path(const char *what, const char *path, bool strict, error *e)
{
    assert(*what);
    char whole[PATH_MAX];
    struct stat st;
    if (!realpath(path, whole) || stat(whole, &st)) return true;
    trust found = trust_look(whole, &st);
    if (found != TRUST_GOOD) return trust_error(e, found, what, whole, &st);
    for (char *slash; (slash = strrchr(whole, '/')) && strcmp(whole, "/") != 0;) {
        slash[slash == whole] = 0;
        if (stat(whole, &st)) continue;
        found = look_above(whole, &st, strict);
        if (found == TRUST_GOOD) continue;
        char above[NAME];
        snprintf(above, sizeof above, "a directory above %s,", what);
        return trust_error(e, found, above, whole, &st);
    }
    return true;
}
