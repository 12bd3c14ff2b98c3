/* store/paths.c - where things are inside a store, and where the store is. See inside.h and store.h
 */
#include "base/path.h"
#include "store/inside.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *join(const char *dir, char out[STORE_PATH], const char *format, va_list args)
{
    int n = snprintf(out, STORE_PATH, "%s/", dir);
    assert(n > 0 && n < STORE_PATH);
    vsnprintf(out + n, (size_t)(STORE_PATH - n), format, args);
    return out;
}

char *store_join(const store *s, char out[STORE_PATH], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    join(s->dir, out, format, args);
    va_end(args);
    return out;
}

char *store_own(const store *s, char out[STORE_PATH], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    join(s->own ? s->own : s->dir, out, format, args);
    va_end(args);
    return out;
}

void store_share(const store *s, int fd)
{
    if (s->own && fd >= 0) fchmod(fd, GROUP_FILE);
}

char *store_object_name(const store *s, const digest *d, char out[STORE_PATH])
{
    char hex[65];
    digest_text(d, hex);
    return store_join(s, out, "objects/%.2s/%s.h5", hex, hex + 2);
}

char *store_action_name(const store *s, const digest *key, char out[STORE_PATH])
{
    char hex[65];
    digest_text(key, hex);
    return store_own(s, out, "actions/%.2s/%s.json", hex, hex + 2);
}

/* The XDG rules: a relative path is ignored. */
static bool is_usable(const char *variable, const char *value)
{
    return value && *value
           && (*value == '/' || *value == '~' || !strcmp(variable, "ATOMLOOM_STORE"));
}

char *store_default_path(error *e)
{
    static const struct {
        const char *variable, *below;
    } places[] = { { "ATOMLOOM_STORE", "" },
                   { "XDG_CACHE_HOME", "/atomloom" },
                   { "HOME", "/.cache/atomloom" } };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *value = getenv(places[i].variable);
        if (!is_usable(places[i].variable, value)) continue;
        error inner = { 0 };
        char *base = path_expand(value, &inner);
        if (!base) {
            error_set(e, inner.status, inner.todo, "%s: %s", places[i].variable, inner.message);
            return NULL;
        }
        text t = { 0 };
        text_printf(&t, "%s%s", base, places[i].below);
        free(base);
        char *path = text_take(&t);
        if (!path) error_memory(e, "the store's path");
        return path;
    }
    error_set(e, LOOM_E_IO, "give --store DIR or set ATOMLOOM_STORE",
              "no place for the store: neither ATOMLOOM_STORE nor an absolute XDG_CACHE_HOME or "
              "HOME is set");
    return NULL;
}

char *store_private_path(error *e)
{
    struct stat st;
    text t = { 0 };
    char *path = store_default_path(e);
    if (!path) return NULL;
    text_printf(&t, "%s/users/%u", path, (unsigned)geteuid());
    if (t.failed || lstat(t.data, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid()) {
        text_free(&t);
        return path;
    }
    free(path);
    return text_take(&t);
}

bool store_is_writable(const store *s) { return !access(s->own ? s->own : s->dir, W_OK); }

char *store_path_of(const char *given, error *e)
{
    error inner = { 0 };
    if (!given) return store_default_path(e);
    char *path = path_expand(given, &inner);
    if (!path)
        error_set(e, inner.status, *given ? inner.todo : "name a directory: --store DIR",
                  "--store: %s", inner.message);
    return path;
}
