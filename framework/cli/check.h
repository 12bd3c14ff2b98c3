/* cli/check.h - the contract of an op, checked on inputs made from the rows of types.h. For `atomloom check-plugin`. */
#ifndef ATOMLOOM_CLI_CHECK_H
#define ATOMLOOM_CLI_CHECK_H
#include "cli/common.h"
#include "run/host.h"

/* What the floats of a generated value are. */
typedef enum check_content { CONTENT_PLAIN, CONTENT_NAN, CONTENT_EMPTY } check_content;

/* A small value of a standard type, the same each time; NULL where the type is not known (`e` is set only when out of memory). */
loom_value *check_value(const char *type, check_content content, error *e);

typedef enum check_verdict { CHECK_PASSED, CHECK_FAILED, CHECK_SKIPPED } check_verdict;

/* One rule. `prove` runs in a child process of its own and says why in `why` unless it passed. `settings`: "family.op.param=value" texts,
 * NULL-terminated; those of other ops are passed over. */
typedef struct check_rule {
    const char *name;
    check_verdict (*prove)(const loom_op *op, const char *const *settings, text *why);
    int runs;   /* of the op, for the time limit */
    bool plain; /* means nothing where the op does not run on the generated inputs */
} check_rule;
extern const check_rule check_rules[]; /* ended by {0} */

/* Symbols that a shared object defines and exports, one per line. */
bool exported_symbols(const char *path, text *out, error *e);
#endif
