/* cli/schema.c - `atomloom schema`: the pipeline language for editors. */
#include "cli/commands.h"
#include "cli/common.h"
#include "pipeline/schema.h"

static int run_schema(const cli_args *args)
{
    error e = { 0 };
    text t = { 0 };
    registry *ops = cli_registry(args, &e);
    if (!ops) return cli_report(&e);
    if (!pipeline_schema(ops, &t)) t.failed = true;
    registry_close(ops);
    return cli_print(&t);
}

const cli_command command_schema = {
    .name = "schema",
    .group = "Ops",
    .summary = "print a JSON Schema of the pipeline language, for editors",
    .run = run_schema,
    .description = "With it an editor completes op names, ports and parameters, shows their "
                   "documentation, and marks what is misspelt or out of range. The schema contains "
                   "the ops of this installation.",
    .options = (const cli_option[]){ OPTION_PLUGIN_DIR, { 0 } },
    .examples =
        (const cli_example[]){
            { "atomloom schema > atomloom.schema.json",
              "then begin a pipeline with: # yaml-language-server: $schema=atomloom.schema.json" },
            { 0 } },
};
