/* cli/reporting.h - a run that is watched for its page: `report`, and `run --report`. */
#ifndef ATOMLOOM_CLI_REPORTING_H
#define ATOMLOOM_CLI_REPORTING_H
#include "cli/common.h"
#include "report/page.h"
#include "run/run.h"
#include <sys/types.h>

/* One pipeline of a page. Zero-initialise. */
typedef struct reporting {
    const cli_session *session; /* borrowed */
    plan *plan;                 /* owned once made: plan_free by reporting_end */
    track track;
    text command;
    const char *path; /* rewrite this page while the run goes on; NULL: do not */
    double written;   /* when that was begun last */
    pid_t writer;     /* who writes it; 0: nobody */
    void (*next)(void *user, const run_event *event);
    void *next_user;
} reporting;

/* The instances whose outputs the page shows, or the pipeline's outputs are. Owned; NULL: out of
 * memory. */
int32_t *reporting_wanted(const graph *g, int32_t *count);
/* Takes the plan. False: out of memory. reporting_end in either case. */
bool reporting_begin(reporting *r, const cli_args *args, const cli_session *s, plan *p, error *e);
void reporting_end(reporting *r);
/* run_options.event, with the reporting as user; hands on to `next`. */
void reporting_event(void *user, const run_event *event);

/* Writes the page of n pipelines; whole or not at all. */
bool reporting_write(reporting *r, int n, const char *path, int refresh_s, error *e);
#endif
