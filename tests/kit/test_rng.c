/* kit/rng.h: the published known answers of Philox 4x32-10, and what the derived distributions must
 * look like. */
#include "kit/rng.h"
#include "support/suite.h"

START_TEST(philox_gives_the_published_answers)
{
    uint64_t out[2];
    loom_random128(0, 0, 0, out);
    ck_assert_uint_eq(out[0], 0xe169c58d6627e8d5u);
    ck_assert_uint_eq(out[1], 0x9b00dbd8bc57ac4cu);
    loom_random128(UINT64_MAX, UINT64_MAX, UINT64_MAX, out);
    ck_assert_uint_eq(out[0], 0x41c83b0e408f276du);
    ck_assert_uint_eq(out[1], 0x6d5451fda20bc7c6u);
    loom_random128(0x299f31d0a4093822u, 0x0370734413198a2eu, 0x85a308d3243f6a88u, out);
    ck_assert_uint_eq(out[0], 0x94fdccebd16cfe09u);
    ck_assert_uint_eq(out[1], 0x24126ea15001e420u);
}
END_TEST

START_TEST(normals_have_mean_0_variance_1_kurtosis_3)
{
    enum { N = 200000 };
    double m1 = 0, m2 = 0, m4 = 0;
    for (int i = 0; i < N / 2; i++) {
        double z[2];
        loom_normal2(7, 1, (uint64_t)i, z);
        for (int k = 0; k < 2; k++) {
            m1 += z[k];
            m2 += z[k] * z[k];
            m4 += z[k] * z[k] * z[k] * z[k];
        }
    }
    ck_assert_double_eq_tol(m1 / N, 0, 5 / sqrt(N));
    ck_assert_double_eq_tol(m2 / N, 1, 5 * sqrt(2.0 / N));
    ck_assert_double_eq_tol(m4 / N, 3, 5 * sqrt(96.0 / N));
}
END_TEST

START_TEST(uniforms_stay_inside_the_open_interval)
{
    ck_assert(loom_uniform_of(0) > 0);
    ck_assert(loom_uniform_of(UINT64_MAX) < 1);
    ck_assert_uint_eq(loom_below(UINT64_MAX, 10), 9);
    ck_assert_uint_eq(loom_below(0, 10), 0);
}
END_TEST

TEST_MAIN("kit rng", philox_gives_the_published_answers, normals_have_mean_0_variance_1_kurtosis_3,
          uniforms_stay_inside_the_open_interval)
