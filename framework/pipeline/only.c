/* pipeline/only.c - --only AXIS=V,...: which points of the axes are asked for. The others stay in
 * the graph, since what is asked for may refer to them (the stage before, a fixed point); gathers
 * [*], outputs and panels leave them out. */
#include "pipeline/reader.h"
#include <assert.h>
#include <string.h>

bool point_left_out(const reader *r, axis_set axes, const int32_t *at)
{
    for (int32_t k = 0; r->narrowed && k < r->axis_count; k++)
        if ((axes & AXIS_BIT(k)) && r->axes[k].left_out && r->axes[k].left_out[at[k]]) return true;
    return false;
}

/* The axis that an option names; NULL after reporting. */
static axis *axis_given(reader *r, const override *g)
{
    assert(r->axis_count <= MAX_AXES);
    const char *known[MAX_AXES];
    for (int32_t i = 0; i < r->axis_count; i++) {
        if (!strcmp(r->axes[i].name, g->name)) return &r->axes[i];
        known[i] = r->axes[i].name;
    }
    complain(r, g->name_at,
             r->axis_count ? suggest(r, g->name, known, r->axis_count, "axes")
                           : "the file declares no axes",
             "unknown axis '%s'", g->name);
    return NULL;
}

static void keep_value(reader *r, axis *a, const tree *t)
{
    assert(a->left_out);
    int32_t i = t->kind == TREE_SCALAR ? value_index(a, t->text) : -1;
    if (i >= 0) a->left_out[i] = false;
    else if (t->kind == TREE_SCALAR)
        complain(r, t->at, suggest(r, t->text, a->value, a->count, "its values"),
                 "axis '%s' has no value '%s'", a->name, t->text);
    else
        complain(r, t->at, "as in --only minutes=30,60", "%s is no value of an axis",
                 tree_kind_text(t));
}

static void narrow(reader *r, const char *s)
{
    override g;
    axis *a = override_split(r, "--only", s, &g) ? axis_given(r, &g) : NULL;
    const tree *values = a && a->value ? literal_list(r, g.value, g.value_at) : NULL;
    if (!values) return;
    if (a->left_out)
        complain(r, g.name_at, "give all values in one --only", "'%s' is narrowed twice", g.name);
    else if (!values->count)
        complain(r, g.value_at, "as in --only minutes=30,60", "no value of '%s' is given", g.name);
    if (a->left_out || !values->count) return;
    a->left_out = arena_take(r->memory, (size_t)a->count * sizeof *a->left_out);
    memset(a->left_out, true, (size_t)a->count * sizeof *a->left_out);
    for (int32_t i = 0; i < values->count; i++) keep_value(r, a, values->item[i]);
    r->narrowed = true;
}

void only_apply(reader *r)
{
    const graph_options *o = r->options;
    for (const char *const *s = o ? o->only : NULL; s && *s; s++) narrow(r, *s);
}

void only_check(reader *r)
{
    const char *const *s = r->options ? r->options->only : NULL;
    if (!r->narrowed || r->out->output_count) return;
    const char *file = keep(r, say(r, "--only %s", *s));
    complain(r, (span){ { file, 0, 1 }, (int)strlen(*s) },
             "what gathers over an axis needs a point of it that has a value: give more values",
             "no output is left");
}
