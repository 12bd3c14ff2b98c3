/* yaml/tree.c - trees as they grow, and what is asked of them; see yaml.h. */
#include "yaml/inside.h"
#include <stdlib.h>
#include <string.h>

bool reading_push(reading *r, tree *t)
{
    assert(r->stack_count <= r->stack_room);
    if (!t) return false;
    if (r->stack_count == r->stack_room) {
        size_t room = r->stack_room ? 2 * r->stack_room : 256;
        tree **stack = realloc(r->stack, room * sizeof *stack);
        if (!stack) longjmp(*r->memory->unwind, 1);
        r->stack = stack;
        r->stack_room = room;
    }
    r->stack[r->stack_count++] = t;
    return true;
}

bool tree_is_null(const tree *t)
{
    return t->kind == TREE_SCALAR && !t->quoted
           && (!*t->text || !strcmp(t->text, "~") || !strcmp(t->text, "null"));
}

const tree *tree_get(const tree *map, const char *key)
{
    for (int32_t i = 0; map->kind == TREE_MAP && i < map->count; i++)
        if (!strcmp(map->key[i]->text, key)) return map->item[i];
    return NULL;
}

const char *tree_kind_text(const tree *t)
{
    return t->kind == TREE_LIST ? "a list" : t->kind == TREE_MAP ? "a mapping" : "a text";
}
