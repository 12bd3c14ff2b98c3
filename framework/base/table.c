/* base/table.c - see table.h */
#include "base/table.h"
#include <assert.h>
#include <stdlib.h>

static size_t slot_of(const table *t, uint64_t tag, table_same *same, const void *key)
{
    assert(t->count < t->capacity && !(t->capacity & (t->capacity - 1)));
    size_t i = tag & (t->capacity - 1);
    while (t->item[i] && !(t->tag[i] == tag && same(t->item[i], key)))
        i = (i + 1) & (t->capacity - 1);
    return i;
}

const void *table_find(const table *t, uint64_t tag, table_same *same, const void *key)
{
    return t->capacity ? t->item[slot_of(t, tag, same, key)] : NULL;
}

static bool table_grow(table *t)
{
    table bigger = { .capacity = t->capacity ? 2 * t->capacity : 256 };
    bigger.tag = malloc(bigger.capacity * sizeof *bigger.tag);
    bigger.item = calloc(bigger.capacity, sizeof *bigger.item);
    if (!bigger.tag || !bigger.item) {
        table_free(&bigger);
        return false;
    }
    for (size_t k = 0; k < t->capacity; k++) {
        if (!t->item[k]) continue;
        size_t i = t->tag[k] & (bigger.capacity - 1);
        assert(bigger.capacity > t->count);
        while (bigger.item[i]) i = (i + 1) & (bigger.capacity - 1);
        bigger.tag[i] = t->tag[k];
        bigger.item[i] = t->item[k];
    }
    bigger.count = t->count;
    table_free(t);
    *t = bigger;
    return true;
}

bool table_put(table *t, uint64_t tag, const void *item, table_same *same, const void *key)
{
    assert(item); /* an empty slot is NULL */
    if (4 * (t->count + 1) > 3 * t->capacity && !table_grow(t)) return false;
    size_t i = slot_of(t, tag, same, key);
    t->count += !t->item[i];
    t->tag[i] = tag;
    t->item[i] = item;
    return true;
}

void table_free(table *t)
{
    free(t->tag);
    free((void *)t->item);
    *t = (table){ 0 };
}
