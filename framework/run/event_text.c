/* run/event_text.c - see run.h: the words of events, outcomes and failures. */
#include "run/run.h"
#include <assert.h>

const char *run_failure_text(run_failure f)
{
    static const char *const texts[RUN_FAILURES] = { "none",     "error",    "signal",
                                                     "time",     "memory",   "cancelled",
                                                     "upstream", "protocol", "node" };
    assert((size_t)f < sizeof texts / sizeof *texts);
    return texts[f];
}

const char *run_outcome_text(run_outcome o)
{
    static const char *const texts[] = { "cached", "done", "failed", "skipped" };
    assert((size_t)o < sizeof texts / sizeof *texts);
    return texts[o];
}

const char *run_event_text(run_event_kind k)
{
    static const char *const texts[] = { "begin",   "started",  "progress", "note",
                                         "warning", "damaged",  "waiting",  "finished",
                                         "tick",    "stopping", "held",     "end" };
    assert((size_t)k < sizeof texts / sizeof *texts);
    return texts[k];
}
