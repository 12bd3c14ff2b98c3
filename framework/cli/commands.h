/* cli/commands.h - the commands, one per file (cache.c has those of the store's upkeep). */
#ifndef ATOMLOOM_CLI_COMMANDS_H
#define ATOMLOOM_CLI_COMMANDS_H
#include "cli/options.h"

extern const cli_command command_run, command_plan, command_get, command_show, command_graph,
    command_log, command_why, command_cite, command_crate, command_ops, command_describe,
    command_new, command_check_plugin, command_schema, command_cache_ls, command_cache_stats,
    command_cache_gc, command_cache_verify, command_cache_rm, command_doctor, command_completion,
    command_help, command_report;
#endif
