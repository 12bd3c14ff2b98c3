/* store/group_make.c - make a group store. See store.h; group.c says what lies where */
#include "store/inside.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GROUP_WRITES = 02770, OF_USERS = 03770 /* sticky */, SHARED_LOCK = 0660, SHARDS = 256 };

static bool make_rooms(const store *s, error *e)
{
    char path[STORE_PATH];
    if (!group_directory(store_join(s, path, "objects"), GROUP_READS, e)) return false;
    for (int i = 0; i < SHARDS; i++)
        if (!group_directory(store_join(s, path, "objects/%02x", i), GROUP_WRITES, e)) return false;
    if (!group_directory(store_join(s, path, "runs"), GROUP_WRITES, e)
        || !group_directory(store_join(s, path, "users"), OF_USERS, e))
        return false;
    int fd = open(store_join(s, path, "lock"), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool good = fd >= 0 && !fchmod(fd, SHARED_LOCK);
    if (!good) store_io_error(e, errno, "write", path);
    if (fd >= 0) close(fd);
    return good;
}

static bool give_to_group(const store *s, const char *group, error *e)
{
    assert(!s->own);
    char *end;
    unsigned long number = strtoul(group, &end, 10);
    const struct group *g = getgrnam(group);
    if (!g && (*end || end == group))
        return error_set(e, LOOM_E_PARAM, "`id` lists yours", "--group: there is no group '%s'",
                         group);
    gid_t id = g ? g->gr_gid : (gid_t)number;
    if (chown(s->dir, (uid_t)-1, id))
        return error_set(e, LOOM_E_IO, "`id` lists the groups that you are a member of",
                         "cannot give '%s' to the group '%s': %s", s->dir, group, strerror(errno));
    return !chmod(s->dir, GROUP_READS) || store_io_error(e, errno, "set the rights of", s->dir);
}

bool store_make_group(const char *dir, const char *group, error *e)
{
    assert(dir && group);
    store s = { .dir = (char *)(uintptr_t)dir };
    char path[STORE_PATH];
    if (!store_begin_group(&s, e) || !give_to_group(&s, group, e) || !make_rooms(&s, e)
        || !store_mark_group(&s, e))
        return false;
    if (!chmod(store_join(&s, path, "atomloom-store"), GROUP_FILE)) return true;
    return store_io_error(e, errno, "set the rights of", path);
}
