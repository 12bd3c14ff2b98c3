/* plugin/load.c - see load.h */
#include "plugin/load.h"
#include "base/dl_error.h"
#include "base/io_error.h"
#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

static bool refuse(error *e, const char *path, const char *todo, const char *field, unsigned found,
                   unsigned expected)
{
    assert(found != expected);
    return error_set(e, LOOM_E_IO, todo, "%s: %s is %u, this atomloom needs %u", path, field, found,
                     expected);
}

static bool plugin_check(const loom_plugin *p, const char *path, error *e)
{
    static const char rebuild[] = "rebuild the plugin against this atomloom's SDK";
    if (memcmp(p->magic, "atomloom", sizeof p->magic) != 0)
        return error_set(e, LOOM_E_IO, rebuild,
                         "%s: the symbol %s does not begin with the magic text 'atomloom'", path,
                         LOOM_PLUGIN_SYMBOL);
    if (p->abi != LOOM_ABI) return refuse(e, path, rebuild, "the ABI number", p->abi, LOOM_ABI);
    if (p->size < sizeof *p)
        return refuse(e, path, rebuild, "the size of the plugin descriptor", p->size,
                      (unsigned)sizeof *p);
    if (!p->name || !p->version || !p->licence || !p->ops || !*p->ops)
        return error_set(e, LOOM_E_IO, "report this to the plugin's author",
                         "%s: name, version, licence or the list of ops is missing", path);
    for (const loom_op *const *op = p->ops; *op; op++) {
        error inner = { 0 };
        if (!op_check(*op, &inner))
            return error_set(e, LOOM_E_BUG, "report this to the plugin's author", "%s: %s", path,
                             inner.message);
    }
    return true;
}

/* dlerror's usual answers in words that tell what to install or rebuild. */
static bool explain_dlopen(const char *path, const char *said, error *e)
{
    static const char no_symbol[] = "undefined symbol: ";
    const char *symbol = strstr(said, no_symbol);
    dl_error d = dl_error_read(said);
    if (d.missing && strncmp(said, path, strlen(path)) != 0)
        return error_set(e, LOOM_E_IO, "install the package that contains this library",
                         "%s: needs the library '%.*s', which was not found", path, d.file_length,
                         said);
    if (symbol)
        return error_set(e, LOOM_E_IO, "rebuild the plugin against the libraries of this machine",
                         "%s: uses the symbol '%s', which nothing provides", path,
                         symbol + strlen(no_symbol));
    return error_set(e, LOOM_E_IO, d.code ? io_todo(d.code, IO_USER) : "rebuild the plugin",
                     "cannot load plugin: %s", said);
}

const loom_plugin *plugin_load(const char *path, error *e)
{
    assert(path);
    char whole[PATH_MAX]; /* without a slash dlopen would search the library path */
    if (!realpath(path, whole)) {
        error_set(e, LOOM_E_IO, "check the path", "no plugin file '%s'", path);
        return NULL;
    }
    void *object = dlopen(whole, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        explain_dlopen(whole, dlerror(), e);
        return NULL;
    }
    const loom_plugin *p = dlsym(object, LOOM_PLUGIN_SYMBOL);
    if (!p) {
        error_set(e, LOOM_E_IO,
                  "end its source with LOOM_PLUGIN(...), or remove it from the plugin directory",
                  "%s: no symbol %s, so it is not an atomloom plugin", path, LOOM_PLUGIN_SYMBOL);
        return NULL;
    }
    return plugin_check(p, path, e) ? p : NULL;
}

/* ---- exactly the bytes of a digest ----------------------------------------------------------- */

typedef struct loaded {
    struct loaded *next;
    char *path;
    struct stat file;
    digest content;
    const loom_plugin *plugin;
} loaded;

static loaded *all_loaded;

static bool changed(error *e, const char *path)
{
    return error_set(e, LOOM_E_IO, "run again: what was computed is kept",
                     "the plugin %s changed during the run", path);
}

/* A file that cannot be looked at has changed, unless it is this process that lacks descriptors,
 * memory or rights. */
static bool unread(error *e, int code, const char *path)
{
    assert(code != 0);
    return io_is_shortage(code) ? io_error(e, code, IO_USER, "read", path) : changed(e, path);
}

static int64_t nanoseconds(struct timespec t) { return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec; }

static bool same_inode(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool same_writing(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && nanoseconds(a->st_mtim) == nanoseconds(b->st_mtim);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return same_inode(a, b) && same_writing(a, b)
           && nanoseconds(a->st_ctim) == nanoseconds(b->st_ctim);
}

/* Until a further write would show in the file's times: two ticks of 10 ms; some file systems count
 * whole seconds. */
static void wait_for_tick(const struct stat *file)
{
    enum { TICK_NS = 20000000 };
    const int64_t whole_seconds_ns = 2100000000;
    struct timespec now;
    int64_t m = nanoseconds(file->st_mtim), c = nanoseconds(file->st_ctim), last = m > c ? m : c;
    bool coarse = file->st_mtim.tv_nsec == 0 && file->st_ctim.tv_nsec == 0;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t left = last + (coarse ? whole_seconds_ns : TICK_NS) - nanoseconds(now);
    if (left <= 0 || left > whole_seconds_ns) return; /* long ago, or a clock that is wrong */
    struct timespec wait = { left / 1000000000, left % 1000000000 };
    while (nanosleep(&wait, &wait) && errno == EINTR) continue;
}

/* A path that is loaded already: dlopen would give the same object again, whatever the file holds
 * now. */
static const loaded *find_loaded(const char *path)
{
    for (const loaded *l = all_loaded; l; l = l->next)
        if (!strcmp(l->path, path)) return l;
    return NULL;
}

/* Another path to an object that is loaded already (a link): dlopen gives that object. */
static bool is_of_other_content(const loom_plugin *p, const digest *content)
{
    for (const loaded *l = all_loaded; l; l = l->next)
        if (l->plugin == p && !digest_equal(&l->content, content)) return true;
    return false;
}

static bool remember(const char *path, const struct stat *file, const digest *content,
                     const loom_plugin *p, error *e)
{
    assert(!find_loaded(path));
    loaded *l = malloc(sizeof *l);
    char *own = strdup(path);
    if (!l || !own) {
        free(l);
        free(own);
        return error_memory(e, path);
    }
    *l = (loaded){ all_loaded, own, *file, *content, p };
    all_loaded = l;
    return true;
}

const loom_plugin *plugin_loaded(const char *path, const digest *content)
{
    const loaded *l = find_loaded(path);
    return l && digest_equal(&l->content, content) ? l->plugin : NULL;
}

const loom_plugin *plugin_load_content(const char *path, const digest *content, error *e)
{
    struct stat before, after;
    digest found;
    const loaded *old = find_loaded(path);
    if (old && digest_equal(&old->content, content)) return old->plugin;
    if (old || stat(path, &before)) {
        changed(e, path);
        return NULL;
    }
    wait_for_tick(&before);
    errno = 0;
    if (stat(path, &before) || !sha256_file(path, &found, NULL)) {
        unread(e, errno, path);
        return NULL;
    }
    if (!digest_equal(&found, content)) {
        changed(e, path);
        return NULL;
    }
    const loom_plugin *p = plugin_load(path, e);
    if (!p) return NULL;
    if (stat(path, &after) || !same_file(&before, &after) || is_of_other_content(p, content)) {
        changed(e, path);
        return NULL;
    }
    return remember(path, &before, content, p, e) ? p : NULL;
}

bool plugin_unchanged(const loom_plugin *p, error *e)
{
    struct stat now;
    const loaded *l = all_loaded;
    while (l && l->plugin != p) l = l->next;
    assert(l != NULL);
    if (stat(l->path, &now) || !same_inode(&now, &l->file) || same_writing(&now, &l->file))
        return true;
    return changed(e, l->path);
}
