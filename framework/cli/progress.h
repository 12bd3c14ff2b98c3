/* cli/progress.h - what a run tells while it goes on: bars on a terminal, plain lines elsewhere,
 * JSON events for programs. */
#ifndef ATOMLOOM_CLI_PROGRESS_H
#define ATOMLOOM_CLI_PROGRESS_H
#include "cli/common.h"
#include "run/run.h"

typedef enum progress_form {
    PROGRESS_AUTO, /* bars where stderr is a terminal, lines elsewhere */
    PROGRESS_JSON, /* one event per line on stdout: docs/events.md */
    PROGRESS_QUIET /* failures only */
} progress_form;

typedef struct progress progress;

progress *progress_new(const graph *g, progress_form form, error *e); /* the graph is borrowed */
void progress_free(progress *p);                                      /* clears the bars */
/* run_options.event, with the progress as user */
void progress_event(void *user, const run_event *event);
#endif
