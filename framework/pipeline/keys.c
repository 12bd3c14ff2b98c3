/* pipeline/keys.c - the keys of mappings and what stands at them: the right kind of thing, or what
 * to write in its place. */
#include "pipeline/reader.h"
#include "yaml/syntax.h"
#include <assert.h>
#include <ctype.h>
#include <string.h>

/* A letter, then letters, digits and '_'; `dashes`: and '-'. */
static bool is_name(const char *s, bool dashes)
{
    if (!isalpha((unsigned char)*s)) return false;
    for (; *s; s++)
        if (!isalnum((unsigned char)*s) && *s != '_' && !(dashes && *s == '-')) return false;
    return true;
}

span key_at(const tree *map, const char *key)
{
    assert(map->kind == TREE_MAP);
    for (int32_t i = 0; i < map->count; i++)
        if (!strcmp(map->key[i]->text, key)) return map->key[i]->at;
    return map->at;
}

bool is_among(const char *const *known, int n, const char *word)
{
    assert(known || !n);
    for (int i = 0; i < n; i++)
        if (!strcmp(known[i], word)) return true;
    return false;
}

void keys_check_hinted(reader *r, const tree *map, const char *const *known, int n,
                       const char *what, key_hint *hinted)
{
    assert(map->kind == TREE_MAP);
    for (int32_t i = 0; i < map->count; i++) {
        const char *key = map->key[i]->text, *hint;
        if (is_among(known, n, key)) continue;
        hint = hinted ? hinted(r, map, key, map->item[i]) : NULL;
        complain(r, map->key[i]->at, hint ? hint : suggest(r, key, known, n, "known keys"),
                 "unknown key '%s' in %s", key, what);
    }
}

void keys_check(reader *r, const tree *map, const char *const *known, int n, const char *what)
{
    keys_check_hinted(r, map, known, n, what, NULL);
}

/* How what stands there becomes a mapping: a list of `- key: value`, [key: value], or key:value
 * without a blank. */
static const char *map_hint(reader *r, const tree *t, const char *example)
{
    const char *name, *value,
        *hint = t->kind == TREE_SCALAR && !t->quoted
                    ? syntax_one_word(r->memory, t->text, &name, &value)
                    : NULL;
    bool pairs = t->kind == TREE_LIST && t->count;
    for (int32_t i = 0; pairs && i < t->count; i++) pairs = t->item[i]->kind == TREE_MAP;
    if (hint) return hint;
    if (!pairs) return say(r, "as in %s", example);
    return t->flow ? say(r, "write { } in place of [ ], as in %s", example)
                   : say(r, "remove the '- ', as in %s", example);
}

const tree *want_map(reader *r, const tree *t, const char *what, const char *example)
{
    if (!t || tree_is_null(t)) return NULL;
    if (t->kind == TREE_MAP) return t;
    complain(r, t->at, map_hint(r, t, example), "%s is %s, expected a mapping", what,
             tree_kind_text(t));
    return NULL;
}

bool is_wrong_map(const tree *t) { return t && t->kind != TREE_MAP && !tree_is_null(t); }

const char *want_text(reader *r, const tree *t, const char *what)
{
    if (!t || (t->kind == TREE_SCALAR && !tree_is_null(t))) return t ? t->text : NULL;
    complain(r, t->at, NULL, "%s is %s, expected a text", what,
             t->kind == TREE_SCALAR ? "empty" : tree_kind_text(t));
    return NULL;
}

bool want_name(reader *r, const tree *key, const char *what, bool dashes)
{
    assert(key->kind == TREE_SCALAR);
    size_t n = strlen(key->text);
    if (is_name(key->text, dashes) && n <= LOOM_MAX_NAME) return true;
    if (is_name(key->text, dashes)) {
        complain(r, key->at, "names become parts of file names; `doc:` has room for more",
                 "the name of %s has %zu characters, more than %d", what, n, LOOM_MAX_NAME);
        return false;
    }
    complain(
        r, key->at,
        say(r, "names are a letter followed by letters, digits%s and '_'", dashes ? ", '-'" : ""),
        "'%s' cannot be the name of %s", key->text, what);
    return false;
}
