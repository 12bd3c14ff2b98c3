/* run_fixture.c - see run_fixture.h. */
#include "support/run_fixture.h"
#include "store/value.h"
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char dir[64];
store *st;
maker *m;

void fixture_setup(void)
{
    error e = { 0 };
    strcpy(dir, "/tmp/atomloom-run-XXXXXX");
    ck_assert(mkdtemp(dir) != NULL);
    st = store_open(dir, &e);
    ck_assert_msg(st != NULL, "%s", e.message);
    m = maker_new();
}

void fixture_teardown(void)
{
    char command[128];
    maker_free(m);
    store_close(st);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}

static void on_event(void *user, const run_event *e)
{
    seen *s = user;
    if (e->totals.running > s->most_running) s->most_running = e->totals.running;
    switch (e->kind) {
    case RUN_BEGIN: s->begins++; break;
    case RUN_END: s->ends++; break;
    case RUN_PROGRESS:
        if (!s->progress++ && s->on_start) s->on_start();
        break;
    case RUN_STOPPING:
        if (s->insist) raise(SIGINT);
        break;
    case RUN_STARTED:
        s->started[e->instance]++;
        s->threads[e->instance] = e->threads;
        if (++s->starts == s->interrupt_at_start) raise(SIGINT);
        break;
    case RUN_WARNING:
        s->warnings[e->instance]++;
        snprintf(s->warned + strlen(s->warned), sizeof s->warned - strlen(s->warned), "%s\n",
                 e->text);
        break;
    case RUN_NOTE:
        snprintf(s->notes + strlen(s->notes), sizeof s->notes - strlen(s->notes), "%s\n", e->text);
        break;
    case RUN_FINISHED:
        s->finished[e->instance]++;
        s->outcome[e->instance] = e->outcome;
        s->reason[e->instance] = e->reason;
        s->signal[e->instance] = e->signal;
        if (e->failure) s->failure[e->instance] = *e->failure;
        if (e->text) snprintf(s->log, sizeof s->log, "%s", e->text);
        break;
    default: break;
    }
}

run_result run_with(run_options options, seen *s, const plan_options *wanted,
                    double *value_of_first_output)
{
    error e = { 0 };
    int32_t failed;
    run_result result;
    static seen nobody;
    int interrupt = s ? s->interrupt_at_start : 0;
    bool insist = s && s->insist;
    void (*on_start)(void) = s ? s->on_start : NULL;
    if (!s) s = &nobody;
    memset(s, 0, sizeof *s);
    s->interrupt_at_start = interrupt;
    s->insist = insist;
    s->on_start = on_start;
    options.event = on_event;
    options.user = s;
    plan *p = plan_make(&m->graph, st, wanted, &failed, &e);
    ck_assert_msg(p != NULL, "%s", e.message);
    ck_assert_msg(run_plan(p, &options, &result, &e), "%s", e.message);
    digest d;
    if (value_of_first_output && plan_output(p, m->output[0].from, &d)) {
        loom_value *v = store_get(st, &d, true, &e);
        ck_assert_msg(v != NULL, "%s", e.message);
        *value_of_first_output = *(const double *)value_array_at(v, 0)->data;
        value_free(v);
    }
    plan_free(p);
    ck_assert_int_eq(s->begins, 1);
    ck_assert_int_eq(s->ends, 1);
    const run_totals *t = &result.totals; /* every step is counted once, however it went */
    ck_assert_int_eq(t->cached + t->done + t->failed + t->skipped, t->needed);
    ck_assert(t->running == 0 && t->cancelled <= t->failed);
    return result;
}

double output_number(int32_t instance)
{
    error e = { 0 };
    int32_t failed;
    digest d;
    plan *p = plan_make(&m->graph, st, NULL, &failed, &e);
    ck_assert_msg(p && plan_output(p, (graph_edge){ instance, 0 }, &d), "instance %d has no output",
                  (int)instance);
    loom_value *v = store_get(st, &d, true, &e);
    ck_assert_msg(v != NULL, "%s", e.message);
    double number = *(const double *)value_array_at(v, 0)->data;
    value_free(v);
    plan_free(p);
    return number;
}

run_result run_all(seen *s) { return run_with((run_options){ .jobs = 2 }, s, NULL, NULL); }

void make_diamond(void)
{
    int32_t a = maker_add(m, "a", "test.number", "value=3"),
            b = maker_add(m, "b", "test.sum", "add=1.25 round=true");
    int32_t c = maker_add(m, "c", "test.sum", "add=10"), d = maker_add(m, "d", "test.sum", NULL);
    maker_connect(m, a, 0, b, 0);
    maker_connect(m, a, 0, c, 0);
    maker_connect(m, b, 0, d, 0);
    maker_connect(m, c, 0, d, 0);
    maker_want(m, d, 0);
}
