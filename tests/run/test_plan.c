/* Properties of a plan: it says what would run, why, and what it was before; it changes nothing
 * itself. */
#include "support/run_fixture.h"
#include "support/suite.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void setup(void)
{
    fixture_setup();
    int32_t a = maker_add(m, "a", "test.number", "value=3"),
            b = maker_add(m, "b", "test.sum", "add=1"), c = maker_add(m, "c", "test.sum", "add=2");
    maker_connect(m, a, 0, b, 0);
    maker_connect(m, b, 0, c, 0);
    maker_want(m, c, 0);
}

static plan *make(const plan_options *options)
{
    error e = { 0 };
    int32_t failed;
    plan *p = plan_make(&m->graph, st, options, &failed, &e);
    ck_assert_msg(p != NULL, "%s", e.message);
    return p;
}

static void run_it(void)
{
    error e = { 0 };
    run_result r;
    plan *p = make(NULL);
    ck_assert_msg(run_plan(p, &(run_options){ .jobs = 1 }, &r, &e), "%s", e.message);
    ck_assert_int_eq(r.exit_status, 0);
    plan_free(p);
}

/* The changes of a step, a line each. */
static void must_explain(plan *p, int32_t instance, const char *expected)
{
    error e = { 0 };
    plan_changes c;
    text t = { 0 };
    ck_assert_msg(plan_explain(p, instance, &c, &e), "%s", e.message);
    for (int i = 0; i < c.count; i++) {
        plan_change_text(p, &c.item[i], instance, &t);
        text_putc(&t, '\n');
    }
    ck_assert_str_eq(t.data ? t.data : "", expected);
    text_free(&t);
    plan_changes_free(&c);
}

START_TEST(a_first_plan_runs_and_waits)
{
    plan *p = make(NULL);
    ck_assert(p->step[0].state == PLAN_RUN && p->step[1].state == PLAN_WAIT
              && p->step[2].state == PLAN_WAIT);
    ck_assert(p->run == 1 && p->wait == 2 && p->cached == 0);
    ck_assert(p->step[0].has_key && !p->step[1].has_key);
    must_explain(p, 0, "never run\n");
    must_explain(p, 1, "never run\n");
    plan_free(p);
}
END_TEST

START_TEST(a_changed_parameter_is_named_with_both_values)
{
    run_it();
    maker_set(m, 2, "add=2.5");
    plan *p = make(NULL);
    ck_assert(p->step[1].state == PLAN_CACHED && p->step[2].state == PLAN_RUN);
    must_explain(p, 1, "");
    must_explain(p, 2, "add 2 -> 2.5\n");
    plan_free(p);
}
END_TEST

START_TEST(the_first_cause_up_the_chain_is_named)
{
    run_it();
    maker_set(m, 0, "value=4");
    plan *p = make(NULL);
    ck_assert_int_eq(p->step[2].state, PLAN_WAIT);
    must_explain(p, 0, "value 3 -> 4\n");
    must_explain(p, 1, "a: value 3 -> 4\n");
    must_explain(p, 2, "a: value 3 -> 4\n");
    plan_free(p);
    maker_set(m, 2, "add=7"); /* a second one, of its own */
    p = make(NULL);
    must_explain(p, 1, "a: value 3 -> 4\n");
    must_explain(p, 2, "a: value 3 -> 4\nadd 2 -> 7\n");
    plan_free(p);
}
END_TEST

/* What must run does so for what changed far above, though all between is in the store. */
START_TEST(a_cause_is_found_through_what_is_cached)
{
    run_it();
    maker_set(m, 0, "value=4");
    run_it();
    maker_set(
        m, 0,
        "value=3"); /* all of it is known: nothing to explain but what differs from the last run */
    plan *p = make(NULL);
    ck_assert_int_eq(p->step[2].state, PLAN_CACHED);
    must_explain(p, 2, "a: value 4 -> 3\n");
    plan_free(p);
    maker_set(m, 2, "add=5");
    p = make(NULL);
    ck_assert(p->step[1].state == PLAN_CACHED && p->step[2].state == PLAN_RUN);
    must_explain(p, 2, "a: value 4 -> 3\nadd 2 -> 5\n");
    plan_free(p);
}
END_TEST

/* The lines of an explanation with every digest replaced. */
static void must_explain_masked(plan *p, int32_t instance, const char *expected)
{
    error e = { 0 };
    plan_changes c;
    text t = { 0 };
    ck_assert_msg(plan_explain(p, instance, &c, &e), "%s", e.message);
    for (int i = 0; i < c.count; i++) {
        plan_change_text(p, &c.item[i], instance, &t);
        text_putc(&t, '\n');
    }
    ck_assert(t.data != NULL);
    for (char *s = t.data; *s; s++)
        if (strspn(s, "0123456789abcdef") == 12) {
            memset(s, '#', 12);
            s += 11;
        }
    ck_assert_str_eq(t.data, expected);
    text_free(&t);
    plan_changes_free(&c);
}

START_TEST(inputs_from_elsewhere_are_named)
{
    int32_t d = maker_add(m, "d", "test.number", "value=8"),
            e = maker_add(m, "e", "test.sum", "add=2");
    maker_connect(m, 0, 0, e, 0);
    maker_want(m, e, 0);
    maker_want(m, d, 0);
    run_it();
    graph_edge *from = (graph_edge *)(uintptr_t)m->instance[e].input[0].from; /* ours */
    from[0].instance = d; /* d has not changed: e takes another one's value */
    plan *p = make(NULL);
    must_explain_masked(p, e, "input terms: another value (############ of d)\n");
    plan_free(p);
    from[0].instance = 0;
    maker_connect(m, d, 0, e, 0);
    p = make(NULL);
    must_explain_masked(p, e, "input terms: 1 value -> 2 values\n");
    plan_free(p);
}
END_TEST

START_TEST(files_ops_and_plugins_are_named)
{
    char path[96], setting[128], expected[200];
    snprintf(path, sizeof path, "%s/scan.txt", dir);
    snprintf(setting, sizeof setting, "file=%s", path);
    FILE *f = fopen(path, "w");
    ck_assert(f && fputs("one", f) >= 0 && !fclose(f));
    maker_set(m, 0, setting);
    run_it();
    f = fopen(path, "w");
    ck_assert(f && fputs("two!", f) >= 0 && !fclose(f));
    maker_set(m, 0, setting); /* as another program would read it: the digest is made anew */
    plan *p = make(NULL);
    snprintf(expected, sizeof expected, "a: input file %s changed (sha256 7692c3ad3540 -> ", path);
    error e = { 0 };
    plan_changes c;
    text t = { 0 };
    ck_assert(plan_explain(p, 2, &c, &e) && c.count > 0);
    plan_change_text(p, &c.item[0], 2, &t);
    ck_assert_msg(c.count == 1 && c.item[0].reason == REASON_FILE, "%d: %s", c.count, t.data);
    ck_assert_msg(!strncmp(t.data, expected, strlen(expected)), "%s", t.data);
    text_free(&t);
    plan_changes_free(&c);
    plan_free(p);
    run_it();

    plugin_file newer = *m->node[0].op->file; /* the file of the plugin, built anew */
    op_entry entry = { m->node[0].op->op, &newer };
    const op_entry *was = m->node[0].op;
    newer.version = "1.1";
    newer.content.byte[0] ^= 1;
    m->node[0].op = &entry;
    p = make(NULL);
    must_explain_masked(p, 1,
                        "a: plugin test.arithmetic changed: 1.0 (sha256 ############) -> 1.1 "
                        "(sha256 ############)\n");
    plan_free(p);
    m->node[0].op = was;

    loom_op other = *was->op;
    other.id = "test.other";
    entry = (op_entry){ &other, was->file };
    m->node[0].op = &entry;
    p = make(NULL);
    must_explain(p, 1, "a: op swapped test.number -> test.other\n");
    must_explain(p, 0, "op swapped test.number -> test.other\n");
    plan_free(p);
    m->node[0].op = was;
}
END_TEST

START_TEST(what_failed_and_what_is_forgotten_are_told_apart_from_what_never_ran)
{
    error e = { 0 };
    run_result r;
    maker_set(m, 1, "seconds=30");
    plan *p = make(NULL);
    ck_assert(run_plan(p, &(run_options){ .jobs = 1, .time_s = 0.2 }, &r, &e));
    plan_free(p);
    p = make(NULL);
    must_explain(p, 1, "its last run failed or was stopped\n");
    must_explain(p, 2, "b: its last run failed or was stopped\nnever run\n");
    plan_free(p);
    maker_set(m, 1, "seconds=0");
    run_it();
    p = make(NULL);
    ck_assert_msg(store_remove(st, &p->step[1].key, &e), "%s", e.message);
    plan_free(p);
    store_close(st);
    ck_assert((st = store_open(dir, &e)) != NULL);
    p = make(NULL);
    ck_assert_int_eq(p->step[1].state, PLAN_RUN);
    must_explain(p, 1, "the store no longer has its record\n");
    must_explain(p, 2, "b: the store no longer has its record\n");
    plan_free(p);
}
END_TEST

START_TEST(spelling_and_effectless_parameters_change_nothing)
{
    maker_set(m, 2, "add=300000");
    run_it();
    maker_set(m, 2, "add=3e5");
    maker_set(m, 0, "unused=7");
    plan *p = make(NULL);
    ck_assert_int_eq(p->cached, 3);
    plan_free(p);
}
END_TEST

START_TEST(a_lost_object_and_a_forced_step_are_named)
{
    static const char *const force[] = { "c", NULL };
    error e = { 0 };
    digest d;
    run_it();
    plan *p = make(NULL);
    ck_assert(plan_output(p, (graph_edge){ 1, 0 }, &d) && store_remove(st, &d, &e));
    plan_free(p);
    p = make(&(plan_options){ .force = force });
    ck_assert(p->step[0].state == PLAN_CACHED && p->step[1].state == PLAN_RUN && p->step[1].lost
              && p->step[2].state == PLAN_RUN);
    must_explain(p, 1, "object lost from the store: output sum\n");
    must_explain(p, 2, "forced\n");
    plan_free(p);
}
END_TEST

/* A digest of every name, size and time below the store. */
static void listing(char out[256])
{
    char command[128];
    snprintf(command, sizeof command, "ls -lRA --time-style=full-iso '%s' | sha256sum", dir);
    FILE *f = popen(command, "r");
    ck_assert(f != NULL && fgets(out, 256, f) != NULL);
    pclose(f);
}

START_TEST(a_plan_writes_nothing)
{
    char before[256], after[256];
    run_it();
    maker_set(m, 1, "add=9");
    listing(before);
    plan_free(make(NULL));
    listing(after);
    ck_assert_str_eq(before, after);
}
END_TEST

START_TEST(an_unreadable_file_names_parameter_and_instance)
{
    error e = { 0 };
    int32_t failed;
    maker_set(m, 0, "file=/nonexistent/data.mat");
    ck_assert(plan_make(&m->graph, st, NULL, &failed, &e) == NULL);
    ck_assert_int_eq(failed, 0);
    ck_assert_str_eq(e.where, "file");
    ck_assert(strstr(e.message, "/nonexistent/data.mat") != NULL);
}
END_TEST

/* A required input whose only source is an optional output that was not made. */
START_TEST(an_output_that_was_not_made_reaches_nobody)
{
    int32_t d = maker_add(m, "d", "test.sum", "add=5");
    maker_connect(m, 0, 1, d, 0);
    maker_want(m, d, 0);
    run_it(); /* `terms` is optional: the sum of nothing */
    digest d1;
    plan *p = make(NULL);
    ck_assert(!plan_output(p, (graph_edge){ 0, 1 }, &d1));
    ck_assert(plan_output(p, (graph_edge){ d, 0 }, &d1));
    plan_free(p);
}
END_TEST

/* The record of the first step with these outputs in place of its own: is the step still known? */
static bool is_known_with(action_output *outputs, int count)
{
    error e = { 0 };
    plan *p = make(NULL);
    action_record r = { .key = p->step[0].key,
                        .output_count = count,
                        .output = outputs,
                        .provenance = "{}",
                        .log = "" };
    plan_free(p);
    ck_assert_msg(store_put_action(st, &r, &e), "%s", e.message);
    p = make(NULL);
    bool known = p->step[0].state == PLAN_CACHED;
    plan_free(p);
    return known;
}

START_TEST(a_record_that_does_not_fit_the_op_counts_as_none)
{
    run_it();
    plan *p = make(NULL);
    action_output own = p->step[0].output[0];
    plan_free(p);
    ck_assert(is_known_with((action_output[]){ { own.port, true, own.value } }, 1));
    /* a required output that was not made */
    ck_assert(!is_known_with((action_output[]){ { own.port, false, { { 0 } } } }, 1));
    ck_assert(!is_known_with((action_output[]){ { "mumber", true, own.value } }, 1));
    ck_assert(!is_known_with(NULL, 0));
    ck_assert(!is_known_with(
        (action_output[]){ { own.port, true, own.value }, { "more", true, own.value } }, 2));
    run_it(); /* and is made again */
    p = make(NULL);
    ck_assert_int_eq(p->step[0].state, PLAN_CACHED);
    ck_assert(digest_equal(&p->step[0].output[0].value, &own.value));
    plan_free(p);
}
END_TEST

TEST_MAIN_WITH("plan", ((suite_options){ .setup = setup, .teardown = fixture_teardown }),
               a_first_plan_runs_and_waits, a_changed_parameter_is_named_with_both_values,
               the_first_cause_up_the_chain_is_named, a_cause_is_found_through_what_is_cached,
               inputs_from_elsewhere_are_named, files_ops_and_plugins_are_named,
               what_failed_and_what_is_forgotten_are_told_apart_from_what_never_ran,
               spelling_and_effectless_parameters_change_nothing,
               a_lost_object_and_a_forced_step_are_named, a_plan_writes_nothing,
               an_unreadable_file_names_parameter_and_instance,
               an_output_that_was_not_made_reaches_nobody,
               a_record_that_does_not_fit_the_op_counts_as_none)
