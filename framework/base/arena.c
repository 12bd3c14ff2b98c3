/* base/arena.c - see arena.h */
#include "base/arena.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 16 << 10, LARGEST_BLOCK = 1 << 20 };

typedef struct arena_block {
    struct arena_block *next;
    size_t used, size;
} arena_block;

arena *arena_new(void) { return calloc(1, sizeof(arena)); }

void arena_free(arena *a)
{
    if (!a) return;
    for (arena_block *b = a->block; b;) {
        arena_block *next = b->next;
        free(b);
        b = next;
    }
    free(a);
}

static arena_block *grow(arena *a, size_t bytes)
{
    assert(!a->block || a->block->used <= a->block->size);
    size_t size = a->block ? 2 * a->block->size : FIRST_BLOCK;
    if (size > LARGEST_BLOCK) size = LARGEST_BLOCK;
    if (size < bytes) size = bytes;
    /* large ones arrive zeroed from the system */
    arena_block *b = bytes < SIZE_MAX - sizeof *b ? calloc(1, sizeof *b + size) : NULL;
    if (!b) {
        if (a->unwind) longjmp(*a->unwind, 1);
        return NULL;
    }
    *b = (arena_block){ .next = a->block, .size = size };
    a->block = b;
    a->bytes += size;
    return b;
}

void *arena_take(arena *a, size_t bytes)
{
    size_t need = (bytes + 7) & ~(size_t)7;
    arena_block *b = a->block;
    if (!b || b->size - b->used < need || need < bytes) b = grow(a, need < bytes ? SIZE_MAX : need);
    if (!b) return NULL;
    void *p = (char *)(b + 1) + b->used;
    b->used += need;
    assert(b->used <= b->size);
    return p;
}

void *arena_copy(arena *a, const void *from, size_t bytes)
{
    assert(from || !bytes);
    void *p = arena_take(a, bytes);
    return p && bytes ? memcpy(p, from, bytes) : p;
}

void *arena_room(arena *a, void *array, int32_t count, int32_t *room, size_t item_bytes)
{
    assert(count >= 0 && count <= *room && item_bytes);
    if (count < *room) return array;
    int32_t more = *room ? 2 * *room : 16;
    void *grown = arena_take(a, (size_t)more * item_bytes);
    if (!grown) return NULL;
    if (count) memcpy(grown, array, (size_t)count * item_bytes);
    *room = more;
    return grown;
}

char *arena_text(arena *a, const char *s, size_t length)
{
    assert(s || !length);
    char *p = arena_take(a, length + 1);
    if (p) memcpy(p, s, length);
    return p;
}

char *arena_vprintf(arena *a, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    assert(n >= 0);
    char *p = arena_take(a, n < 0 ? 1 : (size_t)n + 1);
    if (p && n > 0) vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return p;
}

char *arena_printf(arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *p = arena_vprintf(a, format, args);
    va_end(args);
    return p;
}

/* ---- names ----------------------------------------------------------------------------------- */

typedef struct name_slot {
    const char *name;
    uint32_t hash;
    int32_t index;
} name_slot;

static uint32_t name_hash(const char *s, size_t length) /* FNV-1a */
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < length; i++) h = (h ^ (unsigned char)s[i]) * 16777619u;
    return h;
}

/* The slot that holds the name, or the empty one where it would go. `capacity` is a power of two,
 * never full. */
static name_slot *slot_of(const names *n, const char *name, size_t length, uint32_t hash)
{
    assert(n->count < n->capacity && !(n->capacity & (n->capacity - 1)));
    for (uint32_t i = hash;; i++) {
        name_slot *s = &n->slot[i & (n->capacity - 1)];
        if (!s->name || (s->hash == hash && !strncmp(s->name, name, length) && !s->name[length]))
            return s;
    }
}

int32_t names_find_part(const names *n, const char *name, size_t length)
{
    assert(name && strnlen(name, length) == length);
    if (!n->capacity) return -1;
    const name_slot *s = slot_of(n, name, length, name_hash(name, length));
    return s->name ? s->index : -1;
}

int32_t names_find(const names *n, const char *name)
{
    return names_find_part(n, name, strlen(name));
}

static void resize(names *n, uint32_t capacity)
{
    assert(n->memory && capacity > n->count);
    names old = *n;
    n->capacity = capacity;
    n->slot = arena_take(n->memory, capacity * sizeof *n->slot);
    for (uint32_t i = 0; i < old.capacity; i++)
        if (old.slot[i].name)
            *slot_of(n, old.slot[i].name, strlen(old.slot[i].name), old.slot[i].hash) = old.slot[i];
}

void names_reserve(names *n, uint32_t count)
{
    uint32_t capacity = 16;
    while (capacity < 2 * count) capacity *= 2;
    assert(!(capacity & (capacity - 1)));
    if (capacity > n->capacity) resize(n, capacity);
}

void names_put(names *n, const char *name, int32_t index)
{
    assert(name && index >= 0);
    if (2 * (n->count + 1) > n->capacity) resize(n, n->capacity ? 2 * n->capacity : 16);
    size_t length = strlen(name);
    uint32_t hash = name_hash(name, length);
    name_slot *s = slot_of(n, name, length, hash);
    n->count += !s->name;
    *s = (name_slot){ name, hash, index };
}
