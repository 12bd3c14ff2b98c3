/* pipeline/variables.c - what axes and variables must keep: values that can be used, in range, used
 * at all. */
#include "pipeline/reader.h"
#include "base/show.h"
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* No value is empty or there twice; 1 and 1.0 are one value. */
static void check_points(reader *r, const axis *a)
{
    names seen = { .memory = r->memory };
    for (int32_t i = 0; i < a->count; i++) {
        char number[32];
        double v;
        const char *value =
            number_read(a->value[i], &v) ? say(r, "%s", number_text(v, number)) : a->value[i];
        span at =
            a->from->kind == TREE_LIST && i < a->from->count ? a->from->item[i]->at : a->from->at;
        if (!*value) complain(r, at, NULL, "value %d of axis '%s' is empty", i + 1, a->name);
        else if (show_changes(value))
            complain(r, at, "values of axes become names: write them without control characters",
                     "axis '%s' has the value '%s'", a->name, value);
        else if (names_find(&seen, value) >= 0)
            complain(r, at, "remove one of them", "axis '%s' has the value '%s' twice", a->name,
                     a->value[i]);
        names_put(&seen, value, i);
    }
}

void axes_evaluate(reader *r)
{
    for (int32_t k = 0; k < r->axis_count; k++) {
        axis *a = &r->axes[k];
        evaluated v;
        if (a->value) continue; /* of a sweep */
        int errors = r->errors;
        bool good = evaluate(r, a->scope, a->from, NULL, &v);
        /* failed and told nobody: an axis that has no values yet */
        if (!good && r->errors > errors) continue;
        if (!good || v.axes) {
            complain(r, a->from->at, "write the values out",
                     "the values of axis '%s' depend on an axis", a->name);
            continue;
        }
        a->value = v.item;
        a->count = (int32_t)v.count;
        check_points(r, a);
    }
}

/* "2 to 3", "2 or more", "at most 3". */
static const char *range_text(reader *r, const tree *min, const tree *max)
{
    assert(min || max);
    if (min && max) return say(r, "%s to %s", min->text, max->text);
    return min ? say(r, "%s or more", min->text) : say(r, "at most %s", max->text);
}

static bool bound(reader *r, const variable *v, const tree *t, const char *what, double *out)
{
    if (t->kind == TREE_SCALAR && number_read(t->text, out)) return true;
    complain(r, t->at, NULL, "%s of variable '%s' is not a number", what, v->name);
    return false;
}

static void check_range(reader *r, const variable *v, const tree *t, const char *s)
{
    assert(s);
    double value = 0, low = -INFINITY, high = INFINITY;
    if (!v->min && !v->max) return;
    if ((v->min && !bound(r, v, v->min, "min", &low))
        || (v->max && !bound(r, v, v->max, "max", &high)))
        return;
    const char *hint = say(r, "%s%s%s%s%s%s", v->name, *v->doc ? ": " : "", v->doc,
                           *v->unit ? " [" : "", v->unit, *v->unit ? "]" : "");
    number_status status = number_parse(s, &value);
    char advice[160] = "";
    if (status == NUMBER_NONE) {
        bool given = number_advice(s, v->unit, advice, sizeof advice);
        complain(r, t->at, given ? say(r, "%s; %s", advice, hint) : hint,
                 "variable '%s' is '%s', expected a number", v->name, s);
    } else if (status != NUMBER_READ || value < low || value > high)
        complain(r, t->at, hint, "variable '%s' is '%s', expected %s", v->name, s,
                 range_text(r, v->min, v->max));
}

static void check_choices(reader *r, const variable *v, const tree *t, const char *s)
{
    const char *known[64];
    int n = 0;
    for (int32_t i = 0;
         v->choices && v->choices->kind == TREE_LIST && i < v->choices->count && n < 64; i++)
        if (v->choices->item[i]->kind == TREE_SCALAR) {
            known[n++] = v->choices->item[i]->text;
            if (same_value(known[n - 1], s)) return;
        }
    if (n)
        complain(r, t->at, suggest(r, s, known, n, "choices"),
                 "variable '%s' is '%s', which is not one of its choices", v->name, s);
}

static void check_value(reader *r, variable *v, const tree *t)
{
    assert(!v->busy);
    evaluated value;
    v->busy = true;
    bool good = evaluate(r, v->scope, t, NULL, &value);
    v->busy = false;
    for (int64_t k = 0; good && k < value.count; k++) {
        check_range(r, v, t, value.item[k]);
        check_choices(r, v, t, value.item[k]);
    }
}

static void check_values(reader *r, variable *v)
{
    if (v->value) check_value(r, v, v->value);
    else if (v->along || v->values) {
        along_check(r, v);
        for (int32_t k = 0; v->values && v->values->kind == TREE_MAP && k < v->values->count; k++)
            check_value(r, v, v->values->item[k]);
    } else
        complain(r, v->at,
                 say(r, "give it with --var %s=...%s%s", v->full, *v->doc ? "; " : "", v->doc),
                 "variable '%s' has no value", v->name);
}

void variables_check(reader *r)
{
    bool *used = arena_take(r->memory, (size_t)r->variable_count);
    /* by the axes, and where a --set stands in */
    for (int32_t i = 0; i < r->variable_count; i++) used[i] = r->variables[i]->used;
    for (int32_t i = 0; i < r->variable_count; i++)
        if (r->variables[i]->axis < 0) check_values(r, r->variables[i]);
    /* being part of another variable is not use ... */
    for (int32_t i = 0; i < r->variable_count; i++) r->variables[i]->used = used[i];
}

void mark_used(reader *r, const scope *s, const tree *value)
{
    assert(value);
    for (int32_t i = 0; value->kind == TREE_LIST && i < value->count; i++)
        mark_used(r, s, value->item[i]);
    const char *c = value->kind == TREE_SCALAR ? strstr(value->text, "${") : NULL;
    while (c && *c) {
        size_t n = name_length(c);
        int32_t v = n ? names_find_part(&s->variable_of, c, n) : -1;
        if (v >= 0) r->variables[v]->used = true;
        c += n ? n : 1;
    }
}

/* ... but being part of a used one is: looked at again when that one is evaluated for a parameter.
 */
void unused_report(reader *r)
{
    for (int32_t i = 0; i < r->variable_count; i++)
        if (!r->variables[i]->used)
            warn(r, r->variables[i]->at, "remove it, or use it as ${...}",
                 "variable '%s' is not used", r->variables[i]->name);
    for (int32_t i = 0; i < r->axis_count; i++)
        if (!r->axes[i].used)
            warn(r, r->axes[i].at, "name it in `over:` of a node, or use its value as ${...}",
                 "nothing repeats over axis '%s'", r->axes[i].name);
}
