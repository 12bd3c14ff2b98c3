/* run/script_call.h - what a program is given and what it gives, as files of its folder.
 * docs/sdk.md has the form. */
#ifndef ATOMLOOM_RUN_SCRIPT_CALL_H
#define ATOMLOOM_RUN_SCRIPT_CALL_H
#include "base/text.h"
#include "base/error.h"

/* Each input as FOLDER/PORT.h5, those of a list as FOLDER/PORT.0.h5 and so on. False with `e`. */
bool script_write_inputs(loom_call *call, const loom_op *op, const char *folder, error *e);
/* The text for its standard input: op, threads, where inputs are and outputs belong, parameters.
 * `params` is the op's parameter struct. */
bool script_describe(loom_call *call, const loom_op *op, const void *params, const char *folder,
                     text *out, error *e);
/* Outputs from FOLDER/PORT.out.h5, or from FOLDER/PORT.out.json (script_plain.h), as those of the
 * call. Where neither is there, an output was not made. */
bool script_read_outputs(loom_call *call, const loom_op *op, const char *folder, error *e);
#endif
