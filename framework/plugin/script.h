/* plugin/script.h - an op that is a program in any language: its description is a text file,
 * FAMILY.NAME.op.yaml, next to the program's files.
 *
 * Such an op is listed like those of shared objects; its plugin is the description with all files
 * that it names, and the digest of these stands in keys where that of a shared object does. How the
 * program is called: run/script_run.c. */
#ifndef ATOMLOOM_PLUGIN_SCRIPT_H
#define ATOMLOOM_PLUGIN_SCRIPT_H
#include "base/error.h"
#include "base/sha256.h"

enum {
    SCRIPT_MAX_BYTES = 64 << 20, /* of all files together: they are read whenever ops are listed */
    SCRIPT_IDENTIFY_LIMIT_S = 30,
    SCRIPT_IDENTIFY_BYTES = 1 << 20
};

/* What `identify` printed, once it was asked for. */
typedef struct script_identity {
    bool known;
    digest of;
} script_identity;

typedef struct script {
    loom_op op; /* `run` and `estimate` are NULL */
    const char *path, *directory;
    const char *version, *licence;
    const char *const *run;      /* the program and its arguments; ended by NULL */
    const char *const *identify; /* the same, prints what the result depends on; NULL: none */
    const char *const *files; /* relative to the directory, the description first; ended by NULL */
    digest content;           /* of all files, with their names */
    script_identity *identity;
} script;

struct arena;

/* Does the path end in ".op.yaml"? */
bool script_is_name(const char *path);
/* Everything in it lives in `memory`. NULL with `e`: FILE:LINE:COLUMN, what was found there, what
 * was expected; or the file that cannot be read; or the rule of op_check that is broken. */
const script *script_read(struct arena *memory, const char *path, error *e);
/* Are the files still those that were read? False with "changed during the run". */
bool script_unchanged(const script *s, error *e);
/* The digest of what the program `identify` prints (versions of an interpreter and its libraries),
 * run once; false where it cannot be run, fails or says nothing. `s->identify` is not NULL. [main]
 */
bool script_identify(const script *s, digest *out, error *e);
#endif
