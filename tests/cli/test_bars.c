/* Property: an instance has one bar while it runs, also where its worker stopped and another one
 * began again, and none when it has ended. */
#include "cli/bars.h"
#include "support/suite.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static graph_instance instances[] = { { .name = "one" }, { .name = "two" } };
static const graph two = { .instances = instances, .instance_count = 2 };

/* What bars_draw writes at this time; owned. */
static char *drawn(bars *b, double now_s)
{
    char *words = calloc(1, 4096);
    FILE *file = tmpfile();
    int before = dup(STDERR_FILENO);
    ck_assert(words && file && before >= 0);
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    bars_draw(b, &(run_totals){ .needed = 2 }, now_s);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(file);
    (void)!fread(words, 1, 4095, file);
    fclose(file);
    return words;
}

static int times_named(bars *b, double now_s, const char *name)
{
    char *words = drawn(b, now_s);
    int n = 0;
    for (const char *at = words; (at = strstr(at, name)); at++) n++;
    free(words);
    return n;
}

static run_event event(run_event_kind kind, int32_t instance, double time_s)
{
    return (run_event){ .kind = kind, .instance = instance, .time_s = time_s };
}

START_TEST(begun_again_it_has_one_bar)
{
    bars *b = bars_new(&two, false);
    run_event e = event(RUN_STARTED, 0, 1);
    bars_started(b, &e);
    e = event(RUN_PROGRESS, 0, 2);
    e.done = 3, e.total = 4;
    bars_progress(b, &e);
    ck_assert_int_eq(times_named(b, 2, "one"), 1);
    ck_assert_int_eq(times_named(b, 3, " 75%"), 1);
    e = event(RUN_STARTED, 0, 4);
    bars_started(b, &e);
    ck_assert_int_eq(times_named(b, 5, "one"), 1);
    ck_assert_int_eq(times_named(b, 6, " 75%"), 0); /* from the beginning */
    e = event(RUN_PROGRESS, 0, 7);
    e.done = 1, e.total = 4;
    bars_progress(b, &e);
    ck_assert_int_eq(times_named(b, 8, " 25%"), 1);
    e = event(RUN_FINISHED, 0, 9);
    bars_finished(b, &e);
    ck_assert_int_eq(times_named(b, 10, "one"), 0);
    bars_free(b);
}
END_TEST

/* An op may count twice (stop: free tries first, and then reconstructs): the bar goes back. */
START_TEST(progress_that_goes_back_is_shown)
{
    bars *b = bars_new(&two, false);
    run_event e = event(RUN_STARTED, 1, 0);
    bars_started(b, &e);
    for (int k = 0; k < 2; k++) {
        e = event(RUN_PROGRESS, 1, 1);
        e.total = 100, e.done = k ? 20 : 80;
        bars_progress(b, &e);
        ck_assert_int_eq(times_named(b, 1 + k, k ? " 20%" : " 80%"), 1);
    }
    bars_free(b);
}
END_TEST

TEST_MAIN("cli.bars", begun_again_it_has_one_bar, progress_that_goes_back_is_shown)
