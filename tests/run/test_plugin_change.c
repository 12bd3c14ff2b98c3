/* Properties of a run whose plugins are rebuilt meanwhile: what is kept under a key was made by the
 * code that the key names. */
#include "support/run_fixture.h"
#include "support/suite.h"
#include "run/executor.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char plugin[160];

static void shell(const char *format, ...)
{
    char command[512];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    ck_assert_int_eq(system(command), 0);
}

/* A plugin directory of its own with one plugin in it. */
static void setup(void)
{
    fixture_setup();
    snprintf(plugin, sizeof plugin, "%s/plugins/copy.so", dir);
    shell("mkdir '%s/plugins' && cp '%s/tests/plugins/misbehave.so' '%s'", dir, ATOMLOOM_BINARY_DIR,
          plugin);
}

static void read_plugins(void)
{
    char plugins_dir[96];
    error e = { 0 };
    snprintf(plugins_dir, sizeof plugins_dir, "%s/plugins", dir);
    if (!m->graph.instance_count) registry_close(m->ops); /* else instances borrow from it */
    m->ops = registry_open((const char *const[]){ plugins_dir, NULL }, ATOMLOOM_BINARY_DIR, &e);
    ck_assert_msg(m->ops != NULL, "%s", e.message);
    for (int32_t i = 0; i < m->graph.instance_count; i++)
        m->node[i].op = registry_find(m->ops, "test.misbehave");
}

/* Another file with the same code: what is appended to a shared object is not looked at. */
static void replace(void)
{
    shell("cp '%s' '%s.new' && echo more >>'%s.new' && mv '%s.new' '%s'", plugin, plugin, plugin,
          plugin, plugin);
}
static void write_over(void) { shell("echo more >>'%s'", plugin); }

static void check_refused(const seen *s, run_result r)
{
    ck_assert_int_eq(r.exit_status, 1);
    ck_assert_int_eq(s->reason[0], FAILURE_ERROR);
    ck_assert_msg(strstr(s->failure[0].message, "changed during the run") != NULL, "%s",
                  s->failure[0].message);
    ck_assert(strstr(s->failure[0].message, plugin) && strstr(s->failure[0].todo, "run again"));
}

static void after_planning(void (*change)(void))
{
    seen s = { 0 };
    read_plugins();
    maker_want(m, maker_add(m, "n", "test.misbehave", NULL), 0);
    change();
    check_refused(&s, run_all(&s));
    read_plugins();
    ck_assert_int_eq(run_all(&s).totals.done, 1);
}

START_TEST(a_plugin_replaced_after_planning_does_not_run)
{
    after_planning(replace);
}
END_TEST
START_TEST(a_plugin_written_over_after_planning_does_not_run)
{
    after_planning(write_over);
}
END_TEST

static void on_start_write_over(void) { write_over(); }

START_TEST(nothing_is_kept_of_a_plugin_that_is_written_over_while_it_runs)
{
    seen s = { .on_start = on_start_write_over };
    read_plugins();
    maker_want(m, maker_add(m, "n", "test.misbehave", "how=sleep seconds=0.5"), 0);
    check_refused(&s, run_all(&s));
    s.on_start = NULL;
    read_plugins();
    ck_assert_int_eq(run_all(&s).totals.done, 1);
}
END_TEST

/* The first action keeps the code loaded while the file is replaced: the second still gets what its
 * key names, or nothing. */
START_TEST(what_is_loaded_already_stays_what_it_was)
{
    seen s = { 0 };
    read_plugins();
    int32_t a = maker_add(m, "a", "test.misbehave", "how=sleep seconds=0.3"),
            b = maker_add(m, "b", "test.misbehave", "seconds=1");
    maker_connect(m, a, 0, b, 0);
    maker_want(m, b, 0);
    s.on_start = replace;
    run_result r = run_with((run_options){ .jobs = 1 }, &s, NULL, NULL);
    ck_assert(r.totals.done == 2 || strstr(s.failure[a].message, "changed during the run"));
}
END_TEST

START_TEST(a_process_that_has_the_old_code_loaded_does_not_pass_it_for_the_new)
{
    seen s = { 0 };
    read_plugins();
    maker_want(m, maker_add(m, "n", "test.misbehave", NULL), 0);
    ck_assert_int_eq(
        run_with((run_options){ .executor = &executor_inline }, &s, NULL, NULL).totals.done, 1);
    replace();
    read_plugins();
    check_refused(&s, run_with((run_options){ .executor = &executor_inline }, &s, NULL, NULL));
    ck_assert_int_eq(run_all(&s).totals.failed, 1); /* workers are forks of this process */
}
END_TEST

TEST_MAIN_WITH("plugin_change", ((suite_options){ .setup = setup, .teardown = fixture_teardown }),
               a_plugin_replaced_after_planning_does_not_run,
               a_plugin_written_over_after_planning_does_not_run,
               nothing_is_kept_of_a_plugin_that_is_written_over_while_it_runs,
               what_is_loaded_already_stays_what_it_was,
               a_process_that_has_the_old_code_loaded_does_not_pass_it_for_the_new)
