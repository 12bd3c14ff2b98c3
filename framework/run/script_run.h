/* run/script_run.h - an op that is a program (plugin/script.h) as one that can be run: its inputs
 * are written to a folder, the program is called, its outputs are read. What an op in C is held to
 * holds for it too: run/host.c calls both. */
#ifndef ATOMLOOM_RUN_SCRIPT_RUN_H
#define ATOMLOOM_RUN_SCRIPT_RUN_H
#include "plugin/script.h"

typedef struct script_op {
    loom_op op; /* the op of the script, with `run`; the first member */
    const script *script;
} script_op;

/* The script is borrowed. */
void script_op_make(script_op *out, const script *s);
#endif
