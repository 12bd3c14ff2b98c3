/* tests/support/suite.h - one suite of one case per program: TEST_MAIN("name", test_a, test_b), or,
 * with a fixture or a test that is repeated, TEST_MAIN_WITH("name", ((suite_options){ .setup =
 * make, .teardown = clear }), test_a, test_b) */
#ifndef ATOMLOOM_TESTS_SUITE_H
#define ATOMLOOM_TESTS_SUITE_H
#include "support/sanitized.h"
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct suite_options {
    void (*setup)(void), (*teardown)(void); /* before and after each test; NULL: nothing */
    /* a test that is run `loops` times, with _i = 0, 1, ...; NULL: none */
    const TTest *loop;
    int loops;
    /* NUMBERS(a, b): tests that take minutes under sanitizers and show by their numbers alone
     * whether they hold; there they run where ATOMLOOM_TEST_LONG is set, as it is every night. What
     * their op does to memory is shown by its contract, which runs under sanitizers always. */
    const TTest *const *numbers;
} suite_options;

#define NUMBERS(...) ((const TTest *const[]){ __VA_ARGS__, NULL })

static inline bool numbers_are_wanted(void) { return !SANITIZED || getenv("ATOMLOOM_TEST_LONG"); }

static inline int run_suite(const char *name, suite_options o, const TTest *const *tests, size_t n)
{
    Suite *s = suite_create(name);
    TCase *t = tcase_create(name);
    tcase_set_timeout(t, 240); /* sanitizers and busy machines are slow; ctest has the last word */
    if (o.setup) tcase_add_checked_fixture(t, o.setup, o.teardown);
    for (size_t i = 0; i < n; i++) tcase_add_test(t, tests[i]);
    if (numbers_are_wanted())
        for (size_t i = 0; o.numbers && o.numbers[i]; i++) tcase_add_test(t, o.numbers[i]);
    if (o.loop) tcase_add_loop_test(t, o.loop, 0, o.loops);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define TEST_MAIN_WITH(name, options, ...) \
    int main(void) \
    { \
        const TTest *const tests[] = { __VA_ARGS__ }; \
        return run_suite(name, options, tests, sizeof tests / sizeof *tests); \
    }
#define TEST_MAIN(name, ...) TEST_MAIN_WITH(name, (suite_options){ 0 }, __VA_ARGS__)
#endif
