/* Properties of a run that fails: failures are told apart and contained, limits hold, an interrupt
 * loses nothing. */
#include "support/run_fixture.h"
#include "support/suite.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* `bad`, what needs it, and a branch of its own. Returns bad. */
static int32_t make_failing(const char *params)
{
    int32_t bad = maker_add(m, "bad", "test.misbehave", params),
            after = maker_add(m, "after", "test.sum", NULL),
            apart = maker_add(m, "apart", "test.number", NULL);
    maker_connect(m, bad, 0, after, 0);
    maker_want(m, after, 0);
    maker_want(m, apart, 0);
    return bad;
}

static const struct {
    const char *params;
    run_failure reason;
    int signal;
    const char *fragment;
} failures[] = {
    { "how=crash", FAILURE_SIGNAL, SIGSEGV, "SIGSEGV" },
    { "how=killed", FAILURE_SIGNAL, SIGKILL, "was killed" },
    { "how=abort", FAILURE_SIGNAL, SIGABRT, "SIGABRT" },
    { "how=exit", FAILURE_ERROR, 0, "exit status 3" },
    { "how=fail", FAILURE_ERROR, 0, "it shall fail" },
    { "how=nan", FAILURE_ERROR, 0, "output 'out'" },
    { "how=nothing", FAILURE_ERROR, 0, "did not make its output 'out'" },
    { "how=loop", FAILURE_TIME, 0, "time limit" },
    { "how=deaf seconds=30", FAILURE_TIME, 0, "time limit" },
    { "how=status", FAILURE_ERROR, 0, "failed without a message" },
    { "how=give_up", FAILURE_ERROR, 0, "failed without a message" },
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
    ck_assert_msg(strstr(s.failure[bad].message, failures[_i].fragment) != NULL, "%s",
                  s.failure[bad].message);
    ck_assert_int_eq(s.outcome[1], OUTCOME_SKIPPED);
    ck_assert_int_eq(s.outcome[2], OUTCOME_DONE);
    ck_assert(r.totals.failed == 1 && r.totals.skipped == 1 && r.totals.done == 1
              && r.totals.running == 0);
    maker_set(m, bad, "how=well"); /* and the pool is as good as new */
    ck_assert_int_eq(run_all(&s).exit_status, 0);
}
END_TEST

#if !defined __SANITIZE_ADDRESS__ \
    && !defined __SANITIZE_THREAD__ /* a sanitizer's allocator ends a process that has no memory \
                                       left */
START_TEST(memory_limits_hold)
{
    seen s = { 0 };
    int32_t bad = make_failing("how=allocate mebibytes=4000");
    m->node[bad].resources.memory_bytes = 64u << 20;
    run_all(&s);
    ck_assert_int_eq(s.reason[bad], FAILURE_MEMORY);
    ck_assert(strstr(s.failure[bad].message, "memory limit") != NULL);
    maker_set(
        m, bad,
        "how=malloc"); /* behind the host's back: the kernel refuses, the op crashes on NULL */
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
    ck_assert(strstr(log.data, "printed to stdout") != NULL
              && strstr(log.data, "printed to stderr") != NULL);
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

START_TEST(an_op_that_writes_to_its_input_harms_nobody)
{
    double v = 0;
    int32_t a = maker_add(m, "a", "test.number", "value=5"),
            bad = maker_add(m, "bad", "test.misbehave", "how=write_input"),
            sum = maker_add(m, "sum", "test.sum", NULL);
    maker_connect(m, a, 0, bad, 0);
    maker_connect(m, bad, 0, sum, 0);
    maker_connect(m, a, 0, sum, 0);
    maker_want(m, sum, 0);
    run_result r = run_with((run_options){ .jobs = 1 }, NULL, NULL, &v);
    ck_assert_int_eq(r.exit_status, 0);
    ck_assert(v == 6);
}
END_TEST

/* Sanitizers take more address space than any limit that is worth a test. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define WITH_LIMITS(...) __VA_ARGS__
#else
#define WITH_LIMITS(...) memory_limits_hold, __VA_ARGS__
#endif
TEST_MAIN_WITH("failures",
               ((suite_options){ .setup = fixture_setup,
                                 .teardown = fixture_teardown,
                                 .loop = each_failure_is_named_and_contained,
                                 .loops = sizeof failures / sizeof *failures }),
               WITH_LIMITS(what_an_op_prints_is_in_its_log_and_nowhere_else,
                           the_log_of_a_failure_is_kept, stop_at_failure_starts_nothing_more,
                           an_interrupt_stops_cleanly_and_the_next_run_goes_on,
                           a_second_interrupt_does_not_wait,
                           an_op_that_writes_to_its_input_harms_nobody))
