/* run/code.h - the code of plugins in this process: loaded, called, and watched. What a key says of
 * an action holds only if the code is the one whose digest is in the key, and if nothing that ran
 * here before can be seen in what it gives. So the plugin's file is checked when it is loaded and
 * after each call, and the state of the process is the same at the beginning of every call; what a
 * call leaves changed becomes a warning of the action. */
#ifndef ATOMLOOM_RUN_CODE_H
#define ATOMLOOM_RUN_CODE_H
#include "pipeline/graph.h"
#include "run/host.h"

typedef struct code code;

code *code_new(const graph *g, error *e); /* the graph is borrowed */
void code_free(code *c);                  /* plugins stay loaded: see plugin/load.h */

/* The op of a node, its plugin loaded if need be. NULL with `e`. */
const loom_op *code_op(code *c, int32_t node, error *e);

/* host_estimate and host_run for an instance of that node, whose op code_op gave. Warnings go to
 * request->warn. */
bool code_estimate(code *c, int32_t node, const host_request *request, loom_estimate *out,
                   error *e);
bool code_run(code *c, int32_t node, const host_request *request, host_result *result);

/* True once something was left changed, put back or not: this process should run nothing more. */
bool code_is_spoilt(const code *c);
#endif
