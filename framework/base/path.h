/* base/path.h - paths as people write them. */
#ifndef ATOMLOOM_BASE_PATH_H
#define ATOMLOOM_BASE_PATH_H
#include "base/error.h"
#include <limits.h>

/* A copy of `path`, with the home directory ($HOME) in place of a leading "~" or "~/": a shell does
 * that only for unquoted words, not in job scripts, .env files, cron or `--store=~/x`. Owned. NULL
 * with `e` set: an empty path, "~user", HOME that is unset or relative, a variable such as
 * "$HOME/x" that no shell replaced. */
char *path_expand(const char *path, error *e);
/* The tree that this program stands in: PREFIX of PREFIX/bin/atomloom, the same in the build tree.
 * False where it cannot be found (no /proc). [any] */
bool path_prefix(char prefix[PATH_MAX]);
#endif
