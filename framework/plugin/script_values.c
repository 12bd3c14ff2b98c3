/* plugin/script_values.c - what the keys of an op's description hold, checked; see
 * script_inside.h */
#include "plugin/script_inside.h"
#include "base/number.h"
#include "base/text.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool script_wrong(script_reading *r, span at, const char *hint, const char *format, ...)
{
    char message[768];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (!at.at.line) return error_set(r->e, LOOM_E_PARAM, hint, "%s: %s", r->path, message);
    return error_set(r->e, LOOM_E_PARAM, hint, "%s:%d:%d: %s", r->path, at.at.line, at.at.column,
                     message);
}

static bool unknown_key(script_reading *r, const tree *map, int32_t i, const char *what,
                        const char *const *keys, int n)
{
    const char *key = map->key[i]->text, *hint = keys[0];
    int near = nearest_word(key, keys, n);
    for (int k = 1; k < n; k++) hint = arena_printf(r->memory, "%s, %s", hint, keys[k]);
    hint = arena_printf(r->memory, "it has %s", hint);
    if (near >= 0) hint = arena_printf(r->memory, "did you mean '%s'?", keys[near]);
    else if (map->flow && tree_is_null(map->item[i]))
        hint = "inside { } a comma ends a text: put a text that has one in quotes";
    return script_wrong(r, map->key[i]->at, hint, "%s has no key '%s'", what, key);
}

bool script_keys(script_reading *r, const tree *map, const char *what, const char *const *keys)
{
    assert(*keys);
    int n = 0;
    while (keys[n]) n++;
    if (map->kind != TREE_MAP)
        return script_wrong(r, map->at, arena_printf(r->memory, "as in {%s: ...}", keys[0]),
                            "%s has keys with values, found %s", what, tree_kind_text(map));
    for (int32_t i = 0; i < map->count; i++) {
        int k = 0;
        while (k < n && strcmp(keys[k], map->key[i]->text) != 0) k++;
        if (k == n) return unknown_key(r, map, i, what, keys, n);
    }
    return true;
}

static bool need_text(script_reading *r, const tree *t, const char *key)
{
    return t->kind == TREE_SCALAR
           || script_wrong(r, t->at, NULL, "%s is a text, found %s", key, tree_kind_text(t));
}

bool script_get_text(script_reading *r, const tree *map, const char *key, const char **out)
{
    const tree *t = tree_get(map, key);
    if (!t || tree_is_null(t)) return true;
    if (!need_text(r, t, key)) return false;
    assert(t->text);
    size_t n = strlen(t->text);
    while (n && t->text[n - 1] == '\n') n--; /* the end of a block */
    *out = arena_text(r->memory, t->text, n);
    return true;
}

bool script_get_number(script_reading *r, const tree *map, const char *key, double *out)
{
    const tree *t = tree_get(map, key);
    if (!t) return true;
    if (!need_text(r, t, key)) return false;
    return number_read(t->text, out)
           || script_wrong(r, t->at, NULL, "%s is a number, found '%s'", key, t->text);
}

bool script_get_flag(script_reading *r, const tree *map, const char *key, uint32_t flag,
                     uint32_t *out)
{
    const tree *t = tree_get(map, key);
    if (!t) return true;
    if (!need_text(r, t, key)) return false;
    bool yes = !strcmp(t->text, "true");
    if (!yes && strcmp(t->text, "false") != 0)
        return script_wrong(r, t->at, NULL, "%s is true or false, found '%s'", key, t->text);
    *out = yes ? *out | flag : *out & ~flag;
    return true;
}

bool script_get_words(script_reading *r, const tree *map, const char *key, const char *const **out,
                      int32_t *count)
{
    assert(out && key);
    const tree *t = tree_get(map, key);
    if (!t) return true;
    if (t->kind != TREE_LIST || !t->count)
        return script_wrong(r, t->at, arena_printf(r->memory, "as in %s: [first, second]", key),
                            "%s is a list, found %s", key,
                            t->kind == TREE_LIST ? "an empty one" : tree_kind_text(t));
    const char **word = arena_take(r->memory, ((size_t)t->count + 1) * sizeof *word);
    for (int32_t i = 0; i < t->count; i++) {
        if (t->item[i]->kind != TREE_SCALAR)
            return script_wrong(r, t->item[i]->at, "put it in quotes",
                                "%s is a list of texts, found %s", key, tree_kind_text(t->item[i]));
        word[i] = t->item[i]->text;
    }
    *out = word;
    if (count) *count = t->count;
    return true;
}
