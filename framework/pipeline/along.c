/* pipeline/along.c - variables that follow an axis:
 *   vars: {rate: {along: particle, values: {cold: 0, hot: 3}}}
 * has one value for each point of the axis, found by the axis' own value, so that neither --only
 * nor another order changes what belongs to what. */
#include "pipeline/reader.h"
#include <assert.h>
#include <string.h>

static int32_t axis_of(const reader *r, const variable *v)
{
    assert(v->axis < 0 || !v->along);
    return v->along && v->along->kind == TREE_SCALAR
               ? axis_in_scope(r, v->scope, v->along->text, strlen(v->along->text))
               : -1;
}

static const tree *value_for(const variable *v, const char *point)
{
    for (int32_t i = 0; i < v->values->count; i++)
        if (same_value(v->values->key[i]->text, point)) return v->values->item[i];
    return NULL;
}

const tree *along_value(const reader *r, const variable *v, const int32_t *at, axis_set *axes)
{
    int32_t k = axis_of(r, v);
    if (k < 0 || !v->values || v->values->kind != TREE_MAP || !r->axes[k].value) return NULL;
    *axes |= AXIS_BIT(k);
    return value_for(v, r->axes[k].value[at ? at[k] : 0]);
}

/* Every point has a value, and every value a point. */
static void check_points(reader *r, const variable *v, const axis *a)
{
    assert(v->values->kind == TREE_MAP && a->value);
    for (int32_t i = 0; i < a->count; i++)
        if (!value_for(v, a->value[i]))
            complain(r, v->values->at, say(r, "add %s: VALUE", a->value[i]),
                     "variable '%s' has no value for %s = %s", v->name, a->name, a->value[i]);
    for (int32_t i = 0; i < v->values->count; i++) {
        const char *key = v->values->key[i]->text, *known[64];
        int n = 0;
        bool found = false;
        for (int32_t k = 0; k < a->count; k++) {
            found |= same_value(key, a->value[k]);
            if (n < 64) known[n++] = a->value[k];
        }
        if (value_for(v, key) != v->values->item[i])
            complain(r, v->values->key[i]->at, "remove one of them",
                     "variable '%s' has two values for %s = %s", v->name, a->name, key);
        else if (!found)
            complain(r, v->values->key[i]->at, suggest(r, key, known, n, "its values"),
                     "axis '%s' has no value '%s'", a->name, key);
    }
}

void along_check(reader *r, const variable *v)
{
    const char *example = "as in {along: particle, values: {cold: 0, hot: 3}}";
    if (!v->along || !v->values) {
        complain(r, (v->along ? v->along : v->values)->at, example,
                 "variable '%s' has `%s:` but no `%s:`", v->name, v->along ? "along" : "values",
                 v->along ? "values" : "along");
        return;
    }
    const char *name = want_text(r, v->along, "the axis that a variable follows");
    if (v->values->kind != TREE_MAP) {
        complain(r, v->values->at, example,
                 "values of variable '%s' is %s, expected a mapping from values of the axis",
                 v->name, tree_kind_text(v->values));
        return;
    }
    int32_t k = axis_of(r, v);
    if (name && k < 0) axis_unknown(r, v->scope, v->along->at, name);
    if (k < 0 || !r->axes[k].value) return;
    check_points(r, v, &r->axes[k]);
}
