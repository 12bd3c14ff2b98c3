/* pipeline/check.c - every node against its op: ports, types, an order without cycles, and the axes it repeats over. */
#include "pipeline/reader.h"
#include <atomloom/types.h>
#include <string.h>

/* ---- ops -------------------------------------------------------------------------------------------------------------- */

/* A plugin file named after the op that was refused; NULL where there is none. */
static const plugin_refusal *refused(const registry *ops, const char *id)
{
    const plugin_refusal *p;
    size_t n = strlen(id);
    for (size_t i = 0; (p = registry_refusal_at(ops, i)); i++) {
        const char *slash = strrchr(p->path, '/'), *file = slash ? slash + 1 : p->path;
        if (!strncmp(file, id, n) && !strcmp(file + n, ".so")) return p;
    }
    return NULL;
}

static const op_entry *find_op(reader *r, const char *id, span at)
{
    const op_entry *found = registry_find(r->ops, id);
    if (found) return found;
    const plugin_refusal *plugin = refused(r->ops, id);
    if (plugin) {
        complain(r, at, say(r, "%s was refused: %s; `atomloom doctor` says more", plugin->path, plugin->reason), "op '%s' cannot be used", id);
        return NULL;
    }
    const char *near = registry_nearest(r->ops, id);
    const op_entry *entry = near ? registry_find(r->ops, near) : NULL;
    if (entry) complain(r, at, say(r, "did you mean '%s'? %s", near, entry->op->summary), "unknown op '%s'", id);
    else complain(r, at, "`atomloom ops` lists the ops; `atomloom doctor` says why a plugin was refused", "unknown op '%s'", id);
    return NULL;
}

static void find_variants(reader *r, part *p)
{
    evaluated v = { 0 };
    p->variant_count = p->op_axis >= 0 ? r->axes[p->op_axis].count : 1;
    p->variants = arena_take(r->memory, (size_t)p->variant_count * sizeof *p->variants);
    if (p->op_axis >= 0) {
        for (int32_t i = 0; i < p->variant_count; i++) p->variants[i].op = find_op(r, r->axes[p->op_axis].value[i], p->op_at);
        return;
    }
    if (!p->op_value || !evaluate(r, p->scope, p->op_value, NULL, &v)) return;
    if (v.is_list || v.axes) complain(r, p->op_at, "--sweep NODE.op=a,b runs a node with several ops", "an op is one name, the same at every point of the axes");
    else p->variants[0].op = find_op(r, v.item[0], p->op_at);
}

/* ---- ports and types -------------------------------------------------------------------------------------------------- */

const loom_port *port_of(const loom_port *ports, const char *name, int32_t *index)
{
    for (int32_t i = 0; ports && ports[i].name; i++)
        if (!strcmp(ports[i].name, name)) {
            if (index) *index = i;
            return &ports[i];
        }
    return NULL;
}

static const char *suggest_port(reader *r, const char *name, const loom_port *ports, const char *label)
{
    const char *known[64] = { 0 };
    int n = 0;
    for (; ports && ports[n].name && n < 64; n++) known[n] = ports[n].name;
    int near = nearest_word(name, known, n);
    if (near >= 0) return say(r, "did you mean '%s'? %s [%s]", known[near], ports[near].doc, ports[near].type);
    return n ? suggest(r, name, known, n, label) : say(r, "%s: none", label);
}

void type_check(reader *r, span at, const char *type)
{
    static const char *const known[] = {
#define X(name, doc) name,
        LOOM_TYPE_NAMES(X)
#undef X
        "any"
    };
    int n = (int)(sizeof known / sizeof *known);
    for (int i = 0; i < n; i++)
        if (!strcmp(known[i], type)) return;
    if (!strchr(type, '.')) complain(r, at, suggest(r, type, known, n, "types"), "unknown type '%s'", type);
}

static bool type_fits(const char *wanted, const char *got) { return !strcmp(wanted, "any") || !strcmp(wanted, got); }

/* "a.b, c.d turn atoms into volume": ops that would stand between. NULL where there are none. */
static const char *converters(reader *r, const char *from, const char *to)
{
    text all = { 0 };
    int found = 0;
    for (size_t i = 0; registry_at(r->ops, i) && found < 4; i++) {
        const loom_op *op = registry_at(r->ops, i)->op;
        bool takes = false, gives = false;
        for (const loom_port *p = op->inputs; p && p->name; p++) takes |= !strcmp(p->type, from);
        for (const loom_port *p = op->outputs; p && p->name; p++) gives |= !strcmp(p->type, to);
        if (takes && gives) text_printf(&all, "%s%s", found++ ? ", " : "", op->id);
    }
    const char *s = found ? say(r, "%s make%s %s from %s", all.data, found == 1 ? "s" : "", to, from) : NULL;
    text_free(&all);
    return s;
}

static const char *type_hint(reader *r, const char *lead, const char *from, const char *to)
{
    const char *via = converters(r, from, to);
    return via ? say(r, "%s; %s", lead, via) : lead;
}

/* The op's own line about a port. */
static const char *port_line(reader *r, const loom_op *op, const loom_port *port)
{
    return say(r, "%s of %s: %s [%s]", port->name, op->id, port->doc, port->type);
}

/* One wire into one port of one op. */
static void check_type(reader *r, const part *consumer, const loom_op *op, const loom_port *port, const wire *l)
{
    const part *producer = r->parts[l->part];
    if (l->declared && !type_fits(port->type, l->declared)) {
        complain(r, l->at, type_hint(r, port_line(r, op, port), l->declared, port->type), "input '%s' of '%s' takes %s, but '%s' is declared as %s", port->name, consumer->name, port->type, l->written, l->declared);
        return;
    }
    for (int32_t i = 0; i < producer->variant_count; i++) {
        const op_entry *from = producer->variants[i].op;
        const loom_port *out = from ? port_of(from->op->outputs, l->port, NULL) : NULL;
        const char *wanted = l->declared && strcmp(l->declared, "any") ? l->declared : port->type;
        if (!out || type_fits(wanted, out->type)) continue;
        complain(r, l->at, type_hint(r, port_line(r, op, port), out->type, wanted), "input '%s' of '%s' takes %s, but '%s' is %s", port->name, consumer->name, wanted, l->written, out->type);
        return;
    }
}

static void check_binding(reader *r, const part *p, const loom_op *op, const binding *b)
{
    const loom_port *port = port_of(op->inputs, b->port, NULL);
    if (!port) {
        complain(r, b->at, suggest_port(r, b->port, op->inputs, "its inputs"), "%s has no input '%s'", op->id, b->port);
        return;
    }
    if (b->value->kind == TREE_MAP) complain(r, b->value->at, "as in volume: recon.volume", "input '%s' is a mapping, expected a reference", b->port);
    if (tree_is_null(b->value)) complain(r, b->at, port_line(r, op, port), "input '%s' of '%s' is left empty", b->port, p->name);
    if (b->value->kind == TREE_LIST && !(port->flags & LOOM_LIST)) complain(r, b->value->at, port_line(r, op, port), "input '%s' of '%s' takes one value, not a list", b->port, p->name);
    if (b->value->kind == TREE_LIST && (port->flags & LOOM_LIST) && !b->value->count && !(port->flags & LOOM_OPTIONAL))
        complain(r, b->value->at, port_line(r, op, port), "input '%s' of '%s' takes at least one value", b->port, p->name);
    for (const wire *l = b->wires; l; l = l->next) {
        check_type(r, p, op, port, l);
        if (b->value->kind != TREE_LIST && l->next && !(port->flags & LOOM_LIST)) {
            complain(r, l->at, port_line(r, op, port), "input '%s' of '%s' takes one value, but '%s' is a list", b->port, p->name, l->written);
            break;
        }
        for (int32_t k = 0; l->reach && !(port->flags & LOOM_LIST) && k < r->parts[l->part]->axis_count; k++)
            if (l->reach[k].kind == REACH_ALL) {
                complain(r, l->at, port_line(r, op, port), "input '%s' of '%s' takes one value, but '%s' gathers all along '%s'", b->port, p->name, l->written,
                         r->axes[r->parts[l->part]->axis_list[k]].name);
                break;
            }
    }
}

/* What would fit a port: "a volume comes from recon.volume, mask.volume". */
static const char *sources_of_type(reader *r, const part *p, const char *type)
{
    text all = { 0 };
    int found = 0;
    for (int32_t i = 0; i < r->part_count && i < 10000 && found < 4; i++) {
        const part *q = r->parts[i];
        if (q == p || q->scope != p->scope || !q->variants || !q->variants[0].op) continue;
        for (const loom_port *out = q->variants[0].op->op->outputs; out && out->name && found < 4; out++)
            if (!strcmp(out->type, type)) text_printf(&all, "%s%s.%s", found++ ? ", " : "", q->name + strlen(p->scope->prefix), out->name);
    }
    const char *s = found ? say(r, "; of this type: %s", all.data) : "";
    text_free(&all);
    return s;
}

static void check_ports(reader *r, const part *p, const loom_op *op)
{
    for (int32_t i = 0; i < p->input_count; i++) check_binding(r, p, op, &p->inputs[i]);
    for (const loom_port *port = op->inputs; port && port->name; port++) {
        bool bound = port->flags & LOOM_OPTIONAL;
        for (int32_t i = 0; i < p->input_count && !bound; i++) bound = !strcmp(p->inputs[i].port, port->name);
        if (bound || p->inputs_told) continue;
        span at = tree_get(p->body, "in") ? key_at(p->body, "in") : p->at;
        complain(r, at, say(r, "%s of %s: %s%s", port->name, op->id, port->doc, sources_of_type(r, p, port->type)),
                 "node '%s' lacks input '%s' [%s] of %s", p->name, port->name, port->type, op->id);
    }
}

/* ---- brackets --------------------------------------------------------------------------------------------------------- */

static const char *axes_text(reader *r, const part *p)
{
    text all = { 0 };
    for (int32_t i = 0; i < p->axis_count; i++) text_printf(&all, "%s%s", i ? ", " : "", r->axes[p->axis_list[i]].name);
    const char *s = p->axis_count ? say(r, "it repeats over %s", all.data) : "it does not repeat: leave the bracket out; `over:` makes a node repeat";
    text_free(&all);
    return s;
}

static int32_t value_index(const axis *a, const char *value)
{
    for (int32_t i = 0; i < a->count; i++)
        if (same_value(a->value[i], value)) return i;
    return -1;
}

static const char *number_list(reader *r, const axis *a)
{
    text all = { 0 };
    for (int32_t i = 0; i < a->count && i < 30; i++) text_printf(&all, "%s%s", i ? ", " : "values: ", a->value[i]);
    const char *s = say(r, "%s%s", all.data ? all.data : "", a->count > 30 ? ", ..." : "");
    text_free(&all);
    return s;
}

static bool pick_value(reader *r, const part *producer, const pick *p, int32_t rank, reach *out)
{
    const axis *a = &r->axes[producer->axis_list[rank]];
    int32_t k = value_index(a, p->value);
    if (k >= 0) {
        *out = (reach){ REACH_FIX, k };
        return true;
    }
    const char *known[65];
    double number;
    int n = 0;
    for (; n < a->count && n < 64; n++) known[n] = a->value[n];
    if (p->axis < 0) known[n++] = a->name; /* a misspelt [minutes] */
    bool numbers = number_read(p->value, &number); /* 60 is not a misspelt 0 */
    complain(r, p->at, numbers ? number_list(r, a) : suggest(r, p->value, known, n, "values"), "axis '%s' has no value '%s'", a->name, p->value);
    return false;
}

/* The axes that a pick without a name can mean: those not picked yet and not named beside it. In a group, those of its own file come
 * first: what it does is the same whether or not the pipeline around it repeats. */
static axis_set meant_axes(const reader *r, const part *producer, const pick *p, axis_set beside, const reach *reached)
{
    axis_set all = 0, own = 0;
    for (int32_t k = 0; k < producer->axis_count; k++) {
        int32_t a = producer->axis_list[k];
        if (reached[k].kind == REACH_FIX || reached[k].kind == REACH_ALL || (beside & AXIS_BIT(a))) continue;
        all |= AXIS_BIT(a);
        if (p->scope->parent && r->axes[a].scope == p->scope) own |= AXIS_BIT(a);
    }
    return own ? own : all;
}

static bool pick_unnamed(reader *r, const part *producer, const pick *p, axis_set beside, reach *reached)
{
    int32_t rank = -1, left = 0;
    axis_set meant = meant_axes(r, producer, p, beside, reached);
    for (int32_t k = 0; k < producer->axis_count; k++) {
        if (!(meant & AXIS_BIT(producer->axis_list[k]))) continue;
        if (p->kind == PICK_ALL) reached[k] = (reach){ REACH_ALL, 0 };
        rank = k;
        left++;
    }
    if (!left) {
        complain(r, p->at, axes_text(r, producer), "nothing to pick from: '%s' has one value here", producer->name);
        return false;
    }
    if (p->kind == PICK_ALL) return true;
    if (left > 1) {
        complain(r, p->at, say(r, "write AXIS=%s; %s", p->value, axes_text(r, producer)), "'%s' repeats over several axes; [%s] does not say along which", producer->name, p->value);
        return false;
    }
    return pick_value(r, producer, p, rank, &reached[rank]);
}

static bool pick_named(reader *r, const part *producer, const pick *p, reach *reached)
{
    int32_t rank = 0;
    while (rank < producer->axis_count && producer->axis_list[rank] != p->axis) rank++;
    if (rank == producer->axis_count) {
        complain(r, p->at, axes_text(r, producer), "'%s' does not repeat over '%s'", producer->name, r->axes[p->axis].name);
        return false;
    }
    reach *out = &reached[rank];
    if (out->kind == REACH_FIX || out->kind == REACH_ALL || (out->kind == REACH_SHIFT && p->kind != PICK_SHIFT && p->kind != PICK_SAME)) {
        complain(r, p->at, "pick along an axis once", "'%s' is picked along '%s' already", producer->name, r->axes[p->axis].name);
        return false;
    }
    if (p->kind == PICK_VALUE) return pick_value(r, producer, p, rank, out);
    if (p->kind == PICK_ALL) *out = (reach){ REACH_ALL, 0 };
    if (p->kind == PICK_SHIFT) *out = (reach){ REACH_SHIFT, out->by + p->shift };
    if (out->kind == REACH_SHIFT && !out->by) out->kind = REACH_SAME;
    return true;
}

static bool apply_picks(reader *r, wire *l)
{
    const part *producer = r->parts[l->part];
    bool good = true;
    l->reach = arena_take(r->memory, (size_t)(producer->axis_count ? producer->axis_count : 1) * sizeof *l->reach);
    for (const pick *p = l->picks; p; p = p->next) {
        axis_set beside = 0;
        for (const pick *q = l->picks; q; q = q->next)
            if (q->level == p->level && q->axis >= 0) beside |= AXIS_BIT(q->axis);
        good = (p->axis < 0 ? pick_unnamed(r, producer, p, beside, l->reach) : pick_named(r, producer, p, l->reach)) && good;
    }
    return good;
}

bool wire_check(reader *r, wire *l)
{
    part *producer = r->parts[l->part];
    producer->feeds = true;
    for (int32_t i = 0; i < producer->variant_count; i++) {
        const op_entry *from = producer->variants[i].op;
        if (!from || port_of(from->op->outputs, l->port, NULL)) continue;
        complain(r, l->at, suggest_port(r, l->port, from->op->outputs, "its outputs"), "%s has no output '%s'", from->op->id, l->port);
        return false;
    }
    if (producer->broken) return false;
    return !l->picks || apply_picks(r, l);
}

axis_set wire_axes(const reader *r, const wire *l)
{
    const part *producer = r->parts[l->part];
    axis_set axes = producer->axes;
    for (int32_t k = 0; l->reach && k < producer->axis_count; k++)
        if (l->reach[k].kind == REACH_FIX || l->reach[k].kind == REACH_ALL) axes &= ~AXIS_BIT(producer->axis_list[k]);
    return axes;
}

/* ---- an order, or a cycle --------------------------------------------------------------------------------------------- */

enum { UNSEEN, OPEN, DONE };
/* A part whose inputs are being walked: which binding, which wire of it. */
typedef struct step { int32_t part, input; const wire *wire; } step;

static void tell_cycle(reader *r, const step *path, int32_t depth, int32_t back, span at)
{
    int32_t from = depth;
    while (from > 0 && path[from].part != back) from--;
    if (from == depth) {
        complain(r, at, "a node takes what others made", "node '%s' takes its own output", r->parts[back]->name);
        return;
    }
    text way = { 0 };
    text_puts(&way, r->parts[back]->name);
    for (int32_t i = depth; i >= from; i--) { /* producers first: from the end of the walk back to where it closed */
        if (depth - from > 12 && depth - i == 6) text_puts(&way, " -> ...");
        if (depth - from > 12 && depth - i >= 6 && i - from >= 6) continue;
        text_printf(&way, " -> %s", r->parts[path[i].part]->name);
    }
    complain(r, at, "remove one of these connections", "the nodes form a cycle: %s", way.data);
    text_free(&way);
}

/* Depth first, without recursion: a chain may be as long as there are nodes. */
static void order_from(reader *r, int32_t root, step *path, int32_t *ordered)
{
    int32_t depth = 0;
    path[0] = (step){ .part = root, .input = -1 };
    r->parts[root]->mark = OPEN;
    while (depth >= 0) {
        step *top = &path[depth];
        part *p = r->parts[top->part];
        while (!top->wire && ++top->input < p->input_count) top->wire = p->inputs[top->input].wires;
        if (!top->wire) {
            p->mark = DONE;
            r->order[(*ordered)++] = top->part;
            depth--;
            continue;
        }
        const wire *l = top->wire;
        top->wire = l->next;
        part *producer = r->parts[l->part];
        if (producer->mark == OPEN) {
            tell_cycle(r, path, depth, l->part, l->at);
            producer->broken = p->broken = true;
        } else if (producer->mark == UNSEEN) {
            producer->mark = OPEN;
            path[++depth] = (step){ .part = l->part, .input = -1 };
        }
    }
}

static void order_parts(reader *r)
{
    int32_t ordered = 0;
    step *path = arena_take(r->memory, (size_t)(r->part_count + 1) * sizeof *path);
    r->order = arena_take(r->memory, (size_t)(r->part_count + 1) * sizeof *r->order);
    for (int32_t i = 0; i < r->part_count; i++)
        if (r->parts[i]->mark == UNSEEN) order_from(r, i, path, &ordered);
}

/* ---- all of it -------------------------------------------------------------------------------------------------------- */

/* Points that a wire gathers for one instance of its consumer. */
static int64_t gathered_points(const reader *r, const wire *l)
{
    axis_set all = 0;
    const part *producer = r->parts[l->part];
    for (int32_t k = 0; l->reach && k < producer->axis_count; k++)
        if (l->reach[k].kind == REACH_ALL) all |= AXIS_BIT(producer->axis_list[k]);
    return point_count(r, all);
}

static void count_instances(reader *r, part *p)
{
    int64_t instances = r->instance_count, edges = r->edge_count;
    p->points = point_count(r, p->axes);
    r->instance_count += p->points;
    for (int32_t i = 0; i < p->input_count; i++)
        for (const wire *l = p->inputs[i].wires; l; l = l->next) r->edge_count += p->points * gathered_points(r, l);
    if (instances <= MAX_INSTANCES && r->instance_count > MAX_INSTANCES)
        complain(r, p->at, "shorten the axes, or pick points with [...]", "the pipeline has more than %d instances once '%s' is counted", MAX_INSTANCES, p->name);
    else if (edges <= MAX_EDGES && r->edge_count > MAX_EDGES)
        complain(r, p->at, "gather along fewer axes, or at fewer nodes", "the pipeline has more than %d connections once those of '%s' are counted", MAX_EDGES, p->name);
}

static void find_axes(reader *r, part *p)
{
    p->axes = p->over | (p->op_axis >= 0 ? AXIS_BIT(p->op_axis) : 0);
    for (int32_t i = 0; i < p->variant_count; i++) p->axes |= p->variants[i].param_axes;
    for (int32_t i = 0; i < p->input_count; i++)
        for (wire *l = p->inputs[i].wires; l; l = l->next) {
            if (!wire_check(r, l)) p->broken = true;
            else p->axes |= wire_axes(r, l);
        }
    p->axis_list = arena_take(r->memory, MAX_AXES / 8 * sizeof *p->axis_list * (p->axes != 0) * 8);
    for (int32_t k = 0; k < r->axis_count; k++)
        if (p->axes & AXIS_BIT(k)) {
            p->axis_list[p->axis_count++] = k;
            r->axes[k].used = true;
        }
    count_instances(r, p);
}

void parts_check(reader *r)
{
    for (int32_t i = 0; i < r->part_count; i++) find_variants(r, r->parts[i]);
    for (int32_t i = 0; i < r->part_count; i++)
        for (int32_t k = 0; k < r->parts[i]->variant_count; k++)
            if (r->parts[i]->variants[k].op) params_check(r, r->parts[i], &r->parts[i]->variants[k]);
    for (int32_t i = 0; i < r->part_count; i++) {
        part *p = r->parts[i];
        for (int32_t k = 0; k < p->input_count; k++)
            if (p->inputs[k].value->kind != TREE_MAP && !tree_is_null(p->inputs[k].value) && !refer(r, p->scope, p->inputs[k].value, &p->inputs[k].wires))
                p->broken = true;
    }
    order_parts(r);
    for (int32_t i = 0; i < r->part_count; i++) {
        part *p = r->parts[r->order[i]];
        find_axes(r, p);
        for (int32_t k = 0; k < p->variant_count; k++)
            if (p->variants[k].op) check_ports(r, p, p->variants[k].op->op);
    }
}

/* ---- outputs and report ----------------------------------------------------------------------------------------------- */

/* A reference of the main file that stands for values as they are: not a list, no neighbours. */
static wire *check_shown(reader *r, scope *s, const tree *where, const char *what)
{
    wire *l = NULL;
    if (where->kind != TREE_SCALAR) {
        complain(r, where->at, "as in recon.volume", "%s is %s, expected a reference node.port", what, tree_kind_text(where));
        return NULL;
    }
    if (!refer(r, s, where, &l) || !l || !wire_check(r, l)) return NULL;
    for (int32_t k = 0; l->reach && k < r->parts[l->part]->axis_count; k++)
        if (l->reach[k].kind == REACH_ALL || l->reach[k].kind == REACH_SHIFT) {
            complain(r, l->at, "leave the bracket out: every point is kept under its own name", "%s cannot gather or shift", what);
            return NULL;
        }
    return l;
}

static void check_output_map(reader *r, scope *s, const tree *outputs)
{
    if (outputs->kind != TREE_MAP) {
        if (!tree_is_null(outputs)) complain(r, outputs->at, "as in outputs: {atoms: trace.atoms}", "outputs is %s, expected a mapping", tree_kind_text(outputs));
        return;
    }
    r->output_wires = s->parent ? r->output_wires : arena_take(r->memory, (size_t)outputs->count * sizeof *r->output_wires);
    r->output_names = s->parent ? r->output_names : arena_take(r->memory, (size_t)outputs->count * sizeof *r->output_names);
    for (int32_t i = 0; i < outputs->count; i++) {
        const char *name = outputs->key[i]->text;
        if (!*name || strpbrk(name, "/[]= ,") || *name == '.') {
            complain(r, outputs->key[i]->at, "names of outputs hold no blank and none of / [ ] = ,", "'%s' cannot be the name of an output", name);
            continue;
        }
        if (s->parent) { /* gathers are fine: the consumer's port decides */
            wire *l = NULL;
            if (refer(r, s, outputs->item[i], &l))
                for (; l; l = l->next) wire_check(r, l);
            continue;
        }
        wire *l = check_shown(r, s, outputs->item[i], say(r, "output '%s'", name));
        if (!l) continue;
        r->output_wires[r->output_count] = l;
        r->output_names[r->output_count++] = name;
    }
}

static void check_panel(reader *r, scope *s, const tree *where, const char *section)
{
    wire *l = check_shown(r, s, where, "a panel of the report");
    if (!l) return;
    const part *p = r->parts[l->part];
    for (int32_t i = 0; i < p->variant_count; i++) {
        const loom_port *port = p->variants[i].op ? port_of(p->variants[i].op->op->outputs, l->port, NULL) : NULL;
        if (!port || !strcmp(port->type, "panel")) continue;
        complain(r, l->at, type_hint(r, "a report shows panels", port->type, "panel"), "'%s' is %s, expected panel", l->written, port->type);
        return;
    }
    r->panel_wires = array_room(r, r->panel_wires, r->panel_count, &r->panel_room, sizeof *r->panel_wires);
    r->panel_sections = array_room(r, r->panel_sections, r->panel_count, &r->section_room, sizeof *r->panel_sections);
    r->panel_wires[r->panel_count] = l;
    r->panel_sections[r->panel_count++] = section;
}

/* `report: [view.panel, {title: Diffusion, panels: [a.panel, b.panel]}]` */
static void check_report(reader *r, scope *s, const tree *report)
{
    static const char *const known[] = { "title", "panels" };
    if (report->kind != TREE_LIST) {
        if (!tree_is_null(report)) complain(r, report->at, "as in report: [view.panel]", "report is %s, expected a list", tree_kind_text(report));
        return;
    }
    for (int32_t i = 0; i < report->count; i++) {
        const tree *t = report->item[i];
        if (t->kind != TREE_MAP) {
            check_panel(r, s, t, "");
            continue;
        }
        keys_check(r, t, known, 2, "a section of the report");
        const tree *title = tree_get(t, "title"), *panels = tree_get(t, "panels");
        if (!panels || panels->kind != TREE_LIST) complain(r, panels ? panels->at : t->at, "as in {title: Atoms, panels: [view.panel]}", "a section of the report needs a list of panels");
        if (title && title->kind != TREE_SCALAR) complain(r, title->at, NULL, "the title is %s, expected a text", tree_kind_text(title));
        for (int32_t k = 0; panels && panels->kind == TREE_LIST && k < panels->count; k++)
            check_panel(r, s, panels->item[k], title && title->kind == TREE_SCALAR ? title->text : "");
    }
}

void outputs_check(reader *r)
{
    bool *feeds = arena_take(r->memory, (size_t)(r->part_count + 1)); /* to be an output is not to feed */
    for (int32_t i = 0; i < r->part_count; i++) feeds[i] = r->parts[i]->feeds;
    for (int32_t i = 0; i < r->scope_count; i++) {
        const tree *outputs = tree_get(r->scopes[i]->root, "outputs"), *report = tree_get(r->scopes[i]->root, "report");
        if (outputs) check_output_map(r, r->scopes[i], outputs);
        if (report && !r->scopes[i]->parent) check_report(r, r->scopes[i], report);
    }
    for (int32_t i = 0; i < r->part_count; i++) r->parts[i]->feeds = feeds[i];
}
