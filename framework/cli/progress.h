/* cli/progress.h - what a run tells while it goes on: bars on a terminal, plain lines elsewhere, JSON events for programs. */
#ifndef ATOMLOOM_CLI_PROGRESS_H
#define ATOMLOOM_CLI_PROGRESS_H
#include "cli/common.h"
#include "run/run.h"

typedef enum progress_form {
    PROGRESS_AUTO,  /* bars where stderr is a terminal, lines elsewhere */
    PROGRESS_JSON,  /* one event per line on stdout: docs/events.md */
    PROGRESS_QUIET  /* failures only */
} progress_form;

typedef struct progress progress;

progress *progress_new(const graph *g, progress_form form, error *e); /* the graph is borrowed */
void progress_free(progress *p);                                      /* clears the bars */
void progress_event(void *user, const run_event *event);              /* run_options.event, with the progress as user */

/* The line of the pipeline that a failure or a warning is about: the parameter or input the op named, else the node. `*by_default` is
 * set where that parameter is not in the file. */
place failure_place(const graph *g, int32_t instance, const char *where, const loom_param **by_default);

/* The lines of a failed instance: where in the pipeline, what failed, what to do, the end of its log. */
void failure_text(const graph *g, int32_t instance, const error *failure, const char *log, bool colour, text *out);
#endif
