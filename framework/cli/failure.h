/* cli/failure.h - what went wrong with an instance, for people: where in the pipeline, what, what
 * to do, the end of its log. */
#ifndef ATOMLOOM_CLI_FAILURE_H
#define ATOMLOOM_CLI_FAILURE_H
#include "base/text.h"
#include "pipeline/graph.h"

/* The line of the pipeline that a failure or a warning is about: the parameter or input the op
 * named, else the node. `*by_default` is set where that parameter is not in the file. */
place failure_place(const graph *g, int32_t instance, const char *where,
                    const loom_param **by_default);

/* The lines of a failed instance, fit to be printed. `failure`, `log`: NULL where there is none. */
void failure_text(const graph *g, int32_t instance, const error *failure, const char *log,
                  bool colour, text *out);
#endif
