/* yaml/yaml_map.c - the keys of a map, see yaml.h: none twice, merge keys, and what YAML takes for
 * one key but nobody meant so. */
#include "base/number.h"
#include "yaml/inside.h"
#include "yaml/syntax.h"
#include <string.h>

enum { FEW_KEYS = 16 };

static tree *find_key(reading *r, key_set *keys, const char *name)
{
    assert(r->stack_count >= keys->first && (r->stack_count - keys->first) % 2 == 0);
    size_t pairs = (r->stack_count - keys->first) / 2;
    if (pairs <= FEW_KEYS) {
        for (size_t i = 0; i < pairs; i++)
            if (!strcmp(r->stack[keys->first + 2 * i]->text, name))
                return r->stack[keys->first + 2 * i];
        return NULL;
    }
    if (!keys->table.count)
        for (size_t i = 0; i < pairs; i++)
            names_put(&keys->table, r->stack[keys->first + 2 * i]->text, (int32_t)i);
    int32_t k = names_find(&keys->table, name);
    return k >= 0 ? r->stack[keys->first + 2 * (size_t)k] : NULL;
}

static void add_pair(reading *r, key_set *keys, tree *key, tree *value)
{
    if (keys->table.count)
        names_put(&keys->table, key->text, (int32_t)((r->stack_count - keys->first) / 2));
    reading_push(r, key);
    reading_push(r, value);
}

void map_merge(reading *r, key_set *keys, const tree *value)
{
    if (value->kind == TREE_MAP) {
        for (int32_t i = 0; i < value->count; i++)
            if (!find_key(r, keys, value->key[i]->text))
                add_pair(r, keys, value->key[i], value->item[i]);
    } else if (value->kind == TREE_LIST) {
        for (int32_t i = 0; i < value->count; i++) {
            if (value->item[i]->kind == TREE_MAP) map_merge(r, keys, value->item[i]);
            else
                reading_tell(r, value->item[i]->at, "as in <<: [*first, *second]",
                             "a merge key takes mappings");
        }
    } else
        reading_tell(r, value->at, "as in <<: *defaults",
                     "a merge key takes a mapping or a list of mappings");
}

/* `{sigma:1.0}` and `{sigma = 1.0}`: one word to YAML, whose value is nothing. Taken apart after it
 * was reported. */
static bool split_word(reading *r, tree *key, tree *value)
{
    assert(key->kind == TREE_SCALAR);
    const char *name, *given, *hint = syntax_one_word(r->memory, key->text, &name, &given);
    if (!hint) return false;
    reading_tell(r, key->at, hint,
                 arena_printf(r->memory, "'%s' is not a key with a value", key->text));
    *value = (tree){ .kind = TREE_SCALAR, .weight = 1, .at = key->at, .text = given };
    key->text = name;
    return true;
}

/* `{dose: 300,000}`: to YAML the end of one entry and a second one. True after reporting. */
static bool is_split_number(reading *r, const key_set *keys, const tree *key)
{
    tree *last = r->stack_count > keys->first ? r->stack[r->stack_count - 1] : NULL;
    char advice[160], *number;
    if (!last || last->kind != TREE_SCALAR || key->text[strspn(key->text, "0123456789.eE")]
        || last->at.at.line != key->at.at.line
        || last->at.at.column + last->at.length + 1 != key->at.at.column)
        return false;
    number = arena_printf(r->memory, "%s,%s", last->text, key->text);
    if (!number_advice(number, NULL, advice, sizeof advice)) return false;
    reading_tell(r, (span){ last->at.at, last->at.length + 1 + key->at.length },
                 arena_printf(r->memory, "%s", advice),
                 arena_printf(r->memory, "'%s' is two entries: a comma ends the first", number));
    last->reported = true;
    return true;
}

static void keep_merge(reading *r, tree *merged, tree *value)
{
    tree **item = arena_take(r->memory, (size_t)(merged->count + 1) * sizeof *item);
    if (merged->count) memcpy(item, merged->item, (size_t)merged->count * sizeof *item);
    item[merged->count++] = value;
    merged->item = item;
}

void map_take_pair(reading *r, key_set *keys, const tree *map, tree *merged, tree *key, tree *value)
{
    assert(key->kind == TREE_SCALAR);
    if (!strcmp(key->text, "<<") && !key->quoted) {
        keep_merge(r, merged, value);
        return;
    }
    if (map->flow && !key->quoted && tree_is_null(value) && !*value->text) {
        if (!split_word(r, key, value) && is_split_number(r, keys, key)) return;
    }
    if (syntax_odd_blank(key->text))
        reading_tell(r, key->at, "replace it with an ordinary blank",
                     "a character that looks like a blank but is not one");
    const tree *twin = find_key(r, keys, key->text);
    if (!twin) add_pair(r, keys, key, value);
    else
        reading_tell(r, key->at, "remove or rename one of them",
                     arena_printf(r->memory, "'%s' is given twice; first at line %d, column %d",
                                  key->text, twin->at.at.line, twin->at.at.column));
}
