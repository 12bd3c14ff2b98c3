/* cli/warnings.h - what the ops warned of: kept with each action, shown wherever its result is. */
#ifndef ATOMLOOM_CLI_WARNINGS_H
#define ATOMLOOM_CLI_WARNINGS_H
#include "cli/options.h"
#include "run/plan.h"

/* Every warning of the known instances that the plan's outputs depend on, each with its place in
 * the pipeline; the same text from several instances of a node once, with their number. Returns how
 * many warnings there are; 0 with `e` set on failure. */
int warnings_text(const plan *p, bool colour, text *out, error *e);
/* The same to stderr, at once. Returns how many. */
int warnings_print(const plan *p);
/* One line to stderr: how many there are, and the command that prints them (`show`, with the
 * options of this command). Nothing where there are none. Returns how many. */
int warnings_hint(const cli_args *args, const plan *p);
#endif
