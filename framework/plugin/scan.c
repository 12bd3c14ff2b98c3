/* plugin/scan.c - fill a registry from plugin directories, by way of a cache of descriptors; see
 * registry.h.
 *
 * The cache file is a header and one entry per plugin file, refused ones too. It is an aid only: a
 * file that is not whole, or of another build, is ignored and made anew. */
#include "plugin/scan.h"
#include "base/io_error.h"
#include "base/path.h"
#include "base/text.h"
#include "plugin/script.h"
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double probe_limit_s = 5;
static const char cache_magic[8] = "loomplg2";

/* sum: of all that follows */
typedef struct cache_header {
    char magic[8];
    uint64_t size, sum;
} cache_header;

/* Which file, as far as stat tells. */
typedef struct identity {
    uint64_t device, inode, size;
    int64_t mtime_s, mtime_ns, ctime_s, ctime_ns;
} identity;

typedef struct cache_entry {
    uint64_t next; /* bytes from this entry to the next one */
    identity file;
    digest content;
    uint32_t status; /* LOOM_OK, or why it was refused */
    /* bytes of each text with its NUL; they follow, then the image at a multiple of 8 */
    uint32_t path, reason, todo;
    uint64_t image;
} cache_entry;

typedef struct scan {
    registry *ops;
    char *old; /* the cache file as read; becomes the registry's own */
    size_t old_size, cursor;
    text fresh; /* the cache file as it should be; only filled when something differs */
    bool changed;
    int entries, old_entries;
    text seen; /* directories, each between newlines: one that is named twice counts once */
    error *e;
} scan;

/* ---- the cache file -------------------------------------------------------------------------- */

static size_t round8(size_t n) { return (n + 7) / 8 * 8; }

static const char *entry_path(const cache_entry *c) { return (const char *)(c + 1); }
static const char *entry_reason(const cache_entry *c) { return entry_path(c) + c->path; }
static const char *entry_todo(const cache_entry *c) { return entry_reason(c) + c->reason; }
static void *entry_image(cache_entry *c)
{
    return (char *)(c + 1) + round8((size_t)c->path + c->reason + c->todo);
}

/* Against torn writes and rotten disks. Everything in the file is a multiple of 8 bytes. */
static uint64_t checksum(const char *bytes, size_t n)
{
    assert(bytes || !n);
    uint64_t h = UINT64_C(0x9e3779b97f4a7c15) ^ n, word;
    for (size_t i = 0; i + 8 <= n; i += 8) {
        memcpy(&word, bytes + i, 8);
        h = (h ^ word) * UINT64_C(0xd6e8feb86659fd93);
        h ^= h >> 32;
    }
    return h;
}

static char *cache_path(const char *dir)
{
    text t = { 0 };
    text_printf(&t, "%s/.plugins.cache", dir);
    return text_take(&t);
}

static void cache_read(scan *s, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0) return;
    if (!fstat(fd, &st) && st.st_size > (off_t)sizeof(cache_header)
        && (s->old = malloc((size_t)st.st_size))) {
        s->old_size = (size_t)st.st_size;
        const cache_header *h = (const void *)s->old;
        bool whole = read(fd, s->old, s->old_size) == (ssize_t)s->old_size
                     && !memcmp(h->magic, cache_magic, sizeof h->magic) && h->size == s->old_size;
        if (!whole || checksum(s->old + sizeof *h, s->old_size - sizeof *h) != h->sum) {
            free(s->old);
            s->old = NULL;
            s->old_size = 0;
        }
    }
    close(fd);
    s->cursor = sizeof(cache_header);
    for (size_t at = s->cursor; at < s->old_size;
         at += ((cache_entry *)(void *)(s->old + at))->next)
        s->old_entries++;
}

/* From where the last one was found, round to there again: the files come in the order of the last
 * time, as a rule. */
static cache_entry *cache_find(scan *s, const char *path)
{
    assert(s->cursor >= sizeof(cache_header) || !s->old_entries);
    for (int i = 0; i < s->old_entries; i++) {
        cache_entry *c = (cache_entry *)(void *)(s->old + s->cursor);
        s->cursor += c->next;
        if (s->cursor >= s->old_size) s->cursor = sizeof(cache_header);
        if (!strcmp(entry_path(c), path)) return c;
    }
    return NULL;
}

static void cache_keep(scan *s, const cache_entry *like, const char *path, const char *reason,
                       const char *todo, const void *image)
{
    assert(path && reason && todo);
    static const char zeros[8];
    cache_entry c = *like;
    c.path = (uint32_t)strlen(path) + 1;
    c.reason = (uint32_t)strlen(reason) + 1;
    c.todo = (uint32_t)strlen(todo) + 1;
    size_t texts = (size_t)c.path + c.reason + c.todo;
    c.next = sizeof c + round8(texts) + round8(c.image);
    text_add(&s->fresh, &c, sizeof c);
    text_add(&s->fresh, path, c.path);
    text_add(&s->fresh, reason, c.reason);
    text_add(&s->fresh, todo, c.todo);
    text_add(&s->fresh, zeros, round8(texts) - texts);
    text_add(&s->fresh, image, c.image);
    text_add(&s->fresh, zeros, round8(c.image) - c.image);
}

/* The directories above `path`, for this user alone, as far as they are not there. */
static void make_way(const char *path)
{
    char above[PATH_MAX];
    if ((size_t)snprintf(above, sizeof above, "%s", path) >= sizeof above) return;
    for (char *slash = strchr(above + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(above, 0700);
        *slash = '/';
    }
}

/* Best effort: without it the next program looks at the plugins again. */
static void cache_write(scan *s, const char *path)
{
    text aside = { 0 };
    make_way(path);
    text_printf(&aside, "%s.%ld", path, (long)getpid());
    cache_header h = { .size = sizeof h + s->fresh.length,
                       .sum = checksum(s->fresh.data, s->fresh.length) };
    memcpy(h.magic, cache_magic, sizeof h.magic);
    int fd = aside.failed || s->fresh.failed
                 ? -1
                 : open(aside.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd >= 0) {
        bool good = write(fd, &h, sizeof h) == (ssize_t)sizeof h
                    && write(fd, s->fresh.data, s->fresh.length) == (ssize_t)s->fresh.length;
        good = !close(fd) && good;
        if (!good || rename(aside.data, path)) unlink(aside.data);
    }
    text_free(&aside);
}

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
        cache_keep(s, &c, path, why.message, why.todo, NULL);
        return registry_refuse(s->ops, path, why.message, why.todo, s->e);
    }
    c.image = image.size;
    cache_keep(s, &c, path, "", "", image.bytes);
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

static bool scan_file(scan *s, const char *path)
{
    struct stat st;
    if (stat(path, &st))
        return registry_refuse(s->ops, path, strerror(errno), io_todo(errno, IO_USER), s->e);
    if (!S_ISREG(st.st_mode)) return true;
    if (script_is_name(path)) return scan_script(s, path);
    identity id = identity_of(&st);
    cache_entry *c = cache_find(s, path);
    s->entries++;
    if (!c || memcmp(&c->file, &id, sizeof id) || c->status == LOOM_E_IO
        || c->status == LOOM_E_MEMORY)
        return look_at(s, path, &id);
    cache_keep(s, c, path, entry_reason(c), entry_todo(c), entry_image(c));
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

static bool scan_directory(scan *s, const char *dir)
{
    struct dirent **name = NULL;
    if (!first_visit(s, dir)) return true;
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
        good = good && !path.failed && scan_file(s, path.data);
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
        bool good = path && scan_directory(s, realpath(path, whole) ? whole : path);
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
        char *path = path_expand(dir, &ignored);
        if (path && *path == '/') good = scan_directory(s, path);
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
             good = there && scan_directory(s, dir.data);
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
    if (path) cache_read(&s, path);
    bool good = !s.old || registry_own(s.ops, s.old, e);
    good = good && scan_extra(&s, extra) && scan_environment(&s) && scan_builtin(&s)
           && registry_finish(s.ops, e);
    if (good && path && (s.changed || s.entries != s.old_entries)) cache_write(&s, path);
    text_free(&s.fresh);
    text_free(&s.seen);
    free(path);
    if (good) return s.ops;
    registry_close(s.ops);
    return NULL;
}
