/* kit/anscombe.h: the noise after the transform has unit variance, the inverse has no bias, table
 * and closed form agree. */
#include "kit/anscombe.h"
#include "kit/poisson.h"
#include "support/suite.h"
#include <math.h>

static const double reads[] = { 0, 0.3, 1, 3, 20 };
enum { READS = sizeof reads / sizeof *reads };
static loom_anscombe a;

START_TEST(the_inverse_has_no_bias)
{
    static const double means[] = { 0.5, 0.7, 1, 2, 5, 11, 30, 77, 140, 200 };
    for (int i = 0; i < READS; i++) {
        loom_anscombe_make(1, reads[i], 0, &a);
        for (unsigned k = 0; k < sizeof means / sizeof *means; k++) {
            double back = loom_anscombe_back(&a, loom_anscombe_expected(means[k], reads[i]));
            ck_assert_double_eq_tol(back / means[k], 1, 1e-3);
        }
    }
}
END_TEST

/* E[f] by adding up random numbers, not by the sums that made the table. */
START_TEST(expectations_are_those_of_random_numbers)
{
    enum { N = 400000 };
    for (int i = 0; i < READS; i++) {
        double sum = 0, square = 0, m = 3.5;
        loom_anscombe_make(2, 2 * reads[i], 7, &a);
        for (int k = 0; k < N; k++) {
            double z[2];
            loom_normal2(1, 2, k, z);
            double f =
                loom_anscombe_forth(&a, 7 + 2 * (loom_poisson(1, 3, k, m) + reads[i] * z[0]));
            sum += f;
            square += f * f;
        }
        double mean = sum / N, variance = square / N - mean * mean;
        ck_assert_double_eq_tol(mean, loom_anscombe_expected(m, reads[i]), 6e-3);
        ck_assert_double_eq_tol(variance, 1, 0.06);
        ck_assert_double_eq_tol(loom_anscombe_back(&a, mean), 7 + 2 * m,
                                2 * 0.012 * (1 + reads[i]));
    }
}
END_TEST

START_TEST(table_and_asymptote_meet)
{
    for (int i = 0; i < READS; i++) {
        loom_anscombe_make(1, reads[i], 0, &a);
        double end = a.expected[LOOM_ANSCOMBE_ROWS - 1], below = loom_anscombe_back(&a, end - 1e-9),
               above = loom_anscombe_back(&a, end);
        ck_assert_double_eq_tol(below / above, 1, 1e-3);
        ck_assert_double_eq(loom_anscombe_back(&a, -1), 0);
        ck_assert_double_eq_tol(loom_anscombe_back(&a, loom_anscombe_forth(&a, 1e6)) / 1e6, 1,
                                1e-5);
    }
}
END_TEST

START_TEST(without_gain_all_is_linear)
{
    loom_anscombe_make(0, 4, 10, &a);
    ck_assert_double_eq(loom_anscombe_forth(&a, 18), 2);
    ck_assert_double_eq(loom_anscombe_back(&a, 2), 18);
    ck_assert_double_eq(loom_anscombe_back(&a, -2), 2);
}
END_TEST

TEST_MAIN("kit.anscombe", the_inverse_has_no_bias, expectations_are_those_of_random_numbers,
          table_and_asymptote_meet, without_gain_all_is_linear)
