/* pipeline/declared.c - axes and variables as a file declares them. */
#include "pipeline/reader.h"
#include <assert.h>

#define COUNT(a) (int)(sizeof(a) / sizeof *(a))

void axis_read(reader *r, scope *s, const tree *key, const tree *t)
{
    static const char *const known[] = { "values", "unit", "doc" };
    if (!want_name(r, key, "an axis", false)) return;
    axis a = { .name = say(r, "%s%s", s->prefix, key->text),
               .unit = "",
               .doc = "",
               .at = key->at,
               .from = t,
               .scope = s };
    if (t->kind == TREE_MAP) {
        keys_check(r, t, known, COUNT(known), "an axis");
        const char *unit = want_text(r, tree_get(t, "unit"), "the unit"),
                   *doc = want_text(r, tree_get(t, "doc"), "the documentation");
        if (unit) a.unit = unit;
        if (doc) a.doc = doc;
        a.from = tree_get(t, "values");
    }
    if (!a.from || a.from->kind != TREE_LIST || !a.from->count) {
        complain(r, a.from ? a.from->at : key->at, say(r, "as in %s: [0, 30, 60]", key->text),
                 "axis '%s' needs a list of at least one value", key->text);
        return;
    }
    if (r->axis_count == MAX_AXES) {
        complain(r, key->at, "vary several parameters along one axis", "more than %d axes",
                 MAX_AXES);
        return;
    }
    names_put(&s->axis_of, key->text, r->axis_count);
    r->axes[r->axis_count++] = a;
}

void variable_read(reader *r, scope *s, const tree *key, const tree *t)
{
    static const char *const known[] = { "default", "unit", "doc",   "choices",
                                         "min",     "max",  "along", "values" };
    if (!want_name(r, key, "a variable", false)) return;
    if (names_find(&s->axis_of, key->text) >= 0) {
        complain(r, key->at, "rename one of them", "'%s' is an axis already", key->text);
        return;
    }
    variable *v = arena_take(r->memory, sizeof *v);
    *v = (variable){ .name = key->text,
                     .full = say(r, "%s%s", s->prefix, key->text),
                     .unit = "",
                     .doc = "",
                     .at = key->at,
                     .value = t,
                     .scope = s,
                     .axis = -1 };
    if (t->kind == TREE_MAP) {
        keys_check(r, t, known, COUNT(known), "a variable");
        const char *unit = want_text(r, tree_get(t, "unit"), "the unit"),
                   *doc = want_text(r, tree_get(t, "doc"), "the documentation");
        if (unit) v->unit = unit;
        if (doc) v->doc = doc;
        v->value = tree_get(t, "default");
        v->choices = tree_get(t, "choices");
        v->min = tree_get(t, "min");
        v->max = tree_get(t, "max");
        v->along = tree_get(t, "along");
        v->values = tree_get(t, "values");
        if (v->value && (v->along || v->values))
            complain(r, key->at, "remove `default`, or `along` and `values`",
                     "variable '%s' has one value for all points and one for each", v->name);
        if (v->choices && v->choices->kind != TREE_LIST)
            complain(r, v->choices->at, "as in choices: [low, high]",
                     "choices is %s, expected a list", tree_kind_text(v->choices));
    }
    if (v->value && tree_is_null(v->value)) v->value = NULL;
    r->variables = arena_room(r->memory, r->variables, r->variable_count, &r->variable_room,
                              sizeof *r->variables);
    names_put(&s->variable_of, key->text, r->variable_count);
    r->variables[r->variable_count++] = v;
}
