/* cli/log.c - `atomloom log`: what an action wrote while it ran. */
#include "cli/commands.h"
#include "cli/outputs.h"
#include "run/run.h"
#include <string.h>

static int print_logs(const cli_args *args, plan *p, const char *name)
{
    error e = { 0 };
    text t = { 0 };
    int found = 0;
    const graph *g = p->graph;
    for (int32_t i = 0; i < g->instance_count && !e.status; i++) {
        if (!cli_matches(g, i, name)) continue;
        bool many =
            g->nodes[g->instances[i].node].count > 1 && strcmp(g->instances[i].name, name) != 0;
        text log = { 0 };
        found++;
        bool ran = run_log(p, i, &log, &e);
        if (many) text_printf(&t, "== %s\n", g->instances[i].name);
        if (ran && log.length) {
            text_add(&t, log.data, log.length);
            if (log.data[log.length - 1] != '\n') text_putc(&t, '\n');
        } else if (!e.status && ran) cli_warn("%s wrote nothing", g->instances[i].name);
        else if (!e.status) {
            text command = { 0 };
            run_command(args, true, &command);
            cli_warn("%s has not run yet: `%s` runs it", g->instances[i].name,
                     command.data ? command.data : "atomloom run");
            text_free(&command);
        }
        text_free(&log);
    }
    int status = e.status ? cli_report(&e) : found ? cli_print(&t) : cli_no_node(g, name);
    text_free(&t);
    return status;
}

static int run_log_command(const cli_args *args)
{
    cli_session s = { 0 };
    plan *p = NULL;
    int status = cli_session_open(args, &s);
    if (!status) p = cli_plan(&s, &(plan_options){ 0 }, &status);
    if (p) {
        status = print_logs(args, p, cli_operand_at(args, 1));
        plan_free(p);
    }
    cli_session_close(&s);
    return status;
}

const cli_command command_log = {
    .name = "log",
    .group = "Pipelines",
    .summary = "print what a node wrote while it ran",
    .run = run_log_command,
    .description = "Prints the notes, the stdout and the stderr of the last execution of a node, "
                   "whether it failed or not.",
    .operands =
        (const cli_operand[]){
            OPERAND_PIPELINE,
            { .name = "NODE", .doc = "a node, or one of its instances: 'recon[minutes=30]'" },
            { 0 } },
    .options = (const cli_option[]){ OPTION_SET,
                                     OPTION_VAR,
                                     OPTION_SWEEP,
                                     OPTION_ONLY,
                                     OPTION_STORE,
                                     OPTION_PLUGIN_DIR,
                                     { 0 } },
    .examples = (const cli_example[]){ { "atomloom log pipelines/quickstart.yaml recon",
                                         "the notes of node `recon`" },
                                       { 0 } },
};
