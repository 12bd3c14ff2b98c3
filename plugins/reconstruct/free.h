/* reconstruct/free.h - how many iterations: data that were not fitted (`stop: free`).
 *
 * The op's iterations are one function, a pass. With `stop: free` it runs twice: first with a part
 * of the data left out, scored by that part after every iteration; then with all data and as many
 * iterations as served the part best. */
#ifndef RECONSTRUCT_FREE_H
#define RECONSTRUCT_FREE_H
#include "problem.h"

/* Everything from the states' set-up to the last iteration, into q->made and q->spare. `params` are
 * the op's. */
typedef loom_status problem_pass(problem *q, const void *params);

/* Opens the problem, runs the pass, or with `stop: free` the two of them, makes the outputs. */
loom_status problem_solve(loom_call *call, const problem_settings *set, problem_pass *pass,
                          const void *params);
#endif
