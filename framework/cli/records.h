/* cli/records.h - the records of the actions that made a value, read from the store. */
#ifndef ATOMLOOM_CLI_RECORDS_H
#define ATOMLOOM_CLI_RECORDS_H
#include "cli/common.h"

/* The provenance of an action as JSON (owned: json_decref), with its times. NULL with `e` set. */
json_t *record_read(store *s, const digest *key, double *started, double *wall_s, error *e);
const char *record_text(const json_t *o, const char *name); /* "" where there is none */
/* A parameter's value as YAML has it. */
void record_value(const json_t *v, text *out);
#endif
