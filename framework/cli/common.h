/* cli/common.h - what most commands need: their options, a session, a way to print, amounts for
 * people. */
#ifndef ATOMLOOM_CLI_COMMON_H
#define ATOMLOOM_CLI_COMMON_H
#include "cli/amounts.h"
#include "cli/options.h"
#include "cli/print.h"
#include "cli/session.h"

/* The group of the commands of the store's upkeep, in help. */
#define COMMANDS_STORE "The store"

/* Rows that several commands share. */
#define OPTION_STORE \
    { \
        .name = "store", .argument = "DIR", .doc = "where values are kept", \
        .complete = COMPLETE_DIRECTORY, \
        .otherwise = "$ATOMLOOM_STORE, or $XDG_CACHE_HOME/atomloom, or ~/.cache/atomloom" \
    }
#define OPTION_PLUGIN_DIR \
    { \
        .name = "plugin-dir", .argument = "DIR", \
        .doc = "another directory of plugins, searched first", .complete = COMPLETE_DIRECTORY, \
        .repeat = true \
    }
#define OPTION_SET \
    { \
        .name = "set", .argument = "NODE.PARAM=VALUE", \
        .doc = "change a parameter, or the op of a node (NODE.op=OP)", \
        .example = "--set recon.iterations=50", .repeat = true \
    }
#define OPTION_VAR \
    { \
        .name = "var", .argument = "NAME=VALUE", .doc = "give a variable of the pipeline a value", \
        .example = "--var dose=8e3", .repeat = true \
    }
#define OPTION_SWEEP \
    { \
        .name = "sweep", .argument = "NODE.PARAM=A,B,C", \
        .doc = "run once for each of these values and put the outputs side by side", \
        .example = "--sweep recon.iterations=50,100,200", .repeat = true \
    }
#define OPTION_ONLY \
    { \
        .name = "only", .argument = "AXIS=A,B", \
        .doc = "these points of an axis alone: outputs and gathers [*] leave out the others", \
        .example = "--only minutes=30", .repeat = true \
    }
#define OPTION_UNTIL \
    { \
        .name = "until", .argument = "NODE", \
        .doc = "only what this node needs, and it; its outputs are those of the run", \
        .example = "--until recon", .repeat = true \
    }
#define OPTION_OUTPUTS \
    { \
        .name = "outputs", .argument = "A,B", .doc = "only these outputs and what they need", \
        .example = "--outputs total,mean", .repeat = true \
    }
#define OPTION_FORCE \
    { \
        .name = "force", .argument = "NODE", \
        .doc = "execute this node again even if the store knows its result; another result is a " \
               "warning", \
        .example = "--force recon", .repeat = true \
    }
#define OPTION_JSON \
    { \
        .name = "json", .doc = "print JSON" \
    }
#define OPERAND_PIPELINE \
    { \
        .name = "FILE", .doc = "the pipeline, a YAML file", .complete = COMPLETE_FILE \
    }
#endif
