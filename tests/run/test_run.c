/* Properties of a run: right values, nothing twice, only what a change reaches. */
#include "support/run_fixture.h"
#include "support/suite.h"
#include "run/executor.h"
#include "store/value.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

/* Flip a byte near the end of every object: all that is read again must be noticed and made again.
 */
static void damage_objects(void)
{
    char command[256];
    snprintf(command, sizeof command,
             "find '%s/objects' -type f | while read f; do chmod u+w \"$f\"; printf X | dd "
             "of=\"$f\" bs=1 conv=notrunc status=none "
             "seek=$(($(stat -c %%s \"$f\") - 3)); done",
             dir);
    ck_assert_int_eq(system(command), 0);
}

/* A collection may come between a plan and its run. */
START_TEST(what_was_collected_after_planning_is_made_again)
{
    error e = { 0 };
    int32_t failed, kept = maker_add(m, "kept", "test.number", "value=3"),
                    more = maker_add(m, "more", "test.number", "value=4");
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
    run_result r = run_with((run_options){ .jobs = 2 }, &s,
                            &(plan_options){ .wanted = wanted, .wanted_count = 1 }, NULL);
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
    run_result r =
        run_with((run_options){ .jobs = 2 }, &s, &(plan_options){ .force = force }, NULL);
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
START_TEST(no_isolation_gives_the_same_values)
{
    seen s = { 0 };
    double v = 0;
    make_diamond();
    run_result r = run_with((run_options){ .executor = &executor_inline }, &s, NULL, &v);
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
    snprintf(path, sizeof path, "%s/other.txt",
             dir); /* another path, time and inode; the same content */
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

TEST_MAIN_WITH("run", ((suite_options){ .setup = fixture_setup, .teardown = fixture_teardown }),
               values_are_right_and_a_second_run_executes_nothing,
               only_what_a_change_reaches_runs_again, same_bytes_end_the_chain_of_changes,
               a_lost_object_is_made_again_only_where_it_is_needed,
               what_was_collected_after_planning_is_made_again,
               a_damaged_object_is_noticed_and_made_again, only_what_is_wanted_runs,
               forced_steps_run_and_nothing_after_them, equal_actions_run_once,
               no_isolation_gives_the_same_values, a_file_is_its_content, a_trace_is_written)
