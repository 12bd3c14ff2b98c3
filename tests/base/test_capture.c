/* base/capture: what a program prints is taken in whole, its limits hold for all that it started.
 */
#include "base/capture.h"
#include "base/clock.h"
#include "support/suite.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void run(capture *c, const char *script, capture_limits limits, const char *const *without)
{
    error e = { 0 };
    const char *const argv[] = { "sh", "-c", script, NULL };
    const program p = { .argv = argv, .without = without };
    ck_assert_msg(capture_start(c, &p, limits, &e), "%s", e.message);
    capture_finish(c);
}

static const capture_limits usual = { 20, 1 << 20 };

START_TEST(both_streams_are_whole)
{
    capture c = { 0 };
    run(&c, "seq 1 100000; echo no >&2; echo reason >&2", usual, NULL);
    ck_assert(capture_succeeded(&c));
    ck_assert_uint_eq(c.out.length, 588895);
    ck_assert_str_eq(text_last_line(&c.out), "100000");
    ck_assert_str_eq(c.err.data, "no\nreason\n");
    capture_free(&c);
    run(&c, "read line || echo nothing to read", usual, NULL); /* the same one again */
    ck_assert_str_eq(c.out.data, "nothing to read\n");
    capture_free(&c);
}
END_TEST

static const struct {
    const char *script, *explained;
} ends[] = {
    { "echo first >&2; echo second >&2; exit 3", "first" },
    { "exit 3", "ended with exit status 3" },
    { "kill -KILL $$", "was ended by SIGKILL" },
};

START_TEST(what_failed_is_explained)
{
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        capture c = { 0 };
        text why = { 0 };
        run(&c, ends[i].script, usual, NULL);
        ck_assert(!capture_succeeded(&c));
        capture_explain(&c, &why);
        ck_assert_str_eq(why.data, ends[i].explained);
        text_free(&why);
        capture_free(&c);
    }
}
END_TEST

/* The child of the program holds both pipes open; it must be gone as well. */
START_TEST(time_is_up_for_the_whole_group)
{
    capture c = { 0 };
    text why = { 0 };
    double begun = monotonic_s();
    run(&c, "sleep 300 & echo $!; wait", (capture_limits){ 0.3, 1000 }, NULL);
    ck_assert(monotonic_s() - begun < 60);
    ck_assert(!capture_succeeded(&c));
    capture_explain(&c, &why);
    ck_assert_str_eq(why.data, "did not end in time");
    pid_t child = (pid_t)strtol(c.out.data, NULL, 10);
    ck_assert(child > 1);
    for (int k = 0; k < 500 && !kill(child, 0); k++) {
        char path[64], state[256] = "";
        snprintf(path, sizeof path, "/proc/%ld/stat", (long)child);
        FILE *f = fopen(path, "r");
        bool zombie = f && fgets(state, sizeof state, f) && strstr(state, ") Z");
        if (f) fclose(f);
        if (zombie) break;
        usleep(10000);
        ck_assert_msg(k < 499, "a child outlived the limit");
    }
    text_free(&why);
    capture_free(&c);
}
END_TEST

START_TEST(it_may_not_print_without_end)
{
    capture c = { 0 };
    run(&c, "yes", (capture_limits){ 60, 1000 }, NULL);
    ck_assert(!capture_succeeded(&c) && c.out.length < 100000);
    ck_assert_str_eq(c.fault, "printed too much");
    capture_free(&c);
}
END_TEST

START_TEST(variables_are_left_out)
{
    static const char *const without[] = { "ODD_", NULL };
    capture c = { 0 };
    setenv("ODD_ONE", "1", 1);
    setenv("EVEN", "2", 1);
    run(&c, "echo \"$ODD_ONE,$EVEN\"", usual, without);
    ck_assert_str_eq(c.out.data, ",2\n");
    capture_free(&c);
}
END_TEST

START_TEST(what_is_not_there_is_named)
{
    error e = { 0 };
    capture c = { 0 };
    const char *const argv[] = { "no-such-program", NULL };
    const program p = { .argv = argv };
    ck_assert(!capture_start(&c, &p, usual, &e));
    ck_assert(strstr(e.message, "'no-such-program'") && strstr(e.todo, "PATH"));
    ck_assert(!c.pid && !c.out.data);
}
END_TEST

TEST_MAIN("base capture", both_streams_are_whole, what_failed_is_explained,
          time_is_up_for_the_whole_group, it_may_not_print_without_end, variables_are_left_out,
          what_is_not_there_is_named)
