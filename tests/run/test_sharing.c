/* Properties of what shares a machine: actions packed by memory and threads, runs on one store,
 * workers of a coordinator that died. */
#include "support/run_fixture.h"
#include "support/suite.h"
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(estimates_that_do_not_fit_together_do_not_run_together)
{
    seen s = { 0 };
    for (int i = 0; i < 4; i++) {
        char name[8], params[80];
        snprintf(name, sizeof name, "n%d", i);
        snprintf(params, sizeof params, "how=sleep seconds=0.%d mebibytes=600 estimated=true",
                 i + 1);
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

/* In a child: a run of the same graph with a store object of its own. Tells a byte for each start,
 * or at the end how many it executed. */
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

/* The pipe's other end is held by the coordinator and, as its fork, by the worker: its end tells
 * that both are gone. */
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

TEST_MAIN_WITH("sharing", ((suite_options){ .setup = fixture_setup, .teardown = fixture_teardown }),
               estimates_that_do_not_fit_together_do_not_run_together, threads_are_packed,
               two_runs_on_one_store_share_the_work, workers_die_with_their_coordinator)
