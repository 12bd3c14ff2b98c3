/* plugin/registry.c - see registry.h; the search side. scan.c fills a registry from directories. */
#include "plugin/scan.h"
#include "base/arena.h"
#include "base/text.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct registry {
    op_entry *op; /* sorted by id after registry_finish */
    size_t count, room;
    /* hash table: 1 + index into `op`, 0 for a free slot; a power of two of them, at most half full
     */
    uint32_t *slot;
    size_t slots;
    plugin_refusal *refusal;
    size_t refusals, refusal_room;
    struct arena *memory; /* NULL until it is asked for */
    void **owned;
    size_t owned_count, owned_room;
};

/* `list` with room for one more item of `bytes` bytes, growing by doubling; NULL when out of memory
 * (`list` stays as it was). */
static void *grow(void *list, size_t count, size_t *room, size_t bytes, error *e)
{
    assert(count <= *room);
    if (count < *room) return list;
    size_t more = *room ? 2 * *room : 64;
    void *bigger = realloc(list, more * bytes);
    if (bigger) *room = more;
    else error_memory(e, "the list of ops");
    return bigger;
}

registry *registry_new(error *e)
{
    registry *r = calloc(1, sizeof *r);
    if (!r) error_memory(e, "the list of ops");
    return r;
}

void registry_close(registry *r)
{
    if (!r) return;
    for (size_t i = 0; i < r->owned_count; i++) free(r->owned[i]);
    arena_free(r->memory);
    free(r->owned);
    free(r->refusal);
    free(r->slot);
    free(r->op);
    free(r);
}

bool registry_own(registry *r, void *memory, error *e)
{
    if (!memory) return error_memory(e, "the list of ops");
    void **bigger = grow(r->owned, r->owned_count, &r->owned_room, sizeof *r->owned, e);
    if (!bigger) {
        free(memory);
        return false;
    }
    r->owned = bigger;
    r->owned[r->owned_count++] = memory;
    return true;
}

arena *registry_memory(registry *r, error *e)
{
    assert(!r->slot /* before registry_finish */);
    if (!r->memory && !(r->memory = arena_new())) error_memory(e, "the list of ops");
    return r->memory;
}

static const char *own_text(registry *r, const char *s, error *e)
{
    char *copy = strdup(s);
    return registry_own(r, copy, e) ? copy : NULL;
}

bool registry_refuse(registry *r, const char *path, const char *reason, const char *todo, error *e)
{
    plugin_refusal refusal = { own_text(r, path, e), own_text(r, reason, e),
                               own_text(r, todo ? todo : "", e) };
    if (!refusal.path || !refusal.reason || !refusal.todo) return false;
    plugin_refusal *bigger = grow(r->refusal, r->refusals, &r->refusal_room, sizeof *r->refusal, e);
    if (!bigger) return false;
    r->refusal = bigger;
    r->refusal[r->refusals++] = refusal;
    return true;
}

bool registry_add(registry *r, const plugin_file *file, const loom_plugin *plugin, error *e)
{
    assert(!r->slot && plugin->ops /* before registry_finish */);
    for (const loom_op *const *op = plugin->ops; *op; op++) {
        const op_entry *first = NULL;
        for (size_t i = 0; i < r->count && !first; i++)
            if (!strcmp(r->op[i].op->id, (*op)->id)) first = &r->op[i];
        if (first) {
            char reason[512];
            snprintf(reason, sizeof reason, "its op '%s' is shadowed by the one of %s", (*op)->id,
                     first->file->path);
            if (!registry_refuse(
                    r, file->path, reason,
                    "remove one of the two, or change the order of the plugin directories", e))
                return false;
            continue;
        }
        op_entry *bigger = grow(r->op, r->count, &r->room, sizeof *r->op, e);
        if (!bigger) return false;
        r->op = bigger;
        r->op[r->count++] = (op_entry){ *op, file };
    }
    return true;
}

static int by_id(const void *a, const void *b)
{
    const op_entry *x = a, *y = b;
    return strcmp(x->op->id, y->op->id);
}

static uint32_t hash_text(const char *s)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (; *s; s++) h = (h ^ (unsigned char)*s) * 16777619u;
    return h;
}

bool registry_finish(registry *r, error *e)
{
    assert(!r->slot);
    if (r->count) qsort(r->op, r->count, sizeof *r->op, by_id);
    for (r->slots = 16; r->slots < 2 * r->count;) r->slots *= 2;
    r->slot = calloc(r->slots, sizeof *r->slot);
    if (!r->slot) return error_memory(e, "the list of ops");
    assert(!(r->slots & (r->slots - 1)));
    for (size_t i = 0; i < r->count; i++) {
        size_t at = hash_text(r->op[i].op->id) & (r->slots - 1);
        while (r->slot[at]) at = (at + 1) & (r->slots - 1);
        r->slot[at] = (uint32_t)i + 1;
    }
    return true;
}

const op_entry *registry_find(const registry *r, const char *id)
{
    assert(r->slot && id);
    for (size_t at = hash_text(id) & (r->slots - 1); r->slot[at]; at = (at + 1) & (r->slots - 1)) {
        const op_entry *entry = &r->op[r->slot[at] - 1];
        if (!strcmp(entry->op->id, id)) return entry;
    }
    return NULL;
}

const op_entry *registry_at(const registry *r, size_t index)
{
    return index < r->count ? &r->op[index] : NULL;
}
const plugin_refusal *registry_refusal_at(const registry *r, size_t index)
{
    return index < r->refusals ? &r->refusal[index] : NULL;
}

const plugin_refusal *registry_refusal_of(const registry *r, const char *id)
{
    size_t n = strlen(id);
    for (size_t i = 0; n && i < r->refusals; i++) {
        const char *slash = strrchr(r->refusal[i].path, '/'),
                   *file = slash ? slash + 1 : r->refusal[i].path;
        if (!strncmp(file, id, n) && (!strcmp(file + n, ".so") || !strcmp(file + n, ".op.yaml")))
            return &r->refusal[i];
    }
    return NULL;
}

/* By the whole id, else by the part after the dot: a wrong family is a likely mistake. */
const char *registry_nearest(const registry *r, const char *id)
{
    const char **word = calloc(r->count + 1, sizeof *word);
    if (!word) return NULL;
    for (size_t i = 0; i < r->count; i++) word[i] = r->op[i].op->id;
    int at = nearest_word(id, word, (int)r->count);
    if (at < 0) {
        const char *dot = strchr(id, '.'), *name = dot ? dot + 1 : id;
        for (size_t i = 0; i < r->count; i++) word[i] = strchr(r->op[i].op->id, '.') + 1;
        at = nearest_word(name, word, (int)r->count);
    }
    free(word);
    return at < 0 ? NULL : r->op[at].op->id;
}

const op_entry *registry_writer(const registry *r, const char *type, const char *extension)
{
    assert(type && extension);
    for (size_t i = 0; i < r->count; i++) {
        const loom_op *op = r->op[i].op;
        if (op->writes_type && !strcmp(op->writes_type, type)
            && !strcmp(op->writes_extension, extension))
            return &r->op[i];
    }
    return NULL;
}

registry *registry_of(const loom_op *const *ops, size_t n, error *e)
{
    assert(ops || !n);
    static const plugin_file in_memory = {
        .path = "(in memory)", .name = "in memory", .version = "0", .licence = "none"
    };
    registry *r = registry_new(e);
    bool good = r != NULL;
    for (size_t i = 0; good && i < n; i++) {
        const loom_op *const one[] = { ops[i], NULL };
        const loom_plugin plugin = { .name = "in memory", .ops = one };
        good = registry_add(r, &in_memory, &plugin, e);
    }
    if (good && registry_finish(r, e)) return r;
    registry_close(r);
    return NULL;
}
