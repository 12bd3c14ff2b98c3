/* run/explain.h - what an instance itself has that its last execution did not; see plan.h. */
#ifndef ATOMLOOM_RUN_EXPLAIN_H
#define ATOMLOOM_RUN_EXPLAIN_H
#include "run/plan.h"

/* Of one instance. */
typedef struct own_changes {
    bool done;
    plan_changes changes; /* its own, without its inputs, except for their number */
    bool *differs; /* by edge, in the order of ports and then of the list: known now, and another
                      value than then; NULL: none */
} own_changes;

/* What explanations of a plan share. */
typedef struct explanations {
    own_changes *own; /* by instance; made when first asked for */
    /* of the walk under way, see causes.c: room for every instance, `place` zero between walks */
    int32_t *reached, *place;
    bool *found;
} explanations;

bool explanations_make(plan *p, error *e); /* once is enough; before the others */
void explanations_free(plan *p);           /* where none were made, too */
const own_changes *explain_own(plan *p, int32_t instance,
                               error *e); /* NULL with `e`: out of memory */

/* Texts are copied; NULL stays NULL. */
bool change_add(plan_changes *list, plan_change c, error *e);
/* The first figures of a digest, for people. */
void digest_short(const char *hex, char out[13]);
#endif
