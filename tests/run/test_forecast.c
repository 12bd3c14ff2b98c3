/* Properties of the time that is left: what progress, earlier actions and earlier runs tell, and
 * nothing where they tell nothing. */
#include "support/run_fixture.h"
#include "support/suite.h"
#include "run/forecast.h"
#include <math.h>
#include <stdio.h>

static plan *p;
static schedule *s;
static forecast *f;

static void settled(void *user, int32_t i, phase now, int32_t upstream, const error *e)
{
    (void)user, (void)i, (void)now, (void)upstream, (void)e;
}

static int32_t add(const char *op, int number)
{
    char name[16], params[32];
    snprintf(name, sizeof name, "n%d", (int)m->graph.instance_count);
    snprintf(params, sizeof params, op[5] == 'n' ? "value=%d" : "add=%d", number);
    int32_t i = maker_add(m, name, op, params);
    maker_want(m, i, 0);
    return i;
}

static void make(void)
{
    error e = { 0 };
    int32_t failed;
    p = plan_make(&m->graph, st, NULL, &failed, &e);
    ck_assert_msg(p != NULL, "%s", e.message);
    s = schedule_new(p, settled, NULL, &e);
    f = forecast_new(p, &e);
    ck_assert(s && f);
}

static void forget(void)
{
    forecast_free(f);
    schedule_free(s);
    plan_free(p);
}

static bool is_near(double a, double b) { return fabs(a - b) < 1e-9; }

START_TEST(progress_tells_what_is_left)
{
    int32_t i = add("test.number", 1);
    make();
    ck_assert_int_eq(schedule_take(s), i);
    ck_assert(forecast_left(f, s, &(forecast_running){ i, 10, 0, 0 }, 1, 2) < 0);
    ck_assert(is_near(forecast_left(f, s, &(forecast_running){ i, 10, 25, 100 }, 1, 2), 30));
    ck_assert(is_near(forecast_left(f, s, &(forecast_running){ i, 90, 75, 100 }, 1, 2), 30));
    /* too early to tell */
    ck_assert(forecast_left(f, s, &(forecast_running){ i, 10, 0.1, 100 }, 1, 2) < 0);
    /* over by its own account, yet running */
    ck_assert(forecast_left(f, s, &(forecast_running){ i, 10, 100, 100 }, 1, 2) < 0);
    forget();
}
END_TEST

START_TEST(one_that_takes_longer_than_before_is_not_about_to_end)
{
    int32_t i = add("test.number", 1);
    make();
    p->step[i].expected_s = 2;
    schedule_take(s);
    ck_assert(is_near(forecast_left(f, s, &(forecast_running){ i, 0.5, 0, 0 }, 1, 2), 1.5));
    ck_assert(forecast_left(f, s, &(forecast_running){ i, 3, 0, 0 }, 1, 2) < 0);
    ck_assert(is_near(forecast_left(f, s, &(forecast_running){ i, 3, 3, 4 }, 1, 2), 1));
    forget();
}
END_TEST

START_TEST(nothing_is_told_while_something_is_unknown)
{
    int32_t i = add("test.number", 1), j = add("test.sum", 1);
    make();
    p->step[i].expected_s = 2;
    ck_assert(forecast_left(f, s, NULL, 0, 2) < 0);
    p->step[j].expected_s = 3;
    ck_assert(is_near(forecast_left(f, s, NULL, 0, 2), 3));
    ck_assert(is_near(forecast_left(f, s, NULL, 0, 1), 5));
    forget();
}
END_TEST

START_TEST(what_other_nodes_of_the_op_took_counts_for_those_without_a_past)
{
    int32_t first = add("test.number", 1);
    add("test.number", 2);
    add("test.number", 3);
    make();
    ck_assert(forecast_left(f, s, NULL, 0, 1) < 0);
    forecast_learn(f, first, 4);
    ck_assert(is_near(forecast_left(f, s, NULL, 0, 1), 12));
    forget();
}
END_TEST

START_TEST(a_chain_takes_as_long_as_its_links_together)
{
    int32_t a = add("test.number", 1), b = add("test.sum", 2), c = add("test.sum", 3),
            apart = add("test.number", 4);
    maker_connect(m, a, 0, b, 0);
    maker_connect(m, b, 0, c, 0);
    make();
    for (int32_t i = 0; i < 4; i++) p->step[i].expected_s = i == apart ? 1 : 2;
    ck_assert(is_near(forecast_left(f, s, NULL, 0, 8), 6));
    ck_assert(is_near(forecast_left(f, s, NULL, 0, 1), 7));
    ck_assert_int_eq(schedule_take(s), a);
    /* it tells better than its past */
    ck_assert(is_near(forecast_left(f, s, &(forecast_running){ a, 1.5, 1, 10 }, 1, 8), 13.5 + 4));
    forget();
}
END_TEST

START_TEST(what_is_cached_takes_no_time)
{
    add("test.number", 1);
    run_all(NULL);
    add("test.number", 2);
    make();
    ck_assert_int_eq(p->cached, 1);
    double left = forecast_left(f, s, NULL, 0, 1);
    /* as long as the first one took */
    ck_assert(left >= 0 && is_near(left, p->step[0].expected_s));
    forget();
}
END_TEST

/* In a run: never "0 left" while an action goes on. */
static double least_left = 1e9;
static int told;
static void watch(void *user, const run_event *e)
{
    (void)user;
    if (e->kind != RUN_TICK || !e->totals.running || e->totals.left_s < 0) return;
    told++;
    if (e->totals.left_s < least_left) least_left = e->totals.left_s;
}

START_TEST(a_run_tells_it_from_the_progress_of_its_actions)
{
    error e = { 0 };
    int32_t failed;
    run_result r;
    maker_want(m, maker_add(m, "n", "test.misbehave", "how=sleep seconds=2"), 0);
    plan *made = plan_make(&m->graph, st, NULL, &failed, &e);
    ck_assert(made && run_plan(made, &(run_options){ .jobs = 1, .event = watch }, &r, &e));
    ck_assert(told > 0 && least_left > 0);
    plan_free(made);
}
END_TEST

TEST_MAIN_WITH("forecast",
               ((suite_options){ .setup = fixture_setup, .teardown = fixture_teardown }),
               progress_tells_what_is_left, one_that_takes_longer_than_before_is_not_about_to_end,
               nothing_is_told_while_something_is_unknown,
               what_other_nodes_of_the_op_took_counts_for_those_without_a_past,
               a_chain_takes_as_long_as_its_links_together, what_is_cached_takes_no_time,
               a_run_tells_it_from_the_progress_of_its_actions)
