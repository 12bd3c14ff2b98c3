/* pipeline/expand.c - checked parts -> the graph: one instance for every point of a node's axes at
 * which all its inputs exist. */
#include "pipeline/reader.h"
#include <assert.h>
#include <string.h>

/* ---- which instances exist ------------------------------------------------------------------- */

/* Calls `visit` with every point of the producer that a wire reaches from a point of the consumer;
 * false when one is outside its axis or does not exist. Gathers skip points that do not exist, but
 * need one. */
typedef void visit_point(void *user, int32_t instance);

static bool reach_points(const reader *r, const wire *l, const int32_t *at, visit_point *visit,
                         void *user)
{
    assert(l->part >= 0 && l->part < r->part_count);
    const part *producer = r->parts[l->part];
    int32_t from[MAX_AXES];
    axis_set gathered = 0;
    for (int32_t k = 0; k < producer->axis_count; k++) {
        int32_t a = producer->axis_list[k];
        reach how = l->reach ? l->reach[k] : (reach){ REACH_SAME, 0 };
        from[a] = how.kind == REACH_FIX ? how.by : how.kind == REACH_SHIFT ? at[a] + how.by : at[a];
        if (how.kind == REACH_ALL) gathered |= AXIS_BIT(a);
        else if (from[a] < 0 || from[a] >= r->axes[a].count) return false;
    }
    bool any = false;
    for (int64_t g = 0, n = point_count(r, gathered); g < n; g++) {
        if (gathered) point_of(r, gathered, g, from);
        if (point_left_out(r, gathered, from)) continue;
        int32_t instance = producer->instance_of[point_index(r, producer->axes, from)];
        if (instance < 0) continue;
        any = true;
        if (visit) visit(user, instance);
    }
    return any;
}

static bool exists(const reader *r, const part *p, const variant *v, const int32_t *at)
{
    assert(v >= p->variants && v < p->variants + p->variant_count);
    for (int32_t i = 0; i < p->input_count; i++)
        for (const wire *l = p->inputs[i].wires; l; l = l->next)
            if (!reach_points(r, l, at, NULL, NULL)) return false;
    return v->op != NULL;
}

/* ---- making them ----------------------------------------------------------------------------- */

/* "[minutes=30, particle=2]" for some axes at a point; "" for none. */
static const char *point_text(reader *r, axis_set axes, const int32_t *at)
{
    text s = { 0 };
    if (!axes) return "";
    for (int32_t k = 0; k < r->axis_count; k++)
        if (axes & AXIS_BIT(k))
            text_printf(&s, "%s%s=%s", s.length ? ", " : "[", r->axes[k].name,
                        r->axes[k].value[at[k]]);
    text_putc(&s, ']');
    const char *kept = say(r, "%s", s.data ? s.data : "");
    text_free(&s);
    return kept;
}

typedef struct edges {
    reader *r;
    const char *port;
    graph_edge *edge;
    int32_t count;
} edges;

static void count_edge(void *user, int32_t instance)
{
    (void)instance;
    ((edges *)user)->count++;
}

static void add_edge(void *user, int32_t instance)
{
    assert(instance >= 0);
    edges *e = user;
    int32_t output = 0;
    const graph_node *node = &e->r->out->nodes[e->r->out->instances[instance].node];
    port_of(node->op->op->outputs, e->port, &output);
    e->edge[e->count++] = (graph_edge){ instance, output };
    assert(output >= 0);
}

static void connect(reader *r, const binding *b, const int32_t *at, graph_input *in)
{
    edges e = { .r = r };
    for (const wire *l = b->wires; l; l = l->next) reach_points(r, l, at, count_edge, &e);
    e.edge = arena_take(r->kept, (size_t)e.count * sizeof *e.edge);
    in->from = e.edge;
    in->count = e.count;
    in->at = b->value->at.at;
    e.count = 0;
    for (const wire *l = b->wires; l; l = l->next) {
        e.port = l->port;
        reach_points(r, l, at, add_edge, &e);
    }
}

static void make_instance(reader *r, part *p, variant *v, const int32_t *at)
{
    assert(v->op && r->out->instance_count < r->instance_count);
    graph *g = r->out;
    graph_instance *made = &g->instances[g->instance_count++];
    const loom_port *ports = v->op->op->inputs;
    int32_t n = 0;
    while (ports && ports[n].name) n++;
    graph_point *point = arena_take(r->kept, (size_t)p->axis_count * sizeof *point);
    for (int32_t k = 0; k < p->axis_count; k++)
        point[k] = (graph_point){ r->axes[p->axis_list[k]].name,
                                  r->axes[p->axis_list[k]].value[at[p->axis_list[k]]] };
    graph_input *input = arena_take(r->kept, (size_t)n * sizeof *input);
    for (int32_t i = 0; i < n; i++) input[i].port = &ports[i];
    for (int32_t i = 0; i < p->input_count; i++) {
        int32_t k = 0;
        if (port_of(ports, p->inputs[i].port, &k)) connect(r, &p->inputs[i], at, &input[k]);
    }
    const char *where = point_text(r, p->axes, at), *name = g->nodes[v->node].name;
    *made = (graph_instance){ .name = *where ? keep(r, say(r, "%s%s", name, where)) : name,
                              .node = v->node,
                              .point_count = p->axis_count,
                              .point = point,
                              .params = params_at(r, v, at),
                              .input_count = n,
                              .input = input,
                              .left_out = point_left_out(r, p->axes, at) };
}

static void make_part(reader *r, part *p)
{
    assert(p->points > 0 && !p->instance_of);
    graph *g = r->out;
    int32_t at[MAX_AXES] = { 0 }, made = 0;
    p->instance_of = arena_take(r->memory, (size_t)p->points * sizeof *p->instance_of);
    memset(p->instance_of, -1, (size_t)p->points * sizeof *p->instance_of);
    const char *name = keep(r, p->name), *doc = keep(r, p->doc);
    const int32_t *axes = arena_copy(r->kept, p->axis_list, (size_t)p->axis_count * sizeof *axes);
    for (int32_t k = 0; k < p->variant_count; k++) {
        variant *v = &p->variants[k];
        v->node = g->node_count++;
        graph_node *node = &g->nodes[v->node];
        *node = (graph_node){ .name = name,
                              .op = v->op,
                              .at = p->at.at,
                              .op_at = p->op_at.at,
                              .param_at = v->param_at,
                              .param_uses = v->param_uses,
                              .first = g->instance_count,
                              .doc = doc,
                              .resources = p->resources,
                              .passing = p->passing,
                              .axis_count = p->axis_count,
                              .axis = axes };
        for (int64_t i = 0; i < p->points; i++) {
            point_of(r, p->axes, i, at);
            if ((p->op_axis >= 0 && at[p->op_axis] != k) || !exists(r, p, v, at)) continue;
            p->instance_of[i] = g->instance_count;
            make_instance(r, p, v, at);
            node->count++;
        }
        made += node->count;
    }
    if (!made && !r->narrowed)
        complain(r, p->at,
                 "[axis-1] and [axis+1] have no value at the ends of the axis, and neither has "
                 "what depends on them",
                 "node '%s' exists at no point of its axes", p->name);
}

/* ---- outputs --------------------------------------------------------------------------------- */

/* The instance that a shown wire means at a point; false where there is none, or --only leaves it
 * out. */
static bool shown_at(reader *r, const wire *l, const int32_t *at, graph_edge *edge)
{
    assert(edge);
    edges e = { .r = r, .port = l->port, .edge = edge };
    return reach_points(r, l, at, add_edge, &e) && !r->out->instances[edge->instance].left_out;
}

static int32_t count_shown(reader *r, const wire *l)
{
    const part *p = r->parts[l->part];
    int32_t n = 0, at[MAX_AXES] = { 0 };
    for (int64_t i = 0, points = point_count(r, wire_axes(r, l)); i < points; i++) {
        graph_edge edge;
        point_of(r, wire_axes(r, l), i, at);
        n += shown_at(r, l, at, &edge);
    }
    return p->points ? n : 0;
}

static int32_t shown(reader *r, const wire *l, const char *name, const char **labels,
                     graph_edge *from)
{
    int32_t n = 0, at[MAX_AXES] = { 0 };
    axis_set axes = wire_axes(r, l);
    for (int64_t i = 0, points = point_count(r, axes); i < points; i++) {
        point_of(r, axes, i, at);
        graph_edge edge = { -1, 0 };
        if (!shown_at(r, l, at, &edge)) continue;
        labels[n] = keep(r, say(r, "%s%s", name, point_text(r, axes, at)));
        from[n++] = edge;
    }
    return n;
}

/* One for each point that there is; *made: how many. */
static graph_output *make_shown(reader *r, const shown_output *shown_as, int32_t count,
                                int32_t *made)
{
    size_t total = 0;
    for (int32_t i = 0; i < count; i++) total += (size_t)count_shown(r, shown_as[i].from);
    graph_output *all = arena_take(r->kept, total * sizeof *all);
    const char **labels = arena_take(r->memory, total * sizeof *labels);
    graph_edge *from = arena_take(r->memory, total * sizeof *from);
    *made = 0;
    for (int32_t i = 0; i < count; i++) {
        int32_t n = shown(r, shown_as[i].from, shown_as[i].name, labels, from);
        for (int32_t k = 0; k < n; k++)
            all[(*made)++] = (graph_output){ labels[k], from[k], shown_as[i].from->at.at };
    }
    return all;
}

static void make_outputs(reader *r)
{
    for (int32_t i = 0; i < r->output_count; i++)
        if (!r->narrowed && !count_shown(r, r->outputs[i].from))
            complain(r, r->outputs[i].from->at,
                     "it depends on a neighbour that does not exist at this point",
                     "output '%s' exists at no point", r->outputs[i].name);
    r->out->outputs = make_shown(r, r->outputs, r->output_count, &r->out->output_count);
}

static void add_default_outputs(reader *r, const graph_node *node)
{
    assert(node->first >= 0 && node->count >= 0);
    graph *g = r->out;
    const loom_port *port = node->op->op->outputs;
    for (int32_t i = node->first; i < node->first + node->count; i++) {
        if (g->instances[i].left_out) continue;
        const char *point = g->instances[i].name + strlen(node->name); /* "[minutes=30]" or "" */
        for (int32_t o = 0; port[o].name; o++) {
            const char *name = keep(r, say(r, "%s.%s%s", node->name, port[o].name, point));
            g->outputs[g->output_count++] = (graph_output){ name, { i, o }, node->at };
        }
    }
}

/* Where the file names none: every output of the nodes that feed nothing. */
static void make_default_outputs(reader *r)
{
    graph *g = r->out;
    size_t n = 0;
    bool *feeds = arena_take(r->memory, (size_t)g->node_count);
    for (int32_t i = 0; i < r->part_count; i++)
        for (int32_t k = 0; k < r->parts[i]->variant_count; k++)
            feeds[r->parts[i]->variants[k].node] = r->parts[i]->feeds;
    for (int32_t i = 0; i < g->node_count; i++)
        for (const loom_port *port = g->nodes[i].op->op->outputs; port->name && !feeds[i]; port++)
            n += (size_t)g->nodes[i].count;
    g->outputs = arena_take(r->kept, n * sizeof *g->outputs);
    for (int32_t i = 0; i < g->node_count; i++)
        if (!feeds[i]) add_default_outputs(r, &g->nodes[i]);
}

static void make_panels(reader *r)
{
    graph *g = r->out;
    int32_t total = 0;
    for (int32_t i = 0; i < r->panel_count; i++) total += count_shown(r, r->panel_wires[i]);
    g->panels = arena_take(r->kept, (size_t)total * sizeof *g->panels);
    const char **labels = arena_take(r->memory, (size_t)total * sizeof *labels);
    graph_edge *from = arena_take(r->memory, (size_t)total * sizeof *from);
    for (int32_t i = 0; i < r->panel_count; i++) {
        int32_t n = shown(r, r->panel_wires[i], r->panel_wires[i]->written, labels, from);
        for (int32_t k = 0; k < n; k++)
            g->panels[g->panel_count++] = (graph_panel){ keep(r, r->panel_sections[i]), labels[k],
                                                         from[k], r->panel_wires[i]->at.at };
    }
}

/* ---- the graph ------------------------------------------------------------------------------- */

static void make_variables(reader *r)
{
    graph *g = r->out;
    g->vars = arena_take(r->kept, (size_t)r->variable_count * sizeof *g->vars);
    for (int32_t i = 0; i < r->variable_count; i++) {
        const variable *v = r->variables[i];
        evaluated value = { 0 };
        text all = { 0 };
        if (v->axis >= 0) text_printf(&all, "%s", "swept");
        else if (!v->value) text_printf(&all, "along %s", v->along->text);
        else if (evaluate(r, v->scope, v->value, NULL, &value)) {
            if (value.is_list) text_putc(&all, '[');
            for (int64_t k = 0; k < value.count; k++)
                text_printf(&all, "%s%s", k ? ", " : "", value.item[k]);
            if (value.is_list) text_putc(&all, ']');
        }
        const char *shown_value = value.axes && v->value->kind == TREE_SCALAR
                                      ? v->value->text
                                      : say(r, "%s", all.data ? all.data : "");
        const place value_at = v->axis >= 0 ? r->axes[v->axis].at.at
                               : v->value   ? v->value->at.at
                                            : v->at.at;
        g->vars[g->var_count++] = (graph_var){ keep(r, v->full), keep(r, shown_value),
                                               keep(r, v->unit), keep(r, v->doc),
                                               v->at.at,         value_at };
        text_free(&all);
    }
}

/* Names and values of axes move to the graph: its points share them. */
static void make_axes(reader *r)
{
    graph *g = r->out;
    g->axes = arena_take(r->kept, (size_t)r->axis_count * sizeof *g->axes);
    for (int32_t i = 0; i < r->axis_count; i++) {
        axis *a = &r->axes[i];
        const char **value = arena_take(r->kept, (size_t)a->count * sizeof *value);
        for (int32_t k = 0; k < a->count; k++) value[k] = keep(r, a->value[k]);
        a->name = keep(r, a->name);
        a->value = value;
        g->axes[g->axis_count++] =
            (graph_axis){ a->name, keep(r, a->unit), keep(r, a->doc), value, a->count, a->at.at };
    }
}

void expand(reader *r)
{
    graph *g = r->out;
    size_t nodes = 0;
    for (int32_t i = 0; i < r->part_count; i++) nodes += (size_t)r->parts[i]->variant_count;
    g->nodes = arena_take(r->kept, nodes * sizeof *g->nodes);
    g->instances = arena_take(r->kept, (size_t)r->instance_count * sizeof *g->instances);
    make_axes(r);
    for (int32_t i = 0; i < r->part_count; i++) make_part(r, r->parts[r->order[i]]);
    if (r->errors) return;
    if (tree_get(r->scopes[0]->root, "outputs") && r->output_count) make_outputs(r);
    else make_default_outputs(r);
    g->group_outputs =
        make_shown(r, r->group_outputs, r->group_output_count, &g->group_output_count);
    only_check(r);
    make_panels(r);
    make_variables(r);
}
