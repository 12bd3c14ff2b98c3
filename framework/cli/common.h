/* cli/common.h - what most commands do: open the registry, the store and a pipeline, print a result, report a failure. */
#ifndef ATOMLOOM_CLI_COMMON_H
#define ATOMLOOM_CLI_COMMON_H
#include "cli/options.h"
#include "cli/print.h"
#include "pipeline/graph.h"
#include "plugin/registry.h"
#include "store/store.h"

/* Rows that several commands share. */
#define OPTION_STORE { .name = "store", .argument = "DIR", .doc = "where values are kept", .complete = COMPLETE_DIRECTORY, \
    .otherwise = "$ATOMLOOM_STORE, or $XDG_CACHE_HOME/atomloom, or ~/.cache/atomloom" }
#define OPTION_PLUGIN_DIR                                                                      \
    {                                                                                          \
        .name = "plugin-dir", .argument = "DIR",                                               \
        .doc = "another directory of plugins, searched first", .complete = COMPLETE_DIRECTORY, \
        .repeat = true                                                                         \
    }
#define OPTION_SET { .name = "set", .argument = "NODE.PARAM=VALUE", .doc = "change a parameter, or the op of a node (NODE.op=OP)", \
    .example = "--set recon.iterations=50", .repeat = true }
#define OPTION_VAR { .name = "var", .argument = "NAME=VALUE", .doc = "give a variable of the pipeline a value", \
    .example = "--var dose=8e3", .repeat = true }
#define OPTION_SWEEP { .name = "sweep", .argument = "NODE.PARAM=A,B,C", \
    .doc = "run once for each of these values and put the outputs side by side", .example = "--sweep recon.iterations=50,100,200", \
    .repeat = true }
#define OPTION_JSON { .name = "json", .doc = "print JSON" }
#define OPERAND_PIPELINE { .name = "FILE", .doc = "the pipeline, a YAML file", .complete = COMPLETE_FILE }

registry *cli_registry(const cli_args *args, error *e);
store *cli_store(const cli_args *args, error *e);
/* The pipeline named by the first operand, with --set, --var and --sweep where the command has them. Warnings and errors are
 * printed here; NULL: exit with E_PARAM's status. */
graph *cli_graph(const cli_args *args, const registry *ops);

/* Registry, store and pipeline of one command. Zero-initialise; cli_session_close whatever happened. */
typedef struct cli_session { registry *ops; store *store; graph *graph; } cli_session;
int cli_session_open(const cli_args *args, cli_session *out); /* 0, or the exit status after the failure was reported */
void cli_session_close(cli_session *s);

/* "1.5 MiB", "3 min 20 s": for people. */
char *bytes_text(uint64_t bytes, char out[32]);
char *seconds_text(double s, char out[32]);
#endif
