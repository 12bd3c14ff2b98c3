/* tests/support/graph_maker.c - see graph_maker.h */
#include "support/graph_maker.h"
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

maker *maker_new(void)
{
    static const char *const dirs[] = { ATOMLOOM_BINARY_DIR "/tests/plugins", NULL };
    error e = { 0 };
    maker *m = calloc(1, sizeof *m);
    ck_assert(m != NULL);
    m->ops = registry_open(dirs, ATOMLOOM_BINARY_DIR "/tests", &e);
    ck_assert_msg(m->ops != NULL, "%s", e.message);
    m->graph = (graph){ .path = "test.yaml",
                        .title = "test",
                        .nodes = m->node,
                        .instances = m->instance,
                        .outputs = m->output };
    return m;
}

void maker_free(maker *m)
{
    for (int32_t i = 0; i < m->graph.instance_count; i++) {
        graph_instance *in = &m->instance[i];
        for (int32_t k = 0; k < in->input_count; k++) free((void *)in->input[k].from);
        free((void *)in->input);
        free((void *)in->name);
        params_free(in->params);
    }
    registry_close(m->ops);
    free(m);
}

void maker_set(maker *m, int32_t i, const char *name_value)
{
    char name[64];
    error e = { 0 };
    const char *equals = strchr(name_value, '=');
    ck_assert(equals != NULL);
    snprintf(name, sizeof name, "%.*s", (int)(equals - name_value), name_value);
    ck_assert_msg(params_assign_text(m->instance[i].params, name, equals + 1, &e), "%s", e.message);
}

int32_t maker_add(maker *m, const char *name, const char *op, const char *params)
{
    error e = { 0 };
    int32_t i = m->graph.instance_count++;
    ck_assert(i < MAKER_NODES);
    m->graph.node_count = m->graph.instance_count;
    const op_entry *entry = registry_find(m->ops, op);
    ck_assert_msg(entry != NULL, "no op %s", op);
    graph_instance *in = &m->instance[i];
    while (entry->op->inputs[in->input_count].name) in->input_count++;
    graph_input *input = calloc((size_t)in->input_count + 1, sizeof *input);
    for (int32_t k = 0; k < in->input_count; k++) input[k].port = &entry->op->inputs[k];
    in->input = input;
    in->name = strdup(name);
    in->node = i;
    in->params = params_new(entry->op, &e);
    ck_assert_msg(in->params != NULL, "%s", e.message);
    m->node[i] = (graph_node){ .name = in->name, .op = entry, .first = i, .count = 1 };
    char copy[256];
    snprintf(copy, sizeof copy, "%s", params ? params : "");
    for (char *rest = copy, *one; (one = strsep(&rest, " "));)
        if (*one) maker_set(m, i, one);
    return i;
}

void maker_connect(maker *m, int32_t from, int output, int32_t to, int port)
{
    graph_input *input = (graph_input *)&m->instance[to].input[port];
    graph_edge *edges = realloc((void *)input->from, (size_t)(input->count + 1) * sizeof *edges);
    ck_assert(edges != NULL && from < to);
    edges[input->count++] = (graph_edge){ from, output };
    input->from = edges;
}

void maker_want(maker *m, int32_t instance, int output)
{
    m->output[m->graph.output_count++] =
        (graph_output){ .name = m->instance[instance].name, .from = { instance, output } };
}
