/* tests/support/bench.h - a benchmark as a program. op_test.h works inside a test only, so the
 * program is a suite of one: BENCH_MAIN(bench, 2)    START_TEST(bench), which needs 2 arguments and
 * reads bench_argc, bench_argv as main would Without enough arguments the exit status is 2; when
 * the test fails, 1 and its message on stderr. */
#ifndef ATOMLOOM_TESTS_BENCH_H
#define ATOMLOOM_TESTS_BENCH_H
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static int bench_argc;
static char **bench_argv;

static inline int run_bench(const TTest *test, int arguments, int argc, char **argv)
{
    bench_argc = argc;
    bench_argv = argv;
    if (argc <= arguments) return 2;
    setenv("CK_FORK", "no", 1);
    Suite *s = suite_create("bench");
    TCase *t = tcase_create("bench");
    tcase_add_test(t, test);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_SILENT);
    int failed = srunner_ntests_failed(r);
    if (failed) fprintf(stderr, "%s\n", tr_msg(srunner_failures(r)[0]));
    return failed != 0;
}

#define BENCH_MAIN(test, arguments) \
    int main(int argc, char **argv) { return run_bench(test, arguments, argc, argv); }
#endif
