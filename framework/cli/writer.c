/* cli/writer.c - see writer.h */
#include "cli/writer.h"
#include <stdlib.h>
#include <string.h>

void writer_graph_free(writer_graph *w)
{
    params_free(w->params);
    free(w->graph.nodes);
    free(w->graph.instances);
    free(w->input);
    free(w->param_at);
    free(w->name);
    *w = (writer_graph){ 0 };
}

static void *longer_copy(const void *list, int32_t count, size_t element)
{
    char *copy = calloc((size_t)count + 1, element);
    if (copy && count) memcpy(copy, list, (size_t)count * element);
    return copy;
}

static int port_count(const loom_port *ports)
{
    int n = 0;
    while (ports[n].name) n++;
    return n;
}

/* Connect the first input that takes the type; a writer has no other that must be connected. */
static bool connect(writer_graph *w, const loom_op *op, place at, error *e)
{
    bool fed = false;
    for (int i = 0; op->inputs[i].name; i++) {
        const loom_port *p = &op->inputs[i];
        bool fits = !fed && (!strcmp(p->type, op->writes_type) || !strcmp(p->type, "any"));
        w->input[i] =
            (graph_input){ .port = p, .count = fits, .from = fits ? &w->fed : NULL, .at = at };
        fed = fed || fits;
        if (!fits && !(p->flags & LOOM_OPTIONAL))
            return error_set(e, LOOM_E_BUG, "report this to the op's author",
                             "writer op '%s' needs input '%s' in addition to what it writes",
                             op->id, p->name);
    }
    return true;
}

bool writer_graph_make(const graph *g, graph_edge from, const op_entry *writer, writer_graph *w,
                       error *e)
{
    const loom_op *op = writer->op;
    place at = { "atomloom get", 0, 0 };
    text name = { 0 };
    int inputs = port_count(op->inputs), rows = params_rows(op);
    const graph_instance *source = &g->instances[from.instance];
    text_printf(&name, "%s.%s.%s", source->name,
                g->nodes[source->node].op->op->outputs[from.output].name, op->writes_extension);
    *w = (writer_graph){ .graph = *g,
                         .fed = from,
                         .made = { g->instance_count, 0 },
                         .name = text_take(&name),
                         .params = params_new(op, e),
                         .input = calloc((size_t)inputs + 1, sizeof *w->input),
                         .param_at = calloc((size_t)rows + 1, sizeof *w->param_at) };
    w->graph.nodes = longer_copy(g->nodes, g->node_count, sizeof *g->nodes);
    w->graph.instances = longer_copy(g->instances, g->instance_count, sizeof *g->instances);
    if (!w->name || !w->params || !w->input || !w->param_at || !w->graph.nodes
        || !w->graph.instances)
        return error_memory(e, "the pipeline");
    if (!connect(w, op, at, e)) return false;
    for (int i = 0; i < rows; i++) w->param_at[i] = at;
    w->graph.nodes[w->graph.node_count++] = (graph_node){ .name = w->name,
                                                          .op = writer,
                                                          .at = at,
                                                          .op_at = at,
                                                          .param_at = w->param_at,
                                                          .first = g->instance_count,
                                                          .count = 1 };
    w->graph.instances[w->graph.instance_count++] = (graph_instance){ .name = w->name,
                                                                      .node = g->node_count,
                                                                      .params = w->params,
                                                                      .input_count = inputs,
                                                                      .input = w->input };
    return true;
}
