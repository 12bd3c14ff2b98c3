/* pipeline/check.c - every node against its op: ports, types, an order without cycles, and the axes
 * it repeats over. */
#include "pipeline/reader.h"
#include <assert.h>
#include <string.h>

/* ---- ops ------------------------------------------------------------------------------------- */

static const op_entry *find_op(reader *r, const char *id, span at)
{
    const op_entry *found = registry_find(r->ops, id);
    if (found) return found;
    const plugin_refusal *plugin = registry_refusal_of(r->ops, id);
    if (plugin) {
        complain(r, at,
                 say(r, "%s was refused: %s; `atomloom doctor` shows more", plugin->path,
                     plugin->reason),
                 "op '%s' cannot be used", id);
        return NULL;
    }
    const char *near = registry_nearest(r->ops, id);
    const op_entry *entry = near ? registry_find(r->ops, near) : NULL;
    if (entry)
        complain(r, at, say(r, "did you mean '%s'? %s", near, entry->op->summary),
                 "unknown op '%s'", id);
    else
        complain(r, at,
                 "`atomloom ops` lists the ops; `atomloom doctor` shows why a plugin was refused",
                 "unknown op '%s'", id);
    return NULL;
}

static void find_variants(reader *r, part *p)
{
    assert(!p->variants && p->op_axis < r->axis_count);
    evaluated v = { 0 };
    p->variant_count = p->op_axis >= 0 ? r->axes[p->op_axis].count : 1;
    p->variants = arena_take(r->memory, (size_t)p->variant_count * sizeof *p->variants);
    if (p->op_axis >= 0) {
        for (int32_t i = 0; i < p->variant_count; i++)
            p->variants[i].op =
                find_op(r, r->axes[p->op_axis].value[i], r->axes[p->op_axis].swept[i]->at);
        return;
    }
    if (!p->op_value || !evaluate(r, p->scope, p->op_value, NULL, &v)) return;
    if (v.is_list || v.axes)
        complain(r, p->op_at, "--sweep NODE.op=a,b runs a node with several ops",
                 "an op is one name, the same at every point of the axes");
    else p->variants[0].op = find_op(r, v.item[0], p->op_at);
}

/* ---- ports ----------------------------------------------------------------------------------- */

/* The op's own line about a port. */
static const char *port_line(reader *r, const loom_op *op, const loom_port *port)
{
    return say(r, "%s of %s: %s [%s]", port->name, op->id, port->doc, port->type);
}

/* One wire into one port of one op. */
static void check_type(reader *r, const part *consumer, const loom_op *op, const loom_port *port,
                       const wire *l)
{
    assert(l->part >= 0 && l->part < r->part_count);
    const part *producer = r->parts[l->part];
    if (l->declared && !type_fits(port->type, l->declared)) {
        complain(r, l->at, type_hint(r, port_line(r, op, port), l->declared, port->type),
                 "input '%s' of '%s' takes %s, but '%s' is declared as %s", port->name,
                 consumer->name, port->type, l->written, l->declared);
        return;
    }
    for (int32_t i = 0; i < producer->variant_count; i++) {
        const op_entry *from = producer->variants[i].op;
        const loom_port *out = from ? port_of(from->op->outputs, l->port, NULL) : NULL;
        const char *wanted = l->declared && strcmp(l->declared, "any") ? l->declared : port->type;
        if (!out || type_fits(wanted, out->type)) continue;
        complain(r, l->at, type_hint(r, port_line(r, op, port), out->type, wanted),
                 "input '%s' of '%s' takes %s, but '%s' is %s", port->name, consumer->name, wanted,
                 l->written, out->type);
        return;
    }
}

/* All points of an axis into a port that takes one value. */
static void check_gather(reader *r, const part *p, const loom_port *port, const wire *l)
{
    assert(l->part >= 0 && l->part < r->part_count);
    const part *producer = r->parts[l->part];
    for (int32_t k = 0; l->reach && !(port->flags & LOOM_LIST) && k < producer->axis_count; k++) {
        const axis *a = &r->axes[producer->axis_list[k]];
        if (l->reach[k].kind != REACH_ALL) continue;
        int base = (int)strcspn(l->written, "[");
        complain(r, l->at,
                 say(r, "pick one: '%.*s[%s=%s]'; without a bracket '%s' repeats over %s", base,
                     l->written, a->name, a->value[0], p->name, a->name),
                 "input '%s' of '%s' takes one value, but '%s' is all values along '%s'",
                 port->name, p->name, l->written, a->name);
        return;
    }
}

static void check_binding(reader *r, const part *p, const loom_op *op, const binding *b)
{
    const loom_port *port = port_of(op->inputs, b->port, NULL);
    if (!port) {
        complain(r, b->at, port_suggest(r, b->port, op->inputs, "its inputs"),
                 "%s has no input '%s'", op->id, b->port);
        return;
    }
    if (b->value->kind == TREE_MAP)
        complain(r, b->value->at, "as in volume: recon.volume",
                 "input '%s' is a mapping, expected a reference", b->port);
    if (tree_is_null(b->value))
        complain(r, b->at, port_line(r, op, port), "input '%s' of '%s' is empty", b->port, p->name);
    if (b->value->kind == TREE_LIST && !(port->flags & LOOM_LIST))
        complain(r, b->value->at, port_line(r, op, port),
                 "input '%s' of '%s' takes one value, not a list", b->port, p->name);
    if (b->value->kind == TREE_LIST && (port->flags & LOOM_LIST) && !b->value->count
        && !(port->flags & LOOM_OPTIONAL))
        complain(r, b->value->at, port_line(r, op, port),
                 "input '%s' of '%s' takes at least one value", b->port, p->name);
    for (const wire *l = b->wires; l; l = l->next) {
        check_type(r, p, op, port, l);
        if (b->value->kind != TREE_LIST && l->next && !(port->flags & LOOM_LIST)) {
            complain(r, l->at, port_line(r, op, port),
                     "input '%s' of '%s' takes one value, but '%s' is a list", b->port, p->name,
                     l->written);
            break;
        }
        check_gather(r, p, port, l);
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
        for (const loom_port *out = q->variants[0].op->op->outputs; out && out->name && found < 4;
             out++)
            if (!strcmp(out->type, type))
                text_printf(&all, "%s%s.%s", found++ ? ", " : "",
                            q->name + strlen(p->scope->prefix), out->name);
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
        for (int32_t i = 0; i < p->input_count && !bound; i++)
            bound = !strcmp(p->inputs[i].port, port->name);
        if (bound || p->inputs_told) continue;
        span at = tree_get(p->body, "in") ? key_at(p->body, "in") : p->at;
        complain(r, at,
                 say(r, "%s of %s: %s%s", port->name, op->id, port->doc,
                     sources_of_type(r, p, port->type)),
                 "node '%s' needs input '%s' [%s] of %s", p->name, port->name, port->type, op->id);
    }
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void count_instances(reader *r, part *p)
{
    assert(r->instance_count >= 0 && r->edge_count >= 0);
    int64_t instances = r->instance_count, edges = r->edge_count;
    p->points = point_count(r, p->axes);
    assert(p->points > 0);
    r->instance_count += p->points;
    for (int32_t i = 0; i < p->input_count; i++)
        for (const wire *l = p->inputs[i].wires; l; l = l->next)
            r->edge_count += p->points * wire_gathers(r, l);
    if (instances <= MAX_INSTANCES && r->instance_count > MAX_INSTANCES)
        complain(r, p->at, "shorten the axes, or pick points with [...]",
                 "the pipeline has more than %d instances once '%s' is counted", MAX_INSTANCES,
                 p->name);
    else if (edges <= MAX_EDGES && r->edge_count > MAX_EDGES)
        complain(r, p->at, "use [*] along fewer axes, or in fewer nodes",
                 "the pipeline has more than %d connections once those of '%s' are counted",
                 MAX_EDGES, p->name);
}

static void find_axes(reader *r, part *p)
{
    p->axes = p->over | (p->op_axis >= 0 ? AXIS_BIT(p->op_axis) : 0);
    for (int32_t i = 0; i < p->variant_count; i++) p->axes |= p->variants[i].param_axes;
    for (int32_t i = 0; i < p->input_count; i++)
        for (wire *l = p->inputs[i].wires; l; l = l->next) {
            r->parts[l->part]->feeds = true;
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

/* The type an input takes; NULL where the op or the input is not known. */
static const char *type_wanted(const part *p, const char *name)
{
    const op_entry *op = p->variant_count ? p->variants[0].op : NULL;
    const loom_port *port = op ? port_of(op->op->inputs, name, NULL) : NULL;
    return port ? port->type : NULL;
}

void parts_check(reader *r)
{
    for (int32_t i = 0; i < r->part_count; i++) find_variants(r, r->parts[i]);
    for (int32_t i = 0; i < r->part_count; i++)
        for (int32_t k = 0; k < r->parts[i]->variant_count; k++)
            if (r->parts[i]->variants[k].op)
                params_check(r, r->parts[i], &r->parts[i]->variants[k]);
    for (int32_t i = 0; i < r->part_count; i++) {
        part *p = r->parts[i];
        for (int32_t k = 0; k < p->input_count; k++)
            if (p->inputs[k].value->kind != TREE_MAP && !tree_is_null(p->inputs[k].value)
                && !refer(r, p->scope, p->inputs[k].value, type_wanted(p, p->inputs[k].port),
                          &p->inputs[k].wires))
                p->broken = true;
    }
    parts_order(r);
    for (int32_t i = 0; i < r->part_count; i++) {
        part *p = r->parts[r->order[i]];
        find_axes(r, p);
        for (int32_t k = 0; k < p->variant_count; k++)
            if (p->variants[k].op) check_ports(r, p, p->variants[k].op->op);
    }
}
