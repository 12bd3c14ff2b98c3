/* plugin/script_tables.c - ports, parameters and citations of an op's description, as the tables
 * that an op in C has; see script_inside.h. What the tables must hold is op_check's to say. */
#include "plugin/script_inside.h"
#include "base/text.h"
#include "plugin/params.h"
#include <assert.h>
#include <string.h>

/* ---- ports ----------------------------------------------------------------------------------- */

bool script_ports(script_reading *r, const tree *map, const loom_port **out)
{
    static const char *const keys[] = { "type", "doc", "optional", "list", "fresh", NULL };
    int32_t n = map && map->kind == TREE_MAP ? map->count : 0;
    if (map && map->kind != TREE_MAP && !tree_is_null(map))
        return script_wrong(r, map->at, "as in {image: {type: volume, doc: a density}}",
                            "inputs and outputs are ports by name, found %s", tree_kind_text(map));
    loom_port *port = arena_take(r->memory, ((size_t)n + 1) * sizeof *port);
    for (int32_t i = 0; i < n; i++) {
        loom_port *p = &port[i];
        const tree *t = map->item[i];
        p->name = map->key[i]->text;
        if (!script_keys(r, t, "a port", keys) || !script_get_text(r, t, "type", &p->type)
            || !script_get_text(r, t, "doc", &p->doc)
            || !script_get_flag(r, t, "optional", LOOM_OPTIONAL, &p->flags)
            || !script_get_flag(r, t, "list", LOOM_LIST, &p->flags)
            || !script_get_flag(r, t, "fresh", LOOM_FRESH, &p->flags))
            return false;
    }
    *out = port;
    return true;
}

/* ---- parameters ------------------------------------------------------------------------------ */

/* Room for any member of a parameter struct: nobody reads the struct of such an op by its layout,
 * but binding fills it. */
enum { MEMBER_BYTES = 32 };
_Static_assert(sizeof(loom_numbers) <= MEMBER_BYTES, "every kind fits");

static bool read_kind(script_reading *r, const tree *map, const char *name, loom_kind *out)
{
    const tree *t = tree_get(map, "kind");
    if (!t || t->kind != TREE_SCALAR)
        return script_wrong(r, t ? t->at : map->at,
                            "real, int, bool, choice, string, path, reals, "
                            "ints, strings, paths or numbers",
                            "parameter '%s' needs a kind", name);
    for (int k = 0; k < LOOM_KIND_COUNT; k++)
        if (!strcmp(kind_name((loom_kind)k), t->text)) {
            *out = (loom_kind)k;
            return true;
        }
    return script_wrong(r, t->at,
                        "real, int, bool, choice, string, path, reals, ints, strings, paths or "
                        "numbers",
                        "unknown kind '%s'", t->text);
}

/* As in a table in C: "1, 2, 3". */
static const char *joined(script_reading *r, const tree *list)
{
    assert(list->kind == TREE_LIST);
    char *all = "";
    for (int32_t i = 0; i < list->count; i++)
        all = arena_printf(r->memory, "%s%s%s", all, i ? ", " : "",
                           list->item[i]->text ? list->item[i]->text : "");
    return all;
}

static bool read_choice(script_reading *r, const tree *t, loom_param *row)
{
    assert(row->kind == LOOM_CHOICE && t->kind == TREE_SCALAR);
    for (int k = 0; row->choices && row->choices[k]; k++)
        if (!strcmp(row->choices[k], t->text)) {
            row->def = k;
            return true;
        }
    return script_wrong(r, t->at, "the default is one of the choices", "no choice '%s'", t->text);
}

/* A parameter without a default is one that must be given. */
static bool read_default(script_reading *r, const tree *map, loom_param *row)
{
    const tree *t = tree_get(map, "default");
    bool list = is_list_kind(row->kind) || row->kind == LOOM_NUMBERS;
    if (!t) {
        row->flags |= LOOM_REQUIRED;
        return true;
    }
    if (t->kind == TREE_MAP || (t->kind == TREE_LIST && !list))
        return script_wrong(r, t->at, NULL, "the default of '%s' is %s, expected a %s", row->name,
                            tree_kind_text(t), kind_text(row->kind));
    if (list) {
        bool empty = tree_is_null(t) || (t->kind == TREE_LIST && !t->count);
        if (row->kind == LOOM_NUMBERS && !empty)
            return script_wrong(r, t->at, "the program has one of its own for []",
                                "'%s' has no default but []: it is of kind numbers", row->name);
        if (!empty) row->text = t->kind == TREE_LIST ? joined(r, t) : t->text;
        return true;
    }
    uint32_t yes = 0;
    switch (row->kind) {
    case LOOM_CHOICE: return read_choice(r, t, row);
    case LOOM_BOOL:
        if (!script_get_flag(r, map, "default", 1, &yes)) return false;
        row->def = yes;
        return true;
    case LOOM_STRING:
    case LOOM_PATH: row->text = tree_is_null(t) ? "" : t->text; return true;
    default: return script_get_number(r, map, "default", &row->def);
    }
}

static bool read_bounds(script_reading *r, const tree *map, loom_param *row)
{
    bool number = row->kind == LOOM_REAL || row->kind == LOOM_INT || row->kind == LOOM_REALS
                  || row->kind == LOOM_INTS || row->kind == LOOM_NUMBERS;
    const tree *min = tree_get(map, "min"), *max = tree_get(map, "max");
    if (!min && !max) return true;
    if (!number)
        return script_wrong(r, (min ? min : max)->at, "remove it",
                            "'%s' is no number and has no %s", row->name, min ? "min" : "max");
    if (!min != !max)
        return script_wrong(r, (min ? min : max)->at, "give both min and max",
                            "'%s' has a %s but no %s", row->name, min ? "min" : "max",
                            min ? "max" : "min");
    return script_get_number(r, map, "min", &row->min)
           && script_get_number(r, map, "max", &row->max);
}

static bool read_level(script_reading *r, const tree *map, loom_param *row)
{
    const char *level = "basic";
    if (!script_get_text(r, map, "level", &level)) return false;
    if (!strcmp(level, "advanced")) row->flags |= LOOM_ADVANCED;
    else if (strcmp(level, "basic") != 0)
        return script_wrong(r, tree_get(map, "level")->at, NULL,
                            "level is basic or advanced, found '%s'", level);
    return true;
}

static bool read_param(script_reading *r, const tree *map, loom_param *row)
{
    static const char *const keys[] = { "kind",      "default", "min",          "max",
                                        "choices",   "unit",    "doc",          "level",
                                        "no_effect", "length",  "renamed_from", NULL };
    double length = -1;
    if (!script_keys(r, map, "a parameter", keys) || !read_kind(r, map, row->name, &row->kind)
        || !script_get_words(r, map, "choices", &row->choices, NULL)
        || !script_get_words(r, map, "renamed_from", &row->renamed_from, NULL)
        || !script_get_text(r, map, "unit", &row->unit)
        || !script_get_text(r, map, "doc", &row->doc)
        || !script_get_flag(r, map, "no_effect", LOOM_NO_EFFECT, &row->flags)
        || !script_get_number(r, map, "length", &length) || !read_level(r, map, row)
        || !read_bounds(r, map, row) || !read_default(r, map, row))
        return false;
    if (tree_get(map, "length")) {
        if (!(length >= 0 && length <= PARAM_MAX_LENGTH) || length != (double)(int)length)
            return script_wrong(r, tree_get(map, "length")->at, NULL,
                                "length is a whole number from 0 to %d", PARAM_MAX_LENGTH);
        row->flags |= LOOM_LENGTH((int)length);
    }
    return true;
}

bool script_params(script_reading *r, const tree *map, loom_op *op)
{
    int32_t n = map && map->kind == TREE_MAP ? map->count : 0;
    if (map && map->kind != TREE_MAP && !tree_is_null(map))
        return script_wrong(r, map->at, "as in {size: {kind: int, default: 3, doc: width}}",
                            "params are parameters by name, found %s", tree_kind_text(map));
    loom_param *table = arena_take(r->memory, ((size_t)n + 1) * sizeof *table);
    for (int32_t i = 0; i < n; i++) {
        table[i] = (loom_param){ .size = sizeof *table,
                                 .name = map->key[i]->text,
                                 .offset = (uint32_t)i * MEMBER_BYTES };
        if (!read_param(r, map->item[i], &table[i])) return false;
    }
    assert(n >= 0 && !table[n].name);
    op->params = table;
    op->params_size = (size_t)n * MEMBER_BYTES;
    return true;
}

/* ---- citations ------------------------------------------------------------------------------- */

static bool read_citation(script_reading *r, const tree *t, loom_citation *c)
{
    static const char *const keys[] = { "doi",   "authors", "title",     "journal", "volume",
                                        "pages", "book",    "publisher", "year",    NULL };
    assert(!c->size);
    double year = 0;
    *c = (loom_citation){ .size = sizeof *c };
    if (!script_keys(r, t, "a citation", keys)) return false;
    const char **text_of[] = { &c->doi,    &c->authors, &c->title, &c->journal,
                               &c->volume, &c->pages,   &c->book,  &c->publisher };
    for (size_t k = 0; k < sizeof text_of / sizeof *text_of; k++)
        if (!script_get_text(r, t, keys[k], text_of[k])) return false;
    if (!script_get_number(r, t, "year", &year)) return false;
    if (year < 0 || year > 9999)
        return script_wrong(r, t->at, NULL, "a year has four digits, found %g", year);
    c->year = (int32_t)year;
    return true;
}

bool script_citations(script_reading *r, const tree *list, const loom_citation **out)
{
    int32_t n = list->kind == TREE_LIST ? list->count : 0;
    loom_citation *table = arena_take(r->memory, ((size_t)n + 1) * sizeof *table);
    for (int32_t i = 0; i < n; i++)
        if (!read_citation(r, list->item[i], &table[i])) return false;
    *out = table;
    return true;
}
