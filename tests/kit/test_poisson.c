/* kit/poisson.h: the numbers have the Poisson distribution for small, middling and large means
 * (chi-square over all outcomes). */
#include "kit/poisson.h"
#include "support/suite.h"
#include <string.h>

/* Chi-square of `draws` numbers, outcomes with fewer than 8 expected put together; *freedom is set.
 */
static double chi_square(double mean, int draws, int *freedom)
{
    enum { MOST = 4000 };
    static int seen[MOST];
    memset(seen, 0, sizeof seen);
    for (int i = 0; i < draws; i++) {
        double k = loom_poisson(11, (uint64_t)(1000 * mean), (uint64_t)i, mean);
        ck_assert(k >= 0 && k == floor(k) && k < MOST);
        seen[(int)k]++;
    }
    double sum = 0, expected = 0, observed = 0, rest = draws;
    int bins = 0, left = draws;
    for (int k = 0; k < MOST; k++) {
        expected += draws * exp(k * log(mean) - mean - lgamma(k + 1));
        observed += seen[k];
        if (expected < 8 || rest - expected < 8) continue;
        sum += (observed - expected) * (observed - expected) / expected;
        rest -= expected;
        left -= (int)observed;
        expected = observed = 0;
        bins++;
    }
    sum += (left - rest) * (left - rest) / rest;
    *freedom = bins;
    return sum;
}

START_TEST(numbers_are_poisson)
{
    static const double means[] = { 0.01, 0.5, 3, 9.99, 10, 25, 300, 2000 };
    for (size_t i = 0; i < sizeof means / sizeof *means; i++) {
        int freedom;
        double chi2 = chi_square(means[i], 200000, &freedom);
        ck_assert_msg(fabs(chi2 - freedom) < 4 * sqrt(2.0 * freedom) + 4,
                      "mean %g: chi-square %g for %d degrees of freedom", means[i], chi2, freedom);
    }
}
END_TEST

START_TEST(large_means_have_their_mean_and_variance)
{
    enum { N = 100000 };
    double mean = 1e8, sum = 0, square = 0;
    for (int i = 0; i < N; i++) {
        double d = loom_poisson(1, 2, (uint64_t)i, mean) - mean;
        sum += d;
        square += d * d;
    }
    ck_assert_double_lt(fabs(sum / N), 4 * sqrt(mean / N));
    ck_assert_double_lt(fabs(square / N / mean - 1), 4 * sqrt(2.0 / N));
    ck_assert_double_eq(loom_poisson(1, 2, 3, 0), 0);
}
END_TEST

START_TEST(log_factorial_agrees_with_the_sum_of_logarithms)
{
    double sum = 0;
    for (int k = 1; k < 300; k++) {
        sum += log(k);
        ck_assert_double_eq_tol(loom_log_factorial(k), sum, 1e-12 * (1 + sum));
    }
}
END_TEST

TEST_MAIN("kit poisson", numbers_are_poisson, large_means_have_their_mean_and_variance,
          log_factorial_agrees_with_the_sum_of_logarithms)
