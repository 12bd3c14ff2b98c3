/* cli/bars.h - the bars of a run on a terminal: one for each running instance, one for the whole.
 */
#ifndef ATOMLOOM_CLI_BARS_H
#define ATOMLOOM_CLI_BARS_H
#include "run/run.h"

typedef struct bars bars;

/* NULL: out of memory. The graph is borrowed. */
bars *bars_new(const graph *g, bool colour);
void bars_free(bars *b);                             /* clears them */
void bars_started(bars *b, const run_event *event);  /* an instance begins ... */
void bars_progress(bars *b, const run_event *event); /* ... goes on ... */
void bars_finished(bars *b, const run_event *event); /* ... and ends */
/* Draw, where something runs and the last picture is old enough. */
void bars_draw(bars *b, const run_totals *totals, double now_s);
void bars_clear(bars *b); /* before anything else is printed */
#endif
