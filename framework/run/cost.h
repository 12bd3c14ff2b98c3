/* run/cost.h - what the nodes of a plan will need, before anything runs: from the ops' own
 * estimates where the inputs are in the store, else from the last run of this pipeline. */
#ifndef ATOMLOOM_RUN_COST_H
#define ATOMLOOM_RUN_COST_H
#include "run/plan.h"

typedef enum cost_source {
    COST_UNKNOWN,
    COST_ESTIMATE, /* by the op, for inputs that are known */
    COST_BEFORE,   /* what this instance took in the last run */
    COST_OTHERS    /* what other instances of the node, or of its op, took */
} cost_source;

/* Of the instances of a node that are not in the store yet. */
typedef struct cost_node {
    int32_t count;     /* how many; the rest is for count > 0 */
    cost_source from;  /* of `bytes` */
    uint64_t bytes;    /* largest peak of one instance, its inputs included */
    cost_source timed; /* of `seconds` */
    double seconds;    /* of all of them, one after the other */
} cost_node;

/* Fills out[graph->node_count]. An op's estimate is asked in a child process, for at most
 * COST_MOST_ASKED instances of a node. */
enum { COST_MOST_ASKED = 4 };
void plan_cost(const plan *p, cost_node *out);
#endif
