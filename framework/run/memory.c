/* run/memory.c - see memory.h */
#include "run/memory.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct entry {
    const char *name;
    const digest *key;
} entry;
struct memory {
    /* the file: a magic line, then for each instance its name with the NUL and 32 bytes of key */
    char *bytes;
    size_t size;
    entry *entry; /* sorted by name; made when a key is first asked for */
    size_t count;
    bool parsed;
};

static const char magic[] = "atomloom keys 1\n";

/* Where this pipeline is remembered: its place on disk stands for it, so a copy has a memory of its
 * own. */
static void folder(const plan *p, char out[33])
{
    char whole[PATH_MAX], hex[65];
    const char *path = p->graph->path ? p->graph->path : "";
    if (realpath(path, whole)) path = whole;
    digest d = sha256_of(path, strlen(path));
    snprintf(out, 33, "%.32s", digest_text(&d, hex));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

/* None, or one of another form, counts as one that never ran; so do entries there is no memory for.
 */
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
    char dir[33];
    text bytes = { 0 };
    folder(p, dir);
    if (m && store_note_read(p->store, dir, "keys", &bytes)) {
        m->size = bytes.length;
        m->bytes = text_take(&bytes);
    }
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
    const entry *found =
        m->count ? bsearch(&wanted, m->entry, m->count, sizeof *m->entry, by_name) : NULL;
    return found ? found->key : NULL;
}

void memory_write(memory *m, const plan *p)
{
    char dir[33];
    text now = { 0 };
    text_puts(&now, magic);
    for (int32_t i = 0; i < p->graph->instance_count; i++) {
        const char *name = p->graph->instances[i].name;
        const digest *key = p->step[i].state == PLAN_CACHED ? &p->step[i].key : memory_key(m, name);
        if (!key) continue;
        text_add(&now, name, strlen(name) + 1);
        text_add(&now, key, sizeof *key);
    }
    if (!now.failed && (now.length != m->size || memcmp(now.data, m->bytes, m->size) != 0)) {
        folder(p, dir);
        store_note_write(p->store, dir, "keys", now.data, now.length);
    }
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
    char name[48], dir[33];
    folder(p, dir);
    failure_name(p, i, name);
    if (log) store_note_write(p->store, dir, name, log, strlen(log));
    else store_note_remove(p->store, dir, name);
}

bool memory_get_failure(const plan *p, int32_t i, text *out)
{
    char name[48], dir[33];
    folder(p, dir);
    failure_name(p, i, name);
    return store_note_read(p->store, dir, name, out);
}
