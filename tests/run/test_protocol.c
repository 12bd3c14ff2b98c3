/* Properties of the talk between coordinator and workers: one answer for each action, from the
 * right process, and nothing that a worker sends, or keeps to itself, harms the coordinator or
 * another action. */
#include "support/run_fixture.h"
#include "support/suite.h"
#include <stdio.h>
#include <string.h>

static int32_t add_numbered(const char *op, const char *format, int number)
{
    char name[16], params[96];
    snprintf(name, sizeof name, "n%d", (int)m->graph.instance_count);
    snprintf(params, sizeof params, format, number);
    int32_t i = maker_add(m, name, op, params);
    maker_want(m, i, 0);
    return i;
}

/* Numbers follow, in the same worker, ops whose children return from `run` at once or while the
 * next action is under way. */
START_TEST(a_child_of_an_op_answers_nothing)
{
    enum { PAIRS = 8 };
    seen s = { 0 };
    for (int i = 0; i < PAIRS; i++) {
        int32_t bad = add_numbered("test.misbehave",
                                   i % 2 ? "how=fork_return mebibytes=%d"
                                         : "how=fork_late seconds=0.05 mebibytes=%d",
                                   i + 1);
        int32_t sum = add_numbered("test.sum", "add=%d seconds=0.1", 10 * i);
        maker_connect(m, bad, 0, sum, 0);
    }
    run_result r = run_with((run_options){ .jobs = 1 }, &s, NULL, NULL);
    ck_assert_int_eq(r.exit_status, 0);
    ck_assert_int_eq(r.totals.done, 2 * PAIRS);
    for (int i = 0; i < PAIRS; i++) ck_assert(output_number(2 * i + 1) == 10 * i + 1);
}
END_TEST

/* `mebibytes` is the serial number that the op takes itself to have: in half of the cases it is
 * right. */
static const struct {
    const char *params;
    double time_s;
    run_failure reason;
    const char *fragment;
} breaches[] = {
    { "how=daemon", 0, FAILURE_ERROR, "exit status 0" },
    { "how=close_all", 0, FAILURE_PROTOCOL, "closed descriptors that are not its own" },
    { "how=close_deaf seconds=60", 0, FAILURE_PROTOCOL, "closed descriptors that are not its own" },
    { "how=half seconds=60 mebibytes=1", 0.3, FAILURE_TIME, "time limit" },
    { "how=half seconds=60 mebibytes=7", 0, FAILURE_PROTOCOL,
      "answered for action 7 while action 1 was under way" },
    { "how=huge seconds=60 mebibytes=1", 0, FAILURE_PROTOCOL, "4294967295 bytes" },
    { "how=forge mebibytes=1", 0, FAILURE_PROTOCOL, "not in the store" },
    { "how=garble seconds=60 mebibytes=1", 0, FAILURE_PROTOCOL, "the worker" },
};

START_TEST(a_worker_that_breaks_the_protocol_fails_its_action_and_no_other)
{
    seen s = { 0 };
    int32_t bad = maker_add(m, "bad", "test.misbehave", breaches[_i].params),
            after = maker_add(m, "after", "test.number", "value=4");
    m->node[bad].resources.time_s = breaches[_i].time_s;
    maker_want(m, bad, 0);
    maker_want(m, after, 0);
    run_result r = run_with((run_options){ .jobs = 1 }, &s, NULL, NULL);
    ck_assert_int_eq(r.exit_status, 1);
    ck_assert_msg(s.reason[bad] == breaches[_i].reason, "%s: %s", run_failure_text(s.reason[bad]),
                  s.failure[bad].message);
    ck_assert_msg(strstr(s.failure[bad].message, breaches[_i].fragment) != NULL, "%s",
                  s.failure[bad].message);
    ck_assert_int_eq(s.outcome[after], OUTCOME_DONE);
    ck_assert(output_number(after) == 4);
    ck_assert(r.totals.elapsed_s < 20);
}
END_TEST

/* 250 workers send 40 messages each that are mostly in order and never right. */
START_TEST(ten_thousand_foul_messages_are_survived)
{
    enum { FOUL = 250 };
    seen s = { 0 };
    for (int i = 0; i < FOUL; i++)
        add_numbered("test.misbehave", "how=garble seconds=20 mebibytes=%d", i + 1);
    int32_t good = add_numbered("test.number", "value=%d", 6);
    run_result r = run_all(&s);
    ck_assert_int_eq(r.totals.failed, FOUL);
    ck_assert_int_eq(r.totals.done, 1);
    ck_assert(output_number(good) == 6);
    for (int i = 0; i < FOUL; i++) ck_assert_int_eq(s.reason[i], FAILURE_PROTOCOL);
}
END_TEST

START_TEST(an_interrupt_is_heard_while_a_message_is_incomplete)
{
    seen s = { .interrupt_at_start = 1, .insist = true };
    add_numbered("test.misbehave", "how=half seconds=60 mebibytes=%d", 1);
    run_result r = run_with((run_options){ .jobs = 1 }, &s, NULL, NULL);
    ck_assert_int_eq(r.exit_status, 130);
    ck_assert(r.totals.elapsed_s < 20);
}
END_TEST

START_TEST(many_notes_hold_up_nobody)
{
    add_numbered("test.misbehave", "how=chatter mebibytes=%d", 1);
    ck_assert_int_eq(run_all(NULL).exit_status, 0);
}
END_TEST

/* A task of 0.5 MB, more than a socket holds. */
START_TEST(a_task_with_many_inputs_arrives)
{
    enum { TERMS = 1000, TIMES = 14 };
    int32_t sum = -1;
    for (int i = 0; i < TERMS; i++) add_numbered("test.number", "value=%d", i % 10);
    sum = add_numbered("test.sum", "add=%d", 0);
    for (int k = 0; k < TIMES; k++)
        for (int i = 0; i < TERMS; i++) maker_connect(m, i, 0, sum, 0);
    ck_assert_int_eq(run_all(NULL).exit_status, 0);
    ck_assert(output_number(sum) == TIMES * 4500);
}
END_TEST

TEST_MAIN_WITH("protocol",
               ((suite_options){
                   .setup = fixture_setup,
                   .teardown = fixture_teardown,
                   .loop = a_worker_that_breaks_the_protocol_fails_its_action_and_no_other,
                   .loops = sizeof breaches / sizeof *breaches }),
               a_child_of_an_op_answers_nothing, ten_thousand_foul_messages_are_survived,
               an_interrupt_is_heard_while_a_message_is_incomplete, many_notes_hold_up_nobody,
               a_task_with_many_inputs_arrives)
