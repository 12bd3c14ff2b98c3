/* pipeline/assign.c - the parameters of a node -> checked parameter sets, shared wherever they are
 * equal. */
#include "pipeline/reader.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- one value ------------------------------------------------------------------------------- */

/* What stands for the parameter at a point. */
static const tree *setting_tree(const reader *r, const setting *given, const int32_t *at)
{
    assert(given->axis < r->axis_count);
    return given->axis < 0 ? given->value : r->axes[given->axis].swept[at ? at[given->axis] : 0];
}

static bool setting_evaluate(reader *r, const part *p, const setting *given, const int32_t *at,
                             evaluated *out)
{
    scope *s = given->axis < 0 ? p->scope : r->axes[given->axis].scope;
    if (!evaluate(r, s, setting_tree(r, given, at), at, out)) return false;
    if (given->axis >= 0) out->axes |= AXIS_BIT(given->axis);
    return true;
}

/* The item of a list that is wrong by itself, for its place; the whole value otherwise. */
static span wrong_item(const param_set *set, int row, const tree *value, const evaluated *v)
{
    assert(row >= 0 && row < set->count);
    param_set *scratch = params_copy(set, NULL);
    span at = value->at;
    for (int64_t i = 0; scratch && value->kind == TREE_LIST && i < v->count && i < value->count;
         i++)
        if (!params_assign(scratch, row, &v->item[i], 1, false, NULL)) {
            at = value->item[i]->at;
            break;
        }
    params_free(scratch);
    return at;
}

/* Give `set` the value of a row at a point; false after reporting. */
static bool assign(reader *r, part *p, param_set *set, int row, const setting *given,
                   const int32_t *at)
{
    assert(row >= 0 && row < set->count);
    error e = { 0 };
    evaluated v;
    const loom_param *param = &set->op->params[row];
    const tree *value = setting_tree(r, given, at);
    if (value->reported || !setting_evaluate(r, p, given, at, &v)) return false;
    bool splits = is_list_kind(param->kind)
                  || (param->kind == LOOM_NUMBERS && value->text && strpbrk(value->text, ",["));
    if (given->from_command && !v.is_list && splits) { /* "1, 2" */
        value = literal_list(r, value->text, value->at);
        if (!value || !evaluate(r, p->scope, value, at, &v)) return false;
    }
    if (is_file_kind(param->kind) && !paths_resolve(r, p, set->op, row, value, &v)) return false;
    if (params_assign(set, row, v.item, v.count, v.is_list, &e)) return true;
    complain(r, v.is_list ? wrong_item(set, row, value, &v) : value->at, *e.todo ? e.todo : NULL,
             "%s", e.message);
    return false;
}

/* ---- a node's table -------------------------------------------------------------------------- */

static param_set *keep_set(reader *r, param_set *set, error *e)
{
    assert(r->set_count <= r->set_room);
    if (!set) {
        if (e->status == LOOM_E_MEMORY) longjmp(*r->memory->unwind, 1);
        return NULL;
    }
    if (r->set_count == r->set_room) {
        int32_t room = r->set_room ? 2 * r->set_room : 64;
        param_set **sets = realloc(r->sets, (size_t)room * sizeof *sets);
        if (!sets) {
            params_free(set);
            longjmp(*r->memory->unwind, 1);
        }
        r->sets = sets;
        r->set_room = room;
    }
    return r->sets[r->set_count++] = set;
}

/* The defaults of an op: made once, shared by every node that changes none. */
static param_set *defaults_of(reader *r, const loom_op *op)
{
    assert(op && op->id);
    int32_t k = names_find(&r->defaults, op->id);
    if (k >= 0) return r->sets[k];
    error e = { 0 };
    param_set *set = keep_set(r, params_new(op, &e), &e);
    if (set) names_put(&r->defaults, op->id, r->set_count - 1);
    return set;
}

static const char *doc_line(reader *r, const loom_op *op, const loom_param *row)
{
    return say(r, "%s of %s: %s%s%s%s", row->name, op->id, row->doc, row->unit ? " [" : "",
               row->unit ? row->unit : "", row->unit ? "]" : "");
}

static void unknown_param(reader *r, const part *p, const loom_op *op, const setting *given)
{
    const char *known[256];
    int n = params_rows(op) < 256 ? params_rows(op) : 256;
    for (int i = 0; i < n; i++) known[i] = op->params[i].name;
    if (p->op_swapped && !given->from_command) {
        warn(r, given->at, say(r, "remove it from the file if %s stays", op->id),
             "%s has no parameter '%s'; it is ignored", op->id, given->name);
        mark_used(r, p->scope, given->value);
        return;
    }
    int near = nearest_word(given->name, known, n);
    const char *hint =
        near >= 0 ? say(r, "did you mean '%s'? %s", known[near], doc_line(r, op, &op->params[near]))
        : n       ? suggest(r, given->name, known, n, "its parameters")
                  : "it has no parameters";
    complain(r, given->at, hint, "%s has no parameter '%s'", op->id, given->name);
}

/* The row of a setting that counts; -1 when told. `taken`: the setting of every row so far. */
static int row_of(reader *r, part *p, const loom_op *op, const setting *given,
                  const setting **taken)
{
    bool renamed;
    int row = params_find(op, given->name, &renamed);
    if (row < 0) {
        unknown_param(r, p, op, given);
        return -1;
    }
    if (renamed)
        warn(r, given->at, say(r, "write %s", op->params[row].name),
             "parameter '%s' of %s is now called '%s'", given->name, op->id, op->params[row].name);
    if (taken[row] && !given->from_command) {
        complain(r, given->at, say(r, "remove '%s'", given->name),
                 "parameter '%s' is given twice, also as '%s'", op->params[row].name,
                 taken[row]->name);
        return -1;
    }
    return row;
}

/* Does its value change along an axis? False when the value is wrong (told). */
static bool find_axes(reader *r, part *p, const setting *given, axis_set *axes)
{
    evaluated v;
    if (given->axis < 0 && tree_is_null(given->value)) {
        complain(r, given->at,
                 "give it a value, or remove it to use the default; '' is an empty text",
                 "parameter '%s' has no value", given->name);
        return false;
    }
    if (!setting_evaluate(r, p, given, NULL, &v)) return false;
    *axes = v.axes;
    return true;
}

/* The variables and axes that the value just evaluated is made of. */
static graph_uses uses_of(reader *r, const setting *given, axis_set axes)
{
    assert(r->looked_count <= MAX_LOOKED);
    graph_uses uses = { .axes = given->axis < 0 ? axes : 0 };
    if (given->axis >= 0 || !r->looked_count) return uses;
    uses.count = r->looked_count;
    uses.var = arena_copy(r->kept, r->looked, (size_t)r->looked_count * sizeof *r->looked);
    return uses;
}

static void check_required(reader *r, part *p, const loom_op *op, const setting **taken)
{
    const tree *params = tree_get(p->body, "params");
    span at = params ? key_at(p->body, "params") : p->op_at;
    for (int i = 0; i < params_rows(op) && !p->params_told; i++)
        if ((op->params[i].flags & LOOM_REQUIRED) && !taken[i])
            complain(r, at, doc_line(r, op, &op->params[i]),
                     "node '%s' needs parameter '%s' of %s, which has no default", p->name,
                     op->params[i].name, op->id);
}

static void make_varying_sets(reader *r, part *p, variant *v)
{
    assert(!v->sets);
    int32_t at[MAX_AXES] = { 0 };
    int64_t n = point_count(r, v->param_axes);
    if (n > MAX_INSTANCES) return; /* told where instances are counted */
    v->sets = arena_take(r->memory, (size_t)n * sizeof *v->sets);
    for (int64_t i = 0; i < n; i++) {
        error e = { 0 };
        point_of(r, v->param_axes, i, at);
        v->sets[i] = keep_set(r, params_copy(v->base, &e), &e);
        for (int32_t k = 0; k < v->varying_count; k++)
            if (!v->varying[k].failed)
                v->varying[k].failed =
                    !assign(r, p, v->sets[i], v->varying[k].row, v->varying[k].given, at);
    }
}

void params_check(reader *r, part *p, variant *v)
{
    assert(v->op && !v->base);
    error e = { 0 };
    const loom_op *op = v->op->op;
    int rows = params_rows(op);
    const setting **taken = arena_take(r->memory, (size_t)rows * sizeof *taken);
    v->param_at = arena_take(r->kept, (size_t)rows * sizeof *v->param_at);
    v->param_uses = arena_take(r->kept, (size_t)rows * sizeof *v->param_uses);
    v->base = defaults_of(r, op);
    if (!v->base) return;
    for (const setting *given = p->settings; given; given = given->next) {
        int row = row_of(r, p, op, given, taken);
        if (row >= 0) taken[row] = given;
    }
    check_required(r, p, op, taken);
    bool own = false;
    for (int i = 0; i < rows; i++) {
        axis_set axes = 0;
        if (!taken[i]) continue;
        v->param_at[i] = taken[i]->axis >= 0 ? taken[i]->at.at : taken[i]->value->at.at;
        if (!find_axes(r, p, taken[i], &axes)) continue;
        v->param_uses[i] = uses_of(r, taken[i], axes);
        if (axes) {
            if (!v->varying) v->varying = arena_take(r->memory, (size_t)rows * sizeof *v->varying);
            v->varying[v->varying_count++] =
                (row_value){ .row = i, .given = taken[i], .axes = axes };
            v->param_axes |= axes;
            continue;
        }
        if (!own) v->base = keep_set(r, params_copy(v->base, &e), &e);
        own = true;
        assign(r, p, v->base, i, taken[i], NULL);
    }
    if (v->varying_count) make_varying_sets(r, p, v);
}

param_set *params_at(const reader *r, const variant *v, const int32_t *at)
{
    assert(v->sets || v->base);
    return v->sets ? v->sets[point_index(r, v->param_axes, at)] : v->base;
}
