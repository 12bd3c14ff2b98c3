/* run/schedule.h - which step is next: the state of every step as results arrive. No processes
 * here, only the order of things. */
#ifndef ATOMLOOM_RUN_SCHEDULE_H
#define ATOMLOOM_RUN_SCHEDULE_H
#include "run/plan.h"

typedef enum phase {
    PHASE_UNNEEDED,
    PHASE_INPUTS,  /* an input is not known yet */
    PHASE_OBJECTS, /* inputs known, but an object of one is being made again */
    PHASE_READY,   /* in the queue */
    PHASE_TAKEN,   /* handed out by schedule_take */
    PHASE_KNOWN,
    PHASE_FAILED,
    PHASE_SKIPPED /* something before it failed */
} phase;

typedef struct schedule {
    plan *plan;
    phase *phase;
    int32_t *pending; /* PHASE_INPUTS: edges still unknown */
    bool *announced;  /* its outputs have been counted by its consumers */
    bool *doubtful;   /* PHASE_READY: an input was made again since its key was made */
    /* expected seconds from here to the end of the longest path: the critical path goes first */
    double *height;
    /* consumers of i: consumer[first_consumer[i] .. first_consumer[i + 1]) */
    int32_t *consumer, *first_consumer;
    int32_t *queue, queued; /* a heap by height, then by place in the graph */
    int32_t *todo, todos;   /* steps to look at again */
    int32_t todo_room;      /* how many it has room for */
    /* A step changed its state without being handed out: found in the store (PHASE_KNOWN), skipped
     * (`upstream` failed), failed because its key could not be made (`e` says why), or known and
     * yet to be run again for a lost object (PHASE_OBJECTS). */
    void (*settled)(void *user, int32_t instance, phase now, int32_t upstream, const error *e);
    void *user;
} schedule;

/* Takes over from the plan: everything the plan knows is known, the rest is queued or waits. */
schedule *schedule_new(plan *p, void (*settled)(void *, int32_t, phase, int32_t, const error *),
                       void *user, error *e);
void schedule_free(schedule *s);
/* the next step to execute, PHASE_TAKEN; -1 when none is ready */
int32_t schedule_take(schedule *s);
void schedule_return(schedule *s, int32_t instance); /* not now: back into the queue */
/* its outputs are in the plan (plan_set_outputs) and in the store */
void schedule_know(schedule *s, int32_t instance);
/* and everything that needs it is skipped */
void schedule_fail(schedule *s, int32_t instance);
/* The object of an input could not be read after all: what made it runs again, and then this step.
 */
void schedule_lose(schedule *s, int32_t instance);
#endif
