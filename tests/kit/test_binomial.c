/* kit/binomial.h: the numbers have the binomial distribution on both branches; thinning a Poisson
 * number gives two that are independent. kit/free.h: which tilts are left out, when a score is past
 * its least. */
#include "kit/binomial.h"
#include "kit/free.h"
#include "support/suite.h"

enum { DRAWS = 100000 };

/* Mean and variance within 5 standard errors. */
static void check_moments(double n, double p)
{
    double sum = 0, square = 0;
    for (int i = 0; i < DRAWS; i++) {
        double k = loom_binomial(3, (uint64_t)(n * 1000), (uint64_t)i, n, p), d = k - n * p;
        ck_assert(k >= 0 && k <= n && k == floor(k));
        sum += d;
        square += d * d;
    }
    double variance = n * p * (1 - p), fourth = variance * (1 + 3 * variance);
    ck_assert_double_le(fabs(sum / DRAWS), 5 * sqrt(variance / DRAWS) + 1e-12);
    ck_assert_double_le(fabs(square / DRAWS - variance), 5 * sqrt(fourth / DRAWS) + 1e-12);
}

START_TEST(moments_are_binomial)
{
    check_moments(0, 0.5);
    check_moments(1, 0.1);
    check_moments(7, 0.5);
    check_moments(60, 0.1);
    check_moments(99, 0.1);
    check_moments(101, 0.1);
    check_moments(400, 0.5);
    check_moments(1e6, 0.05);
    check_moments(1e12, 0.3);
}
END_TEST

/* Every frequency against its probability, above and below the change of method. */
START_TEST(frequencies_are_binomial)
{
    for (int wide = 0; wide < 2; wide++) {
        enum { N = 48 };
        double p = wide ? 0.4 : 0.15, chi = 0;
        int seen[N + 1] = { 0 }, bins = 0;
        for (int i = 0; i < DRAWS; i++)
            seen[(int)loom_binomial(8, (uint64_t)wide, (uint64_t)i, N, p)]++;
        for (int k = 0; k <= N; k++) {
            double expected = DRAWS
                              * exp(loom_log_factorial(N) - loom_log_factorial(k)
                                    - loom_log_factorial(N - k) + k * log(p) + (N - k) * log1p(-p));
            if (expected < 20) continue;
            chi += (seen[k] - expected) * (seen[k] - expected) / expected;
            bins++;
        }
        ck_assert_double_le(chi, bins + 5 * sqrt(2.0 * bins));
    }
}
END_TEST

START_TEST(thinned_counts_are_independent)
{
    for (double mean = 3; mean < 200; mean *= 20) {
        double sum[2] = { 0 }, product = 0, share = 0.2;
        for (int i = 0; i < DRAWS; i++) {
            double n = loom_poisson(1, 1, (uint64_t)i, mean),
                   k = loom_binomial(1, 2, (uint64_t)i, n, share), a = k - share * mean,
                   b = n - k - (1 - share) * mean;
            sum[0] += a * a;
            sum[1] += b * b;
            product += a * b;
        }
        ck_assert_double_le(fabs(sum[0] / DRAWS / (share * mean) - 1), 0.03);
        ck_assert_double_le(fabs(sum[1] / DRAWS / ((1 - share) * mean) - 1), 0.03);
        ck_assert_double_le(fabs(product / sqrt(sum[0] * sum[1])), 5 / sqrt(DRAWS));
    }
}
END_TEST

START_TEST(a_score_ends_past_its_least)
{
    loom_free f = { 0 };
    int64_t n = 0;
    while (!loom_free_next(&f, fabs((double)n - 20)) && n < 1000) n++;
    ck_assert_int_eq(f.best, 20);
    ck_assert_int_eq(n, 30);
    int left_out = 0;
    for (int64_t k = 0; k < 60; k++) left_out += loom_left_out(k, 10);
    ck_assert_int_eq(left_out, 6);
    ck_assert(!loom_left_out(0, 10) && loom_left_out(5, 10) && loom_left_out(1, 2));
}
END_TEST

TEST_MAIN("kit binomial", moments_are_binomial, frequencies_are_binomial,
          thinned_counts_are_independent, a_score_ends_past_its_least)
