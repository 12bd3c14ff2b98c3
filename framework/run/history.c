/* run/history.c - see history.h */
#include "run/history.h"
#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct entry {
    const char *name;
    const digest *key;
} entry;
struct history {
    /* the file: a magic line, then for each instance its name with the NUL and 32 bytes of key */
    char *bytes;
    size_t size;
    entry *entry; /* sorted by name; made when a key is first asked for */
    size_t count;
    bool parsed;
};

static const char magic[] = "atomloom keys 1\n";

/* Where this pipeline is remembered: its place on disk stands for it, so a copy has a history of
 * its own. */
void history_folder(const char *path, char out[33])
{
    char whole[PATH_MAX], hex[65];
    if (realpath(path, whole)) path = whole;
    digest d = sha256_of(path, strlen(path));
    snprintf(out, 33, "%.32s", digest_text(&d, hex));
}

static void folder(const plan *p, char out[33])
{
    history_folder(p->graph->path ? p->graph->path : "", out);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->name, ((const entry *)b)->name);
}

/* None, or one of another form, counts as one that never ran; so do entries there is no memory for.
 */
static void parse(history *h)
{
    assert(!h->parsed && !h->entry);
    size_t at = sizeof magic - 1, room = 0;
    if (h->size < at || memcmp(h->bytes, magic, at) != 0) at = h->size;
    while (at < h->size) {
        const char *end = memchr(h->bytes + at, 0, h->size - at);
        if (!end || (size_t)(h->bytes + h->size - end) < 1 + sizeof(digest)) break;
        if (h->count == room) {
            entry *bigger = realloc(h->entry, (room = room ? 2 * room : 256) * sizeof *bigger);
            if (!bigger) break;
            h->entry = bigger;
        }
        h->entry[h->count++] = (entry){ h->bytes + at, (const digest *)(const void *)(end + 1) };
        at = (size_t)(end - h->bytes) + 1 + sizeof(digest);
    }
    if (h->count) qsort(h->entry, h->count, sizeof *h->entry, by_name);
    h->parsed = true;
}

history *history_open(const plan *p, error *e)
{
    history *h = calloc(1, sizeof *h);
    char dir[33];
    text bytes = { 0 };
    folder(p, dir);
    if (h && store_note_read(p->store, dir, "keys", &bytes)) {
        h->size = bytes.length;
        h->bytes = text_take(&bytes);
    }
    text_free(&bytes);
    if (!h) error_memory(e, "the keys of the last run");
    return h;
}

void history_free(history *h)
{
    if (!h) return;
    free(h->bytes);
    free(h->entry);
    free(h);
}

const digest *history_key(history *h, const char *instance)
{
    assert(instance);
    if (!h->parsed) parse(h);
    const entry wanted = { instance, NULL };
    const entry *found =
        h->count ? bsearch(&wanted, h->entry, h->count, sizeof *h->entry, by_name) : NULL;
    return found ? found->key : NULL;
}

/* The keys of what this pipeline does not keep, one after another. */
static void write_passing(const plan *p, const char *dir)
{
    text now = { 0 }, before = { 0 };
    for (int32_t i = 0; i < p->graph->instance_count; i++) {
        bool kept = !p->graph->nodes[p->graph->instances[i].node].passing;
        for (int32_t o = p->first_output[i]; o < p->first_output[i + 1]; o++) kept |= p->wanted[o];
        if (!kept && p->step[i].has_key) text_add(&now, p->step[i].key.byte, sizeof(digest));
    }
    store_note_read(p->store, dir, "passing", &before);
    bool same =
        now.length == before.length && (!now.length || !memcmp(now.data, before.data, now.length));
    if (!now.failed && !same) store_note_write(p->store, dir, "passing", now.data, now.length);
    text_free(&now);
    text_free(&before);
}

typedef struct search {
    const store *store;
    const digest *key;
    char own[33];
    bool kept;
} search;

static bool holds(const text *t, const digest *key)
{
    for (size_t at = 0; at + sizeof *key <= t->length; at++)
        if (!memcmp(t->data + at, key, sizeof *key)) return true;
    return false;
}

static bool look_in(void *user, const char *dir)
{
    search *s = user;
    text keys = { 0 }, passing = { 0 };
    if (!strcmp(dir, s->own)) return true;
    if (store_note_read(s->store, dir, "keys", &keys) && holds(&keys, s->key)) {
        store_note_read(s->store, dir, "passing", &passing);
        s->kept = !holds(&passing, s->key);
    }
    text_free(&keys);
    text_free(&passing);
    return !s->kept;
}

bool history_kept_elsewhere(const plan *p, const digest *key)
{
    assert(key);
    search s = { .store = p->store, .key = key };
    folder(p, s.own);
    return !store_note_folders(p->store, look_in, &s) || s.kept;
}

void history_write(history *h, const plan *p)
{
    char dir[33];
    text now = { 0 };
    text_puts(&now, magic);
    for (int32_t i = 0; i < p->graph->instance_count; i++) {
        const char *name = p->graph->instances[i].name;
        const digest *key =
            p->step[i].state == PLAN_CACHED ? &p->step[i].key : history_key(h, name);
        if (!key) continue;
        text_add(&now, name, strlen(name) + 1);
        text_add(&now, key, sizeof *key);
    }
    if (!now.failed && (now.length != h->size || memcmp(now.data, h->bytes, h->size) != 0)) {
        folder(p, dir);
        write_passing(p, dir); /* first: what is in both is not kept */
        store_note_write(p->store, dir, "keys", now.data, now.length);
    }
    text_free(&now);
}

/* Names of instances hold brackets and values; a digest of them is a safe file name. */
static void failure_name(const plan *p, int32_t i, char out[48])
{
    assert(i >= 0 && i < p->graph->instance_count);
    char hex[65];
    const char *name = p->graph->instances[i].name;
    digest d = sha256_of(name, strlen(name));
    snprintf(out, 48, "%.32s.log", digest_text(&d, hex));
}

void history_put_failure(const plan *p, int32_t i, const char *log)
{
    char name[48], dir[33];
    folder(p, dir);
    failure_name(p, i, name);
    if (log) store_note_write(p->store, dir, name, log, strlen(log));
    else store_note_remove(p->store, dir, name);
}

bool history_get_failure(const plan *p, int32_t i, text *out)
{
    char name[48], dir[33];
    folder(p, dir);
    failure_name(p, i, name);
    return store_note_read(p->store, dir, name, out);
}
