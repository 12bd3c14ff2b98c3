/* base/path.c - see path.h */
#include "base/path.h"
#include "base/text.h"
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *owned(text *t, error *e)
{
    char *path = text_take(t);
    if (!path) error_memory(e, "a path");
    return path;
}

/* $HOME/x or ${HOME}/x: quoted where the shell should have seen it. */
static bool is_variable(const char *path)
{
    return path[0] == '$' && (path[1] == '{' || path[1] == '_' || isalpha((unsigned char)path[1]));
}

char *path_expand(const char *path, error *e)
{
    assert(path);
    text t = { 0 };
    if (!*path) {
        error_set(e, LOOM_E_PARAM, "name a directory", "the path is empty");
        return NULL;
    }
    if (is_variable(path)) {
        error_set(e, LOOM_E_PARAM,
                  "write it in double quotes or in none; for a directory whose name begins with "
                  "'$' write ./$...",
                  "'%s' begins with a variable of the shell that was not replaced", path);
        return NULL;
    }
    if (*path != '~') {
        text_puts(&t, path);
        return owned(&t, e);
    }
    if (path[1] && path[1] != '/') {
        error_set(
            e, LOOM_E_PARAM,
            "write the whole path; for a file or directory whose name begins with '~' write ./~...",
            "'%s' names the home directory of another user, which is not looked up", path);
        return NULL;
    }
    const char *home = getenv("HOME");
    if (!home || *home != '/') {
        error_set(e, LOOM_E_PARAM, "write the whole path, or set HOME",
                  "'%s' needs HOME, which is %s", path,
                  home && *home ? "not an absolute path" : "not set");
        return NULL;
    }
    text_puts(&t, home);
    text_puts(&t, path + 1);
    return owned(&t, e);
}

bool path_prefix(char prefix[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", prefix, PATH_MAX - 1);
    prefix[n > 0 ? n : 0] = 0;
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(prefix, '/');
        if (!slash) return false;
        *slash = 0;
    }
    return true;
}
