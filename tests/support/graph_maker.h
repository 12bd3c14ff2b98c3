/* tests/support/graph_maker.h - graphs made by hand, so that running is tested apart from reading
 * pipelines. */
#ifndef ATOMLOOM_TESTS_GRAPH_MAKER_H
#define ATOMLOOM_TESTS_GRAPH_MAKER_H
#include "run/run.h"

enum { MAKER_NODES = 1024 };

typedef struct maker {
    registry *ops;
    graph graph;
    graph_node node[MAKER_NODES];
    graph_instance instance[MAKER_NODES];
    graph_output output[MAKER_NODES];
} maker;

/* With the plugins of tests/plugins, and an empty graph. */
maker *maker_new(void);
void maker_free(maker *m);
/* A node of one instance; params "name=value", separated by blanks, may be NULL. Returns its index.
 */
int32_t maker_add(maker *m, const char *name, const char *op, const char *params);
/* Output `output` of `from` goes to port `port` of `to` (indices), after what is there already. */
void maker_connect(maker *m, int32_t from, int output, int32_t to, int port);
void maker_want(maker *m, int32_t instance, int output); /* an output of the pipeline */
void maker_set(maker *m, int32_t instance, const char *name_value);
#endif
