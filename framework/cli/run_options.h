/* cli/run_options.h - what the options of `run` ask of a run. */
#ifndef ATOMLOOM_CLI_RUN_OPTIONS_H
#define ATOMLOOM_CLI_RUN_OPTIONS_H
#include "cli/common.h"
#include "run/run.h"
#include "run/slurm_profile.h"

/* Numbers, limits, the executor and where the trace goes, into options that are all 0; texts are
 * borrowed from `args`. False after setting e: an option that is none, or two that exclude each
 * other. */
bool run_options_read(const cli_args *args, run_options *o, error *e);

/* --profile FILE, else the user's, where there is one; only what the executor of `o` needs is read.
 * slurm_profile_free(out) in either case. */
bool run_profile_read(const cli_args *args, const run_options *o, slurm_profile *out, error *e);
#endif
