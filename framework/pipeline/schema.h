/* pipeline/schema.h - the language as a JSON Schema (draft 2020-12), made from the ops there are:
 * editors complete and check with it. */
#ifndef ATOMLOOM_PIPELINE_SCHEMA_H
#define ATOMLOOM_PIPELINE_SCHEMA_H
#include "base/text.h"
#include "plugin/registry.h"

/* Op names, their parameters (kind, range, choices, default, documentation) and ports. The checker
 * knows more (types along edges, axes, references): what the schema refuses the checker refuses
 * too, but for ${...}, which the schema lets stand anywhere. False: out of memory. */
bool pipeline_schema(const registry *ops, text *out);
#endif
