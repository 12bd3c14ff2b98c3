/* base/trust.h - who besides this user may change a file, and is that somebody to believe?
 *
 * Whoever may write to a plugin decides what it does with this user's rights, and whoever may write
 * to the records of a store decides which results this user gets. So both are looked at before they
 * are used: their owner must be trusted, and nobody else may have the right to write.
 *
 * Trusted are: root, this user, the owner of the program (who could change it as well), and whom
 * the environment variable ATOMLOOM_TRUST_USERS names: "alice,bob,1017,@lab", @GROUP standing for
 * all that may write by being in that group. A right of a group to write counts for nothing where
 * the group is the owner's own (the same name, no other member), as many systems give one to each
 * user. An access list (ACL) on a file shows as the right of its group, and is refused with it.
 * Not seen: what a server of files allows beyond that. */
#ifndef ATOMLOOM_BASE_TRUST_H
#define ATOMLOOM_BASE_TRUST_H
#include "base/error.h"
#include <stdbool.h>
#include <sys/types.h>

struct stat;

typedef enum trust {
    TRUST_GOOD,
    TRUST_OWNER, /* it belongs to a user who is not trusted */
    TRUST_GROUP, /* a group that is not trusted may write */
    TRUST_OTHERS /* everybody may write */
} trust;

bool trust_user(uid_t user);
/* Users that ATOMLOOM_TRUST_USERS names, but for this one: those of its list that exist. Static;
 * `count` of them. */
const uid_t *trust_users(int *count);
/* The first entry of ATOMLOOM_TRUST_USERS that is no user or group of this machine, NULL: none. */
const char *trust_unknown(void);

/* What `st`, of the file or directory `path`, says. A link is looked at as a link has it: through
 * stat, not lstat. */
trust trust_look(const char *path, const struct stat *st);

/* What is at `path`, and every directory above it, where others could put something else in its
 * place: `strict` refuses any that somebody who is not trusted owns or may write to, else only
 * those that everybody may write to. A sticky directory (/tmp) is fine above something that is.
 * `path` is resolved first. False with `e` set: `what` ("the plugin directory"), who, and what to
 * do. A path that is not there is trusted. */
bool trust_path(const char *what, const char *path, bool strict, error *e);
/* The message for what trust_look found. Returns false. */
bool trust_error(error *e, trust found, const char *what, const char *path, const struct stat *st);
#endif
