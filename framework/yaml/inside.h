/* yaml/inside.h - a reading under way, for the files that build the tree (yaml.c, yaml_map.c,
 * tree.c). */
#ifndef ATOMLOOM_YAML_INSIDE_H
#define ATOMLOOM_YAML_INSIDE_H
#include "yaml/yaml.h"
#include <assert.h>
#include <yaml.h>

typedef struct reading {
    arena *memory;
    const source *from;
    const char *masked;    /* its text as libyaml has it */
    const place *value_at; /* where a single value stands on a command line; NULL for a file */
    yaml_problem *problem;
    void *user;
    yaml_parser_t parser;
    yaml_event_t event; /* the one under way; deleted before the next */
    bool have_event, stopped;
    tree **stack; /* children under way, malloc'ed */
    size_t stack_count, stack_room;
    names anchors;
    tree **anchored;
    int32_t anchor_count, anchor_room;
} reading;

/* A tree under way, on the stack of children; false where there is none. */
bool reading_push(reading *r, tree *t);
/* Reports a problem that does not end the reading. */
static inline void reading_tell(const reading *r, span at, const char *hint, const char *message)
{
    r->problem(r->user, at, hint, message);
}

/* Keys of a map while it is read: a hash only where there are many. The pairs are the last of the
 * stack, from `first` on. */
typedef struct key_set {
    names table;
    size_t first;
} key_set;

/* One pair was read: taken into the map under way, or put with `merged` (<<), or reported. */
void map_take_pair(reading *r, key_set *keys, const tree *map, tree *merged, tree *key,
                   tree *value);
/* `<<: map` or `<<: [map, map]`: keys that are not given otherwise. */
void map_merge(reading *r, key_set *keys, const tree *value);
#endif
