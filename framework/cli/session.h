/* cli/session.h - what run, plan, get, show, log, why and crate share: the ops, the pipeline and
 * the store that a command line names, and a plan of them. Whatever fails is reported here; the
 * caller gets the exit status. */
#ifndef ATOMLOOM_CLI_SESSION_H
#define ATOMLOOM_CLI_SESSION_H
#include "cli/options.h"
#include "pipeline/graph.h"
#include "plugin/registry.h"
#include "run/plan.h"
#include "store/store.h"

/* owned: registry_close; NULL with `e` set */
registry *cli_registry(const cli_args *args, error *e);
store *cli_store(const cli_args *args, error *e); /* owned: store_close; NULL with `e` set */
/* The pipeline named by the first operand, with --set, --var and --sweep where the command has
 * them; owned: graph_free. Warnings and errors are printed here; NULL: exit with E_PARAM's status.
 */
graph *cli_graph(const cli_args *args, const registry *ops);
graph *cli_graph_of(const cli_args *args, const registry *ops, const char *path); /* of this file */

/* Registry, store and pipeline of one command. Zero-initialise; cli_session_close whatever
 * happened. */
typedef struct cli_session {
    registry *ops;
    store *store;
    graph *graph;
    graph_output *outputs; /* of narrow_outputs, with their names; NULL: the graph's own */
    int32_t output_count;
} cli_session;
/* 0, or the exit status after the failure was reported */
int cli_session_open(const cli_args *args, cli_session *out);
int cli_session_open_file(const cli_args *args, const char *path, cli_session *out);
void cli_session_close(cli_session *s);

/* Owned: plan_free. NULL after reporting why; *status is then the exit status, 0 otherwise. */
plan *cli_plan(const cli_session *s, const plan_options *options, int *status);

/* Is this an instance of the node of that name, or that instance? */
bool cli_matches(const graph *g, int32_t instance, const char *name);
/* Reports that there is none; gives the exit status. */
int cli_no_node(const graph *g, const char *name);
#endif
