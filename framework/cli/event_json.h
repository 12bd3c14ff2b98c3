/* cli/event_json.h - the events of a run as JSON, one per line: docs/events.md. */
#ifndef ATOMLOOM_CLI_EVENT_JSON_H
#define ATOMLOOM_CLI_EVENT_JSON_H
#include "run/run.h"

/* One event and its line end; nothing for those that programs are not told of. */
void event_json(const graph *g, const run_event *event, text *out);
#endif
