/* run/discard.h - values of nodes with `keep: false`: they leave the store when the run that made
 * them has no reader of them left.
 *
 * A value goes where all of this holds: every instance of this run that gives it belongs to such a
 * node and is not asked for itself; all of its readers in this run are done; this run executed what
 * made it (what was there before is someone's). And for others: no live run counts on it, no other
 * action made the same bytes, and the last run of no other pipeline keeps it. What a killed run
 * leaves stays until `cache gc`. */
#ifndef ATOMLOOM_RUN_DISCARD_H
#define ATOMLOOM_RUN_DISCARD_H
#include "run/coordinator.h"

/* Instance `reader` is done: its inputs may go. A value that cannot be removed stays, silently. */
void discard_inputs(coordinator *c, int32_t reader);
/* All that may go, at the end of the run. */
void discard_all(coordinator *c);
#endif
