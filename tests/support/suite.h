/* tests/support/suite.h - one suite of one case per program: TEST_MAIN("name", test_a, test_b) */
#ifndef ATOMLOOM_TESTS_SUITE_H
#define ATOMLOOM_TESTS_SUITE_H
#include <check.h>
#include <stdlib.h>

static inline int run_suite(const char *name, const TTest *const *tests, size_t n)
{
    Suite *s = suite_create(name);
    TCase *t = tcase_create(name);
    tcase_set_timeout(t, 240); /* sanitizers and busy machines are slow; ctest has the last word */
    for (size_t i = 0; i < n; i++) tcase_add_test(t, tests[i]);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define TEST_MAIN(name, ...) \
    int main(void) \
    { \
        const TTest *const tests[] = { __VA_ARGS__ }; \
        return run_suite(name, tests, sizeof tests / sizeof *tests); \
    }
#endif
