/* tests/support/run_fixture.h - a store of its own and a graph made by hand for every test of a
 * run, and what a run of it said. */
#ifndef ATOMLOOM_TESTS_RUN_FIXTURE_H
#define ATOMLOOM_TESTS_RUN_FIXTURE_H
#include "support/graph_maker.h"

/* Made by fixture_setup, gone with fixture_teardown: a directory, the store in it, an empty graph.
 */
extern char dir[64];
extern store *st;
extern maker *m;
void fixture_setup(void);
void fixture_teardown(void);

/* What the events said, by instance. */
typedef struct seen {
    run_outcome outcome[MAKER_NODES];
    run_failure reason[MAKER_NODES];
    int signal[MAKER_NODES], started[MAKER_NODES], finished[MAKER_NODES];
    int threads[MAKER_NODES];
    error failure[MAKER_NODES];
    char log[4096], notes[4096], warned[4096];
    int warnings[MAKER_NODES];
    int begins, ends, progress, most_running;
    int interrupt_at_start; /* raise SIGINT when this many have started */
    int starts;
    bool insist; /* a second SIGINT when it says that it is stopping */
    /* called once, at the first progress of an instance that has started; NULL: nothing */
    void (*on_start)(void);
} seen;

/* A run of the graph; every event is counted in `s` (NULL: nowhere). `wanted` as in plan_make, may
 * be NULL. */
run_result run_with(run_options options, seen *s, const plan_options *wanted,
                    double *value_of_first_output);
run_result run_all(seen *s); /* two jobs, all outputs */
/* The number that is the first output of an instance, from the store. */
double output_number(int32_t instance);
/* a -> b -> c, a sum of two chains. */
void make_diamond(void);
#endif
