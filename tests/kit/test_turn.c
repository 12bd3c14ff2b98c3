/* kit/turn.h: quarter turns are exact and come back; other angles agree with them in the limit, and
 * a smooth image comes back. */
#include "support/suite.h"
#include <kit/turn.h>
#include <math.h>

enum { N = 41 };

static void blob(float *v)
{
    for (int y = 0; y < N; y++)
        for (int x = 0; x < N; x++)
            v[y * N + x] = expf(-((x - 26) * (x - 26) + (y - 17) * (y - 17)) / 30.0f);
}

START_TEST(four_quarters_are_none)
{
    float a[15], b[15], c[15];
    for (int i = 0; i < 15; i++) a[i] = (float)i;
    loom_turn_quarters(a, 3, 5, 1, b);
    loom_turn_quarters(b, 5, 3, 3, c);
    ck_assert_mem_eq(a, c, sizeof a);
    loom_turn_quarters(b, 5, 3, 1, c); /* two */
    for (int i = 0; i < 15; i++) ck_assert_float_eq(c[i], a[14 - i]);
    int quarters;
    ck_assert(loom_turn_is_exact(-90, &quarters));
    ck_assert_int_eq(quarters, 3);
    ck_assert(!loom_turn_is_exact(45, &quarters));
}
END_TEST

START_TEST(ninety_degrees_are_a_quarter)
{
    static float a[N * N], b[N * N], c[N * N];
    blob(a); /* N is odd: the centre of both turns is the middle pixel */
    loom_turn_quarters(a, N, N, 1, b);
    double share = loom_turn_image(a, N, N, 90, 0, c);
    for (int i = 0; i < N * N; i++) ck_assert_float_eq_tol(b[i], c[i], 1e-5f);
    ck_assert_double_eq_tol(share, 1, 1e-6);
}
END_TEST

START_TEST(there_and_back)
{
    static float a[N * N], b[N * N], c[N * N];
    blob(a);
    double share = loom_turn_image(a, N, N, 33, 0, b);
    loom_turn_image(b, N, N, -33, 0, c);
    for (int i = 0; i < N * N; i++) ck_assert_float_eq_tol(a[i], c[i], 0.01f);
    ck_assert(share > 0.5 && share < 1); /* interpolation takes some of white noise away */
}
END_TEST

TEST_MAIN("kit.turn", four_quarters_are_none, ninety_degrees_are_a_quarter, there_and_back)
