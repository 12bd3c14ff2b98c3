/* cli/commands.h - the commands, one per file (cache.c and cache_verify.c have those of the store's
 * upkeep).
 *
 * WHAT CLI PROMISES
 *   Results go to standard output, everything else to standard error. Exit status: 0 done, 1 a node
 *   failed, 2 the pipeline or the command line is wrong, 3 the environment is wrong, 130
 * interrupted. An error says where, what was found, what was expected, and ends with what to do.
 * Nothing that comes from a file acts on the terminal. An option is never ignored.
 *
 * STATES
 *   words -> (options.c, against the command's table) options and operands, or a refusal with the
 *   nearest name -> (session.c) ops, pipeline and store opened as far as the command needs them
 *   -> the command's `run` -> exit status. A command is data and one function (options.h); help,
 *   manual page and completion are made from the same table.
 *
 * WHO MAY CHANGE WHAT
 *   print.c alone writes to standard output and standard error, and makes harmless what it prints.
 * A command owns what it opened through its session. progress.c listens to a run (bars.c draws,
 *   event_json.c writes events, failure.c words failures) and changes nothing of it. Files of the
 *   user appear whole or not at all (base/new_file.h).
 *
 * WHEN THINGS FAIL
 *   Whoever detects it wrote the message (base/error.h); the command reports it once and returns
 * its status. Standard output that is closed or full is a failure of its own. A signal ends a
 * command at once, but for a run, which stops cleanly (run/interrupts.h).
 *
 * Regrets: --no-isolate stands beside --executor inline, and the commands of the cache share one
 * file because each is short. */
#ifndef ATOMLOOM_CLI_COMMANDS_H
#define ATOMLOOM_CLI_COMMANDS_H
#include "cli/options.h"

extern const cli_command command_run, command_plan, command_get, command_show, command_graph,
    command_diff, command_log, command_finish, command_why, command_cite, command_crate,
    command_ops, command_describe, command_new, command_check_plugin, command_schema,
    command_cache_ls, command_cache_stats, command_cache_gc, command_cache_verify, command_cache_rm,
    command_cache_init, command_doctor, command_completion, command_help, command_report,
    command_action;
#endif
