/* Properties of a run: right values, nothing twice, failures told apart and contained, limits that hold. */
#include "support/graph_maker.h"
#include "store/value.h"
#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64];
static store *st;
static maker *m;

static void setup(void)
{
    error e = { 0 };
    strcpy(dir, "/tmp/atomloom-run-XXXXXX");
    ck_assert(mkdtemp(dir) != NULL);
    st = store_open(dir, &e);
    ck_assert_msg(st != NULL, "%s", e.message);
    m = maker_new();
}

static void teardown(void)
{
    char command[128];
    maker_free(m);
    store_close(st);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}

/* What the events said, by instance. */
typedef struct seen {
    run_outcome outcome[MAKER_NODES];
    run_failure reason[MAKER_NODES];
    int signal[MAKER_NODES], started[MAKER_NODES], finished[MAKER_NODES];
    int threads[MAKER_NODES];
    error failure[MAKER_NODES];
    char log[4096], notes[4096];
    int begins, ends, progress, most_running;
    int interrupt_at_start; /* raise SIGINT when this many have started */
    int starts;
    bool insist;            /* a second SIGINT when it says that it is stopping */
} seen;

static void on_event(void *user, const run_event *e)
{
    seen *s = user;
    if (e->totals.running > s->most_running) s->most_running = e->totals.running;
    switch (e->kind) {
    case RUN_BEGIN: s->begins++; break;
    case RUN_END: s->ends++; break;
    case RUN_PROGRESS: s->progress++; break;
    case RUN_STOPPING:
        if (s->insist) raise(SIGINT);
        break;
    case RUN_STARTED:
        s->started[e->instance]++;
        s->threads[e->instance] = e->threads;
        if (++s->starts == s->interrupt_at_start) raise(SIGINT);
        break;
    case RUN_NOTE: snprintf(s->notes + strlen(s->notes), sizeof s->notes - strlen(s->notes), "%s\n", e->text); break;
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

static run_result run_with(run_options options, seen *s, const plan_options *wanted, double *value_of_first_output)
{
    error e = { 0 };
    int32_t failed;
    run_result result;
    static seen nobody;
    int interrupt = s ? s->interrupt_at_start : 0;
    bool insist = s && s->insist;
    if (!s) s = &nobody;
    memset(s, 0, sizeof *s);
    s->interrupt_at_start = interrupt;
    s->insist = insist;
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
    if (!result.interrupted && !options.stop_at_failure) ck_assert_int_eq(t->cached + t->done + t->failed + t->skipped, t->needed);
    return result;
}

static run_result run_all(seen *s) { return run_with((run_options){ .jobs = 2 }, s, NULL, NULL); }

/* a -> b -> c, a sum of two chains. */
static void make_diamond(void)
{
    int32_t a = maker_add(m, "a", "test.number", "value=3"), b = maker_add(m, "b", "test.sum", "add=1.25 round=true");
    int32_t c = maker_add(m, "c", "test.sum", "add=10"), d = maker_add(m, "d", "test.sum", NULL);
    maker_connect(m, a, 0, b, 0);
    maker_connect(m, a, 0, c, 0);
    maker_connect(m, b, 0, d, 0);
    maker_connect(m, c, 0, d, 0);
    maker_want(m, d, 0);
}

START_TEST(values_are_right_and_a_second_run_executes_nothing)
{
    seen s = { 0 };
    double v = 0;
    make_diamond();
    run_result r = run_with((run_options){ .jobs = 2 }, &s, NULL, &v);
    ck_assert_int_eq(r.exit_status, 0);
    ck_assert_int_eq(r.totals.done, 4);
    ck_assert(v == 17);
    ck_assert(strstr(s.notes, "the number is 3") != NULL);
    r = run_with((run_options){ .jobs = 2 }, &s, NULL, &v);
    ck_assert_int_eq(r.totals.cached, 4);
    ck_assert_int_eq(r.totals.done, 0);
    ck_assert_int_eq(s.starts, 0);
    ck_assert(v == 17);
}
END_TEST

START_TEST(only_what_a_change_reaches_runs_again)
{
    seen s = { 0 };
    double v = 0;
    make_diamond();
    run_all(NULL);
    maker_set(m, 2, "add=20");
    run_result r = run_with((run_options){ .jobs = 2 }, &s, NULL, &v);
    ck_assert_int_eq(r.totals.done, 2);
    ck_assert(s.started[2] && s.started[3] && v == 27);
    maker_set(m, 2, "add=10"); /* and back: everything is known */
    r = run_with((run_options){ .jobs = 2 }, &s, NULL, &v);
    ck_assert_int_eq(r.totals.done, 0);
    ck_assert(v == 17);
}
END_TEST

START_TEST(same_bytes_end_the_chain_of_changes)
{
    seen s = { 0 };
    make_diamond();
    run_all(NULL);
    maker_set(m, 1, "add=1.5"); /* rounded down: the same value */
    run_result r = run_all(&s);
    ck_assert_int_eq(r.totals.done, 1);
    ck_assert_int_eq(s.started[1], 1);
    ck_assert_int_eq(s.outcome[3], OUTCOME_CACHED);
}
END_TEST

static void delete_object_of(int32_t instance)
{
    error e = { 0 };
    int32_t failed;
    digest d;
    plan *p = plan_make(&m->graph, st, NULL, &failed, &e);
    ck_assert(p != NULL && plan_output(p, (graph_edge){ instance, 0 }, &d));
    ck_assert_msg(store_remove(st, &d, &e), "%s", e.message);
    plan_free(p);
}

START_TEST(a_lost_object_is_made_again_only_where_it_is_needed)
{
    seen s = { 0 };
    double v = 0;
    make_diamond();
    run_all(NULL);
    delete_object_of(1);
    ck_assert_int_eq(run_all(&s).totals.done, 0);
    delete_object_of(0);
    maker_set(m, 3, "add=1"); /* needs the object of b, which needs that of a */
    run_result r = run_with((run_options){ .jobs = 2 }, &s, NULL, &v);
    ck_assert_int_eq(r.totals.done, 3);
    ck_assert(s.started[0] && s.started[1] && s.started[3] && !s.started[2]);
    ck_assert(v == 18);
    delete_object_of(3); /* wanted itself */
    ck_assert_int_eq(run_all(&s).totals.done, 1);
}
END_TEST

/* Flip a byte near the end of every object: all that is read again must be noticed and made again. */
static void damage_objects(void)
{
    char command[256];
    snprintf(command, sizeof command, "find '%s/objects' -type f | while read f; do chmod u+w \"$f\"; printf X | dd of=\"$f\" bs=1 conv=notrunc status=none "
             "seek=$(($(stat -c %%s \"$f\") - 3)); done", dir);
    ck_assert_int_eq(system(command), 0);
}

/* A collection may come between a plan and its run. */
START_TEST(what_was_collected_after_planning_is_made_again)
{
    error e = { 0 };
    int32_t failed, kept = maker_add(m, "kept", "test.number", "value=3"), more = maker_add(m, "more", "test.number", "value=4");
    run_result result;
    digest d;
    maker_want(m, kept, 0);
    run_all(NULL);
    maker_want(m, more, 0);
    plan *p = plan_make(&m->graph, st, NULL, &failed, &e);
    ck_assert(p && p->cached == 1 && p->run == 1 && plan_output(p, (graph_edge){ kept, 0 }, &d));
    ck_assert_msg(store_remove(st, &d, &e), "%s", e.message);
    ck_assert_msg(run_plan(p, NULL, &result, &e), "%s", e.message);
    ck_assert(result.totals.done == 2 && result.totals.cached == 0 && result.exit_status == 0);
    ck_assert(store_has(st, &d));
    plan_free(p);
}
END_TEST

START_TEST(a_damaged_object_is_noticed_and_made_again)
{
    double v = 0;
    make_diamond();
    run_all(NULL);
    damage_objects();
    maker_set(m, 3, "add=1");
    run_result r = run_with((run_options){ .jobs = 2 }, NULL, NULL, &v);
    ck_assert_int_eq(r.exit_status, 0);
    ck_assert(v == 18);
}
END_TEST

START_TEST(only_what_is_wanted_runs)
{
    seen s = { 0 };
    make_diamond();
    int32_t apart = maker_add(m, "apart", "test.number", "value=9"), wanted[] = { 1 };
    run_result r = run_with((run_options){ .jobs = 2 }, &s, &(plan_options){ .wanted = wanted, .wanted_count = 1 }, NULL);
    ck_assert_int_eq(r.totals.needed, 2);
    ck_assert(s.started[0] && s.started[1] && !s.started[2] && !s.started[3]);
    run_all(&s);
    ck_assert(!s.started[apart] && s.started[3]);
}
END_TEST

START_TEST(forced_steps_run_and_nothing_after_them)
{
    static const char *const force[] = { "a", NULL };
    seen s = { 0 };
    make_diamond();
    run_all(NULL);
    run_result r = run_with((run_options){ .jobs = 2 }, &s, &(plan_options){ .force = force }, NULL);
    ck_assert_int_eq(r.totals.done, 1);
    ck_assert_int_eq(s.started[0], 1);
}
END_TEST

START_TEST(equal_actions_run_once)
{
    seen s = { 0 };
    for (int i = 0; i < 6; i++) {
        char name[8];
        snprintf(name, sizeof name, "n%d", i);
        maker_want(m, maker_add(m, name, "test.misbehave", "how=sleep seconds=0.1"), 0);
    }
    run_result r = run_all(&s);
    ck_assert_int_eq(r.totals.done, 1);
    ck_assert_int_eq(r.totals.cached, 5);
}
END_TEST

/* ---- failures ----------------------------------------------------------------------------------------------------------- */

/* `bad`, what needs it, and a branch of its own. Returns bad. */
static int32_t make_failing(const char *params)
{
    int32_t bad = maker_add(m, "bad", "test.misbehave", params), after = maker_add(m, "after", "test.sum", NULL), apart = maker_add(m, "apart", "test.number", NULL);
    maker_connect(m, bad, 0, after, 0);
    maker_want(m, after, 0);
    maker_want(m, apart, 0);
    return bad;
}

static const struct { const char *params; run_failure reason; int signal; const char *fragment; } failures[] = {
    { "how=crash", FAILURE_SIGNAL, SIGSEGV, "SIGSEGV" },
    { "how=killed", FAILURE_SIGNAL, SIGKILL, "was killed" },
    { "how=abort", FAILURE_SIGNAL, SIGABRT, "SIGABRT" },
    { "how=exit", FAILURE_ERROR, 0, "exit status 3" },
    { "how=fail", FAILURE_ERROR, 0, "it shall fail" },
    { "how=nan", FAILURE_ERROR, 0, "output 'out'" },
    { "how=nothing", FAILURE_ERROR, 0, "did not make its output 'out'" },
    { "how=loop", FAILURE_TIME, 0, "time limit" },
    { "how=deaf seconds=30", FAILURE_TIME, 0, "time limit" },
};

START_TEST(each_failure_is_named_and_contained)
{
    seen s = { 0 };
    int32_t bad = make_failing(failures[_i].params);
    if (failures[_i].reason == FAILURE_TIME) m->node[bad].resources.time_s = 0.3;
    run_result r = run_all(&s);
    ck_assert_int_eq(r.exit_status, 1);
    ck_assert_int_eq(s.reason[bad], failures[_i].reason);
    ck_assert_int_eq(s.signal[bad], failures[_i].signal);
    ck_assert_msg(strstr(s.failure[bad].message, failures[_i].fragment) != NULL, "%s", s.failure[bad].message);
    ck_assert_int_eq(s.outcome[1], OUTCOME_SKIPPED);
    ck_assert_int_eq(s.outcome[2], OUTCOME_DONE);
    ck_assert(r.totals.failed == 1 && r.totals.skipped == 1 && r.totals.done == 1 && r.totals.running == 0);
    maker_set(m, bad, "how=well"); /* and the pool is as good as new */
    ck_assert_int_eq(run_all(&s).exit_status, 0);
}
END_TEST

#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__ /* a sanitizer's allocator ends a process that has no memory left */
START_TEST(memory_limits_hold)
{
    seen s = { 0 };
    int32_t bad = make_failing("how=allocate mebibytes=4000");
    m->node[bad].resources.memory_bytes = 64u << 20;
    run_all(&s);
    ck_assert_int_eq(s.reason[bad], FAILURE_MEMORY);
    ck_assert(strstr(s.failure[bad].message, "memory limit") != NULL);
    maker_set(m, bad, "how=malloc"); /* behind the host's back: the kernel refuses, the op crashes on NULL */
    run_all(&s);
    ck_assert_int_eq(s.reason[bad], FAILURE_MEMORY);
    ck_assert_int_eq(s.signal[bad], SIGSEGV);
    maker_set(m, bad, "mebibytes=20");
    ck_assert_int_eq(run_all(&s).exit_status, 0);
}
END_TEST
#endif

START_TEST(what_an_op_prints_is_in_its_log_and_nowhere_else)
{
    error e = { 0 };
    int32_t failed;
    text log = { 0 };
    maker_want(m, maker_add(m, "p", "test.misbehave", "how=print"), 0);
    run_all(NULL);
    plan *p = plan_make(&m->graph, st, NULL, &failed, &e);
    ck_assert_msg(run_log(p, 0, &log, &e), "%s", e.message);
    ck_assert(strstr(log.data, "printed to stdout") != NULL && strstr(log.data, "printed to stderr") != NULL);
    text_free(&log);
    plan_free(p);
}
END_TEST

START_TEST(the_log_of_a_failure_is_kept)
{
    error e = { 0 };
    int32_t failed;
    text log = { 0 };
    maker_want(m, maker_add(m, "p", "test.misbehave", "how=crash"), 0);
    run_all(NULL);
    plan *p = plan_make(&m->graph, st, NULL, &failed, &e);
    ck_assert(run_log(p, 0, &log, &e));
    ck_assert(strstr(log.data, "SIGSEGV") != NULL);
    text_free(&log);
    plan_free(p);
}
END_TEST

START_TEST(stop_at_failure_starts_nothing_more)
{
    seen s = { 0 };
    maker_want(m, maker_add(m, "bad", "test.misbehave", "how=fail"), 0);
    for (int i = 0; i < 20; i++) {
        char name[8], params[32];
        snprintf(name, sizeof name, "n%d", i);
        snprintf(params, sizeof params, "value=%d", i);
        maker_want(m, maker_add(m, name, "test.number", params), 0);
    }
    run_result r = run_with((run_options){ .jobs = 1, .stop_at_failure = true }, &s, NULL, NULL);
    ck_assert_int_eq(r.exit_status, 1);
    ck_assert_int_lt(s.starts, 5);
}
END_TEST

START_TEST(an_interrupt_stops_cleanly_and_the_next_run_goes_on)
{
    seen s = { .interrupt_at_start = 3 };
    for (int i = 0; i < 6; i++) {
        char name[8], params[64];
        snprintf(name, sizeof name, "n%d", i);
        snprintf(params, sizeof params, "how=%s seconds=0.%d", i < 2 ? "well" : "sleep", i + 2);
        maker_want(m, maker_add(m, name, "test.misbehave", params), 0);
    }
    run_result r = run_with((run_options){ .jobs = 1 }, &s, NULL, NULL);
    ck_assert(r.interrupted && r.exit_status == 130);
    ck_assert_int_eq(r.totals.done, 2);
    ck_assert_int_eq(s.reason[2], FAILURE_CANCELLED);
    s.interrupt_at_start = 0;
    r = run_with((run_options){ .jobs = 2 }, &s, NULL, NULL);
    ck_assert(r.exit_status == 0 && r.totals.cached == 2 && r.totals.done == 4);
}
END_TEST

START_TEST(a_second_interrupt_does_not_wait)
{
    seen s = { .interrupt_at_start = 1, .insist = true };
    maker_want(m, maker_add(m, "deaf", "test.misbehave", "how=deaf seconds=100"), 0);
    run_result r = run_with((run_options){ .jobs = 1 }, &s, NULL, NULL);
    ck_assert_int_eq(r.exit_status, 130);
    ck_assert_int_eq(s.reason[0], FAILURE_CANCELLED);
}
END_TEST

/* ---- packing -------------------------------------------------------------------------------------------------------------- */

START_TEST(estimates_that_do_not_fit_together_do_not_run_together)
{
    seen s = { 0 };
    for (int i = 0; i < 4; i++) {
        char name[8], params[80];
        snprintf(name, sizeof name, "n%d", i);
        snprintf(params, sizeof params, "how=sleep seconds=0.%d mebibytes=600 estimated=true", i + 1);
        maker_want(m, maker_add(m, name, "test.misbehave", params), 0);
    }
    run_result r = run_with((run_options){ .jobs = 4, .memory_bytes = 1ull << 30 }, &s, NULL, NULL);
    ck_assert_int_eq(r.exit_status, 0);
    ck_assert_int_eq(r.totals.done, 4);
    ck_assert(r.totals.elapsed_s > 0.9); /* 0.1 + 0.2 + 0.3 + 0.4, one after another */
}
END_TEST

START_TEST(threads_are_packed)
{
    seen s = { 0 };
    for (int i = 0; i < 3; i++) {
        char name[8], params[80];
        snprintf(name, sizeof name, "n%d", i);
        snprintf(params, sizeof params, "how=sleep seconds=0.%d", i + 1);
        int32_t k = maker_add(m, name, "test.misbehave", params);
        m->node[k].resources.threads = 2;
        maker_want(m, k, 0);
    }
    run_result r = run_with((run_options){ .jobs = 3, .threads = 3 }, &s, NULL, NULL);
    ck_assert_int_eq(r.totals.done, 3);
    ck_assert_int_eq(s.most_running, 1);
    ck_assert(s.threads[0] == 2 && s.threads[2] == 2);
}
END_TEST

START_TEST(an_op_that_writes_to_its_input_harms_nobody)
{
    double v = 0;
    int32_t a = maker_add(m, "a", "test.number", "value=5"), bad = maker_add(m, "bad", "test.misbehave", "how=write_input"), sum = maker_add(m, "sum", "test.sum", NULL);
    maker_connect(m, a, 0, bad, 0);
    maker_connect(m, bad, 0, sum, 0);
    maker_connect(m, a, 0, sum, 0);
    maker_want(m, sum, 0);
    run_result r = run_with((run_options){ .jobs = 1 }, NULL, NULL, &v);
    ck_assert_int_eq(r.exit_status, 0);
    ck_assert(v == 6);
}
END_TEST

START_TEST(no_isolation_gives_the_same_values)
{
    seen s = { 0 };
    double v = 0;
    make_diamond();
    run_result r = run_with((run_options){ .no_isolate = true }, &s, NULL, &v);
    ck_assert_int_eq(r.exit_status, 0);
    ck_assert(v == 17 && r.totals.done == 4);
}
END_TEST

START_TEST(a_file_is_its_content)
{
    char path[128], param[160];
    snprintf(path, sizeof path, "%s/input.txt", dir);
    snprintf(param, sizeof param, "file=%s", path);
    FILE *f = fopen(path, "w");
    fputs("one", f);
    fclose(f);
    maker_want(m, maker_add(m, "n", "test.number", param), 0);
    ck_assert_int_eq(run_all(NULL).totals.done, 1);
    params_free(m->instance[0].params);
    error e = { 0 };
    snprintf(path, sizeof path, "%s/other.txt", dir); /* another path, time and inode; the same content */
    f = fopen(path, "w");
    fputs("one", f);
    fclose(f);
    m->instance[0].params = params_new(m->node[0].op->op, &e);
    snprintf(param, sizeof param, "file=%s", path);
    maker_set(m, 0, param);
    ck_assert_int_eq(run_all(NULL).totals.done, 0);
    f = fopen(path, "w");
    fputs("two", f);
    fclose(f);
    params_free(m->instance[0].params);
    m->instance[0].params = params_new(m->node[0].op->op, &e);
    maker_set(m, 0, param);
    ck_assert_int_eq(run_all(NULL).totals.done, 1);
}
END_TEST

/* ---- several processes ------------------------------------------------------------------------------------------------- */

/* In a child: a run of the same graph with a store object of its own. Tells a byte for each start, or at the end how many it executed. */
static void tell_start(void *user, const run_event *e)
{
    if (e->kind == RUN_STARTED && write(*(int *)user, "s", 1) != 1) _exit(1);
}

static pid_t run_in_child(int out, bool tell)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid) return pid;
    error e = { 0 };
    int32_t failed;
    run_result r = { 0 };
    store *own = store_open(dir, &e);
    plan *p = own ? plan_make(&m->graph, own, NULL, &failed, &e) : NULL;
    run_options options = { .jobs = 2, .event = tell ? tell_start : NULL, .user = &out };
    if (!p || !run_plan(p, &options, &r, &e)) _exit(1);
    if (!tell && write(out, &r.totals.done, sizeof r.totals.done) != sizeof r.totals.done) _exit(1);
    _exit(0);
}

START_TEST(two_runs_on_one_store_share_the_work)
{
    enum { STEPS = 12 };
    int ends[2], status;
    int32_t done, total = 0;
    for (int i = 0; i < STEPS; i++) {
        char name[8], params[64];
        snprintf(name, sizeof name, "n%d", i);
        snprintf(params, sizeof params, "how=sleep seconds=0.0%d", i % 5 + 2);
        maker_add(m, name, "test.misbehave", params);
        if (i >= 4) maker_connect(m, i - 4, 0, i, 0);
        maker_want(m, i, 0);
    }
    maker_set(m, 0, "seconds=0.3");
    ck_assert_int_eq(pipe(ends), 0);
    pid_t one = run_in_child(ends[1], false), two = run_in_child(ends[1], false);
    for (int k = 0; k < 2; k++) {
        ck_assert_int_eq(read(ends[0], &done, sizeof done), sizeof done);
        total += done;
    }
    ck_assert(waitpid(one, &status, 0) == one && status == 0);
    ck_assert(waitpid(two, &status, 0) == two && status == 0);
    seen s = { 0 };
    run_result r = run_all(&s);
    ck_assert_int_eq(r.totals.done, 0);
    digest key[STEPS]; /* equal actions are one */
    int different = 0;
    error e = { 0 };
    int32_t failed;
    plan *p = plan_make(&m->graph, st, NULL, &failed, &e);
    for (int i = 0; i < STEPS; i++) {
        bool known = false;
        for (int k = 0; k < different; k++) known = known || digest_equal(&key[k], &p->step[i].key);
        if (!known) key[different++] = p->step[i].key;
    }
    plan_free(p);
    ck_assert_int_eq(total, different);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

/* The pipe's other end is held by the coordinator and, as its fork, by the worker: its end tells that both are gone. */
START_TEST(workers_die_with_their_coordinator)
{
    int ends[2], status;
    char c;
    maker_want(m, maker_add(m, "deaf", "test.misbehave", "how=deaf seconds=100"), 0);
    ck_assert_int_eq(pipe(ends), 0);
    pid_t pid = run_in_child(ends[1], true);
    close(ends[1]);
    ck_assert_int_eq(read(ends[0], &c, 1), 1);
    usleep(50000);
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    struct pollfd p = { .fd = ends[0], .events = POLLIN };
    ck_assert_int_eq(poll(&p, 1, 20000), 1);
    ck_assert_int_eq(read(ends[0], &c, 1), 0);
    close(ends[0]);
    maker_set(m, 0, "seconds=0"); /* and the claim went with it */
    ck_assert_int_eq(run_all(NULL).totals.done, 1);
}
END_TEST

START_TEST(a_trace_is_written)
{
    char path[128], command[256];
    make_diamond();
    snprintf(path, sizeof path, "%s/trace.json", dir);
    run_with((run_options){ .jobs = 2, .trace_path = path }, NULL, NULL, NULL);
    snprintf(command, sizeof command, "test $(grep -c '\"ph\": \"X\"' '%s') = 4", path);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("run");
    TCase *t = tcase_create("run");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, values_are_right_and_a_second_run_executes_nothing);
    tcase_add_test(t, only_what_a_change_reaches_runs_again);
    tcase_add_test(t, same_bytes_end_the_chain_of_changes);
    tcase_add_test(t, a_lost_object_is_made_again_only_where_it_is_needed);
    tcase_add_test(t, what_was_collected_after_planning_is_made_again);
    tcase_add_test(t, a_damaged_object_is_noticed_and_made_again);
    tcase_add_test(t, only_what_is_wanted_runs);
    tcase_add_test(t, forced_steps_run_and_nothing_after_them);
    tcase_add_test(t, equal_actions_run_once);
    tcase_add_loop_test(t, each_failure_is_named_and_contained, 0, sizeof failures / sizeof *failures);
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    tcase_add_test(t, memory_limits_hold);
#endif
    tcase_add_test(t, what_an_op_prints_is_in_its_log_and_nowhere_else);
    tcase_add_test(t, the_log_of_a_failure_is_kept);
    tcase_add_test(t, stop_at_failure_starts_nothing_more);
    tcase_add_test(t, an_interrupt_stops_cleanly_and_the_next_run_goes_on);
    tcase_add_test(t, a_second_interrupt_does_not_wait);
    tcase_add_test(t, estimates_that_do_not_fit_together_do_not_run_together);
    tcase_add_test(t, threads_are_packed);
    tcase_add_test(t, an_op_that_writes_to_its_input_harms_nobody);
    tcase_add_test(t, no_isolation_gives_the_same_values);
    tcase_add_test(t, a_file_is_its_content);
    tcase_add_test(t, two_runs_on_one_store_share_the_work);
    tcase_add_test(t, workers_die_with_their_coordinator);
    tcase_add_test(t, a_trace_is_written);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
