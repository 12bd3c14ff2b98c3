/* run/memory.c - see memory.h */
#include "run/memory.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct entry { const char *name; const digest *key; } entry;
struct memory {
    char *bytes;  /* the file: a magic line, then for each instance its name with the NUL and 32 bytes of key */
    size_t size;
    entry *entry; /* sorted by name; made when a key is first asked for */
    size_t count;
    bool parsed;
};

static const char magic[] = "atomloom keys 1\n";

/* Where this pipeline is remembered: its place on disk stands for it, so a copy has a memory of its own. */
static void folder(const plan *p, text *out)
{
    char whole[PATH_MAX], hex[65];
    const char *path = p->graph->path ? p->graph->path : "";
    if (realpath(path, whole)) path = whole;
    digest d = sha256_of(path, strlen(path));
    text_printf(out, "%s/last/%.32s", store_path(p->store), digest_text(&d, hex));
}

static bool read_file(const char *path, text *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char chunk[16384];
    ssize_t n = fd < 0 ? -1 : 1;
    while (n > 0 && (n = read(fd, chunk, sizeof chunk)) > 0) text_add(out, chunk, (size_t)n);
    if (fd >= 0) close(fd);
    return n == 0 && !out->failed;
}

/* Written aside and renamed, not synced: what a power cut takes from here is an explanation. */
static void write_file(const char *dir, const char *name, const void *bytes, size_t n)
{
    text aside = { 0 }, path = { 0 };
    text_printf(&path, "%s/%s", dir, name);
    text_printf(&aside, "%s/.%s.%ld", dir, name, (long)getpid());
    int fd = aside.failed || path.failed ? -1 : open(aside.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd >= 0) {
        bool good = write(fd, bytes, n) == (ssize_t)n;
        good = !close(fd) && good;
        if (!good || rename(aside.data, path.data)) unlink(aside.data);
    }
    text_free(&aside);
    text_free(&path);
}

static void make_folder(const plan *p, const char *dir)
{
    text parent = { 0 };
    text_printf(&parent, "%s/last", store_path(p->store));
    if (parent.data) mkdir(parent.data, 0777);
    mkdir(dir, 0777);
    text_free(&parent);
}

static int by_name(const void *a, const void *b) { return strcmp(((const entry *)a)->name, ((const entry *)b)->name); }

/* None, or one of another form, counts as one that never ran; so do entries there is no memory for. */
static void parse(memory *m)
{
    size_t at = sizeof magic - 1, room = 0;
    if (m->size < at || memcmp(m->bytes, magic, at) != 0) at = m->size;
    while (at < m->size) {
        const char *end = memchr(m->bytes + at, 0, m->size - at);
        if (!end || (size_t)(m->bytes + m->size - end) < 1 + sizeof(digest)) break;
        if (m->count == room) {
            entry *bigger = realloc(m->entry, (room = room ? 2 * room : 256) * sizeof *bigger);
            if (!bigger) break;
            m->entry = bigger;
        }
        m->entry[m->count++] = (entry){ m->bytes + at, (const digest *)(const void *)(end + 1) };
        at = (size_t)(end - m->bytes) + 1 + sizeof(digest);
    }
    if (m->count) qsort(m->entry, m->count, sizeof *m->entry, by_name);
    m->parsed = true;
}

memory *memory_open(const plan *p, error *e)
{
    memory *m = calloc(1, sizeof *m);
    text path = { 0 }, bytes = { 0 };
    folder(p, &path);
    text_puts(&path, "/keys");
    if (m && path.data && read_file(path.data, &bytes)) {
        m->size = bytes.length;
        m->bytes = text_take(&bytes);
    }
    text_free(&path);
    text_free(&bytes);
    if (!m) error_memory(e, "the keys of the last run");
    return m;
}

void memory_free(memory *m)
{
    if (!m) return;
    free(m->bytes);
    free(m->entry);
    free(m);
}

const digest *memory_key(memory *m, const char *instance)
{
    if (!m->parsed) parse(m);
    const entry wanted = { instance, NULL };
    const entry *found = m->count ? bsearch(&wanted, m->entry, m->count, sizeof *m->entry, by_name) : NULL;
    return found ? found->key : NULL;
}

void memory_write(memory *m, const plan *p)
{
    text now = { 0 }, dir = { 0 };
    text_puts(&now, magic);
    for (int32_t i = 0; i < p->graph->instance_count; i++) {
        const char *name = p->graph->instances[i].name;
        const digest *key = p->step[i].state == PLAN_CACHED ? &p->step[i].key : memory_key(m, name);
        if (!key) continue;
        text_add(&now, name, strlen(name) + 1);
        text_add(&now, key, sizeof *key);
    }
    if (!now.failed && (now.length != m->size || memcmp(now.data, m->bytes, m->size) != 0)) {
        folder(p, &dir);
        make_folder(p, dir.data);
        write_file(dir.data, "keys", now.data, now.length);
    }
    text_free(&dir);
    text_free(&now);
}

/* Names of instances hold brackets and values; a digest of them is a safe file name. */
static void failure_name(const plan *p, int32_t i, char out[48])
{
    char hex[65];
    const char *name = p->graph->instances[i].name;
    digest d = sha256_of(name, strlen(name));
    snprintf(out, 48, "%.32s.log", digest_text(&d, hex));
}

void memory_put_failure(const plan *p, int32_t i, const char *log)
{
    char name[48];
    text dir = { 0 };
    folder(p, &dir);
    failure_name(p, i, name);
    if (log && dir.data) {
        make_folder(p, dir.data);
        write_file(dir.data, name, log, strlen(log));
    } else if (dir.data) {
        text_printf(&dir, "/%s", name);
        unlink(dir.data);
    }
    text_free(&dir);
}

bool memory_get_failure(const plan *p, int32_t i, text *out)
{
    char name[48];
    text path = { 0 };
    folder(p, &path);
    failure_name(p, i, name);
    text_printf(&path, "/%s", name);
    bool good = path.data && read_file(path.data, out);
    text_free(&path);
    return good;
}
