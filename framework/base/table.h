/* base/table.h - an open-addressed table from 64-bit tags to items, for look-ups in the millions
 * per second. */
#ifndef ATOMLOOM_BASE_TABLE_H
#define ATOMLOOM_BASE_TABLE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise. Tags are uniform already (the first 8 bytes of a SHA-256, or mixed): the low
 * bits choose the slot. Items are borrowed. Items with equal tags are told apart by `same(item,
 * key)`. */
typedef struct table {
    uint64_t *tag;
    const void **item;
    size_t capacity, count;
} table;
typedef bool table_same(const void *item, const void *key);

/* The item of `key`, NULL where there is none. [any thread, while nobody changes the table] */
const void *table_find(const table *t, uint64_t tag, table_same *same, const void *key);
/* Adds `item`, or replaces the one with the same key. False when out of memory. */
bool table_put(table *t, uint64_t tag, const void *item, table_same *same, const void *key);
void table_free(table *t); /* back to zero-initialised */
#endif
