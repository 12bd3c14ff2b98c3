/* cli/describe.h - an op's documentation in three forms: for a terminal, as Markdown, as JSON. */
#ifndef ATOMLOOM_CLI_DESCRIBE_H
#define ATOMLOOM_CLI_DESCRIBE_H
#include "cli/common.h"

/* All that a descriptor says, added to `out`: for a terminal (`all`: advanced parameters too), as a
 * page of docs/ops, as JSON. */
void describe_text(const op_entry *entry, bool all, text *out);
void describe_markdown(const op_entry *entry, text *out);
json_t *describe_json(const op_entry *entry); /* owned */
/* What a value of a standard type holds; false where the type is unknown. */
bool describe_type(const char *type, bool markdown, text *out);
void describe_types_markdown(text *out);
/* A parameter's default as YAML writes it: `3`, `above`, `[1, 2]`; "" where it must be given. */
void param_default(const loom_param *row, text *out);
/* Kind and range: "number, 0 to 1", "one of: a, b". */
void param_range(const loom_param *row, text *out);
#endif
