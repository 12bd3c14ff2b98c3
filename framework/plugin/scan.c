/* plugin/scan.c - fill a registry from plugin directories, by way of a cache of descriptors; see
 * registry.h. */
#include "plugin/scan.h"
#include "base/io_error.h"
#include "base/path.h"
#include "base/text.h"
#include "base/trust.h"
#include "plugin/scan_cache.h"
#include "plugin/script.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double probe_limit_s = 5;

typedef struct scan {
    registry *ops;
    plugin_cache cache;
    bool changed; /* the cache file is to be written anew */
    text seen;    /* directories, each between newlines: one that is named twice counts once */
    error *e;
} scan;

/* ---- one file -------------------------------------------------------------------------------- */

static identity identity_of(const struct stat *st)
{
    return (identity){ (uint64_t)st->st_dev, (uint64_t)st->st_ino, (uint64_t)st->st_size,
                       st->st_mtim.tv_sec,   st->st_mtim.tv_nsec,  st->st_ctim.tv_sec,
                       st->st_ctim.tv_nsec };
}

static bool add_image(scan *s, const char *path, const digest *content, void *image, size_t size)
{
    assert(image && size);
    const loom_plugin *p = descriptor_unpack(image, size);
    if (!p)
        return registry_refuse(s->ops, path, "its description could not be read",
                               "report this as a bug of atomloom", s->e);
    plugin_file *file = calloc(1, sizeof *file);
    if (!registry_own(s->ops, file, s->e)) return false;
    char *own_path = strdup(path);
    if (!registry_own(s->ops, own_path, s->e)) return false;
    *file = (plugin_file){ own_path, p->name, p->version, p->licence, *content, NULL };
    return registry_add(s->ops, file, p, s->e);
}

/* A file that is new, changed, or could not be loaded last time (what it lacked may have been
 * installed since). */
static bool look_at(scan *s, const char *path, const identity *id)
{
    assert(id);
    error why = { 0 };
    descriptor_image image = { 0 };
    cache_entry c = { .file = *id };
    s->changed = true;
    if (!sha256_file(path, &c.content, &why) || !plugin_probe(path, probe_limit_s, &image, &why)) {
        c.status = (uint32_t)why.status;
        cache_keep(&s->cache, &c, path, why.message, why.todo, NULL);
        return registry_refuse(s->ops, path, why.message, why.todo, s->e);
    }
    c.image = image.size;
    cache_keep(&s->cache, &c, path, "", "", image.bytes);
    return registry_own(s->ops, image.bytes, s->e)
           && add_image(s, path, &c.content, image.bytes, image.size);
}

/* Read anew each time: that takes less than to look whether one of its files has changed. */
static bool scan_script(scan *s, const char *path)
{
    error why = { 0 };
    struct arena *memory = registry_memory(s->ops, s->e);
    const script *is = memory ? script_read(memory, path, &why) : NULL;
    if (!memory) return false;
    if (!is) return registry_refuse(s->ops, path, why.message, why.todo, s->e);
    plugin_file *file = calloc(1, sizeof *file);
    if (!registry_own(s->ops, file, s->e)) return false;
    *file = (plugin_file){ is->path, is->op.id, is->version, is->licence, is->content, is };
    const loom_op *const one[] = { &is->op, NULL };
    const loom_plugin plugin = { .name = is->op.id, .ops = one };
    return registry_add(s->ops, file, &plugin, s->e);
}

/* Whoever may write to it decides what it does with this user's rights. */
static bool is_trusted(const char *path, const struct stat *st, bool link, error *why)
{
    trust found = trust_look(path, st);
    if (found != TRUST_GOOD) return trust_error(why, found, "the plugin", path, st);
    return !link || trust_path("the plugin", path, true, why);
}

/* `link`: the name is, or may be, one for a file elsewhere. */
static bool scan_file(scan *s, const char *path, bool link)
{
    struct stat st;
    error why = { 0 };
    if (stat(path, &st))
        return registry_refuse(s->ops, path, strerror(errno), io_todo(errno, IO_USER), s->e);
    if (!S_ISREG(st.st_mode)) return true;
    if (!is_trusted(path, &st, link, &why))
        return registry_refuse(s->ops, path, why.message, why.todo, s->e);
    if (script_is_name(path)) return scan_script(s, path);
    identity id = identity_of(&st);
    cache_entry *c = cache_find(&s->cache, path);
    s->cache.entries++;
    if (!c || memcmp(&c->file, &id, sizeof id) || c->status == LOOM_E_IO
        || c->status == LOOM_E_MEMORY)
        return look_at(s, path, &id);
    cache_keep(&s->cache, c, path, entry_reason(c), entry_todo(c), entry_image(c));
    if (c->status != LOOM_OK)
        return registry_refuse(s->ops, path, entry_reason(c), entry_todo(c), s->e);
    return add_image(s, path, &c->content, entry_image(c), c->image);
}

/* ---- directories ----------------------------------------------------------------------------- */

static int is_plugin_name(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return d->d_name[0] != '.'
           && ((n > 3 && !strcmp(d->d_name + n - 3, ".so")) || script_is_name(d->d_name));
}

static bool first_visit(scan *s, const char *dir)
{
    assert(*dir);
    text line = { 0 };
    text_printf(&line, "\n%s\n", dir);
    bool first = !line.failed && (!s->seen.data || !strstr(s->seen.data, line.data));
    if (first) text_puts(&s->seen, line.data);
    text_free(&line);
    return first;
}

/* The directory that belongs to the program could be changed by whoever can change the program:
 * what lies above it is not looked at. */
static bool directory_is_trusted(const char *dir, bool builtin, error *why)
{
    static const char what[] = "the plugin directory";
    struct stat st;
    if (!builtin) return trust_path(what, dir, true, why);
    trust found = stat(dir, &st) ? TRUST_GOOD : trust_look(dir, &st);
    return found == TRUST_GOOD || trust_error(why, found, what, dir, &st);
}

static bool scan_directory(scan *s, const char *dir, bool builtin)
{
    struct dirent **name = NULL;
    error why = { 0 };
    if (!first_visit(s, dir)) return true;
    if (!directory_is_trusted(dir, builtin, &why))
        return registry_refuse(s->ops, dir, why.message, why.todo, s->e);
    int n = scandir(dir, &name, is_plugin_name, alphasort);
    if (n < 0) {
        int code = errno;
        text reason = { 0 };
        text_printf(&reason, "the plugin directory cannot be read: %s", strerror(code));
        bool good = registry_refuse(s->ops, dir, reason.data ? reason.data : "",
                                    code == ENOENT || code == ENOTDIR
                                        ? "check --plugin-dir and ATOMLOOM_PLUGIN_PATH"
                                        : io_todo(code, IO_USER),
                                    s->e);
        text_free(&reason);
        return good;
    }
    bool good = true;
    for (int i = 0; i < n; i++) {
        text path = { 0 };
        text_printf(&path, "%s/%s", dir, name[i]->d_name);
        good = good && !path.failed && scan_file(s, path.data, name[i]->d_type != DT_REG);
        text_free(&path);
        free(name[i]);
    }
    free(name);
    return good;
}

static bool scan_extra(scan *s, const char *const *extra)
{
    for (; extra && *extra; extra++) {
        char whole[PATH_MAX], *path = path_expand(*extra, s->e);
        bool good = path && scan_directory(s, realpath(path, whole) ? whole : path, false);
        free(path);
        if (!good) return false;
    }
    return true;
}

static bool scan_environment(scan *s)
{
    const char *list = getenv("ATOMLOOM_PLUGIN_PATH");
    char *copy = strdup(list ? list : ""), *rest = copy;
    if (!copy) return error_memory(s->e, "the list of plugin directories");
    bool good = true;
    for (char *dir; good && (dir = strsep(&rest, ":"));) {
        error ignored = { 0 };
        if (!*dir) continue; /* never the current directory */
        char whole[PATH_MAX], *path = path_expand(dir, &ignored);
        if (path && *path == '/')
            good = scan_directory(s, realpath(path, whole) ? whole : path, false);
        else
            good = registry_refuse(s->ops, dir,
                                   "an entry of ATOMLOOM_PLUGIN_PATH is not an absolute path",
                                   "write the whole path, from '/' on", s->e);
        free(path);
    }
    free(copy);
    return good;
}

/* ../lib/atomloom/plugins from where the program is, or what lib is called on this system; the same
 * in the build tree. */
static bool scan_builtin(scan *s)
{
    static const char *const names[] = { ATOMLOOM_LIBDIR, "lib" };
    char prefix[PATH_MAX];
    if (!path_prefix(prefix)) return true;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        text dir = { 0 };
        text_printf(&dir, "%s/%s/atomloom/plugins", prefix, names[i]);
        bool there = !dir.failed && !access(dir.data, R_OK | X_OK),
             good = there && scan_directory(s, dir.data, true);
        text_free(&dir);
        if (there) return good;
    }
    return true;
}

registry *registry_open(const char *const *extra, const char *cache_dir, error *e)
{
    scan s = { .ops = registry_new(e), .e = e };
    char *path = cache_dir ? cache_path(cache_dir) : NULL;
    if (!s.ops) {
        free(path);
        return NULL;
    }
    if (path) cache_read(&s.cache, path);
    bool good = !s.cache.old || registry_own(s.ops, s.cache.old, e);
    good = good && scan_extra(&s, extra) && scan_environment(&s) && scan_builtin(&s)
           && registry_finish(s.ops, e);
    if (good && path && (s.changed || s.cache.entries != s.cache.old_entries))
        cache_write(&s.cache, path);
    text_free(&s.cache.fresh);
    text_free(&s.seen);
    free(path);
    if (good) return s.ops;
    registry_close(s.ops);
    return NULL;
}
