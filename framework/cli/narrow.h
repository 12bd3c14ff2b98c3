/* cli/narrow.h - --until, --outputs and --force: which outputs of a pipeline this command is about,
 * and what it executes again. Whatever fails is reported; the caller gets the exit status. */
#ifndef ATOMLOOM_CLI_NARROW_H
#define ATOMLOOM_CLI_NARROW_H
#include "cli/session.h"

/* Puts what --until and --outputs name in the place of the graph's outputs, so that plan, run and
 * all that is printed are about these. Nothing changes where neither is given. */
int narrow_outputs(const cli_args *args, cli_session *s);
/* The same for a list "A,B[k=1]" as --outputs takes it. */
int narrow_outputs_to(cli_session *s, const char *list);
/* The points of the output of that name; false, with nothing reported, where there is none. */
bool narrow_to(cli_session *s, const char *name);
/* Does --force name nodes, and is each of them part of this plan? */
int narrow_check_forced(const cli_args *args, const plan *p);
#endif
