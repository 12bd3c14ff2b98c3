/* cli/session.c - registry, store and pipeline of one command, see common.h */
#include "cli/common.h"
#include "run/interrupts.h"

graph *cli_graph(const cli_args *args, const registry *ops)
{
    graph_options options = { cli_values(args, "set"), cli_values(args, "var"), cli_values(args, "sweep") };
    diagnostics found = { 0 };
    text t = { 0 };
    graph *g = pipeline_read(cli_operand_at(args, 0), ops, &options, &found);
    if (found.count) diagnostics_print(&found, cli_colour(stderr), &t);
    cli_put(stderr, &t);
    diagnostics_free(&found);
    return g;
}

int cli_session_open(const cli_args *args, cli_session *s)
{
    error e = { 0 };
    interrupts_end_at_once();
    s->ops = cli_registry(args, &e);
    if (!s->ops) return cli_report(&e);
    s->graph = cli_graph(args, s->ops);
    if (!s->graph) return status_exit(LOOM_E_PARAM);
    s->store = cli_store(args, &e);
    return s->store ? 0 : cli_report(&e);
}

void cli_session_close(cli_session *s)
{
    if (s->graph) graph_free(s->graph);
    if (s->store) store_close(s->store);
    if (s->ops) registry_close(s->ops);
    *s = (cli_session){ 0 };
}
