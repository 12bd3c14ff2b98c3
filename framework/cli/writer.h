/* cli/writer.h - writing an output with a writer op, as an action like any other: isolated,
 * limited, kept in the store. */
#ifndef ATOMLOOM_CLI_WRITER_H
#define ATOMLOOM_CLI_WRITER_H
#include "cli/common.h"

/* A pipeline with one node more, at the end: the writer op fed by one output of the pipeline.
 * Shares all else with it, which must live longer. `graph` is what to plan and run; `made` is the
 * file the writer makes. */
typedef struct writer_graph {
    graph graph;
    graph_edge made, fed;
    graph_input *input;
    place *param_at;
    param_set *params;
    char *name;
} writer_graph;

/* The graph that gives `from` to `writer`. False with `e` when out of memory. */
bool writer_graph_make(const graph *g, graph_edge from, const op_entry *writer, writer_graph *out,
                       error *e);
void writer_graph_free(writer_graph *w);
#endif
