/* kit/maxima: the maxima found slice by slice are those found by looking at every sample and its
 * surroundings, for every rule and number of threads. */
#include "kit/maxima.h"
#include "kit/probe.h"
#include "kit/rng.h"
#include "support/suite.h"
#include <math.h>

enum { NX = 13, NY = 11, NZ = 9, ALL = NX * NY * NZ };
static double volume[NZ][NY][NX];

static void make_row(const void *user, int64_t y, int64_t z, double *work, double *restrict row)
{
    (void)user;
    (void)work;
    for (int x = 0; x < NX; x++) row[x] = volume[z][y][x];
}

static bool even_only(const void *user, const int64_t at[3])
{
    (void)user;
    return (at[0] + at[1] + at[2]) % 2 == 0;
}

static void fill(uint64_t seed, int levels)
{
    for (int i = 0; i < ALL; i++)
        (&volume[0][0][0])[i] = floor(levels * loom_uniform(seed, 1, (uint64_t)i));
}

static bool expected(loom_surround rule, int x, int y, int z)
{
    int reach = rule == LOOM_BALL ? 2 : 1;
    for (int k = -reach; k <= reach; k++)
        for (int j = -reach; j <= reach; j++)
            for (int i = -reach; i <= reach; i++) {
                int d2 = i * i + j * j + k * k;
                double v = volume[z][y][x], w = volume[z + k][y + j][x + i];
                if (d2 == 0) continue;
                if (rule == LOOM_FACES && d2 == 1 && v < w) return false;
                if (rule == LOOM_CUBE && v <= w) return false;
                if (rule == LOOM_BALL && d2 <= 6 && v <= w) return false;
            }
    return true;
}

static void compare(loom_surround rule, int border, bool even)
{
    int reach = rule == LOOM_BALL ? 2 : 1, margin = border > reach ? border : reach;
    int64_t count = -1, at = 0;
    loom_maxima m = { .n = { NX, NY, NZ },
                      .surround = rule,
                      .above = 3,
                      .border = border,
                      .make_row = make_row,
                      .wanted = even ? even_only : NULL };
    loom_maximum *found = loom_maxima_find(&probe_call, &m, &count);
    ck_assert_ptr_nonnull(found);
    for (int z = margin; z < NZ - margin; z++)
        for (int y = margin; y < NY - margin; y++)
            for (int x = margin; x < NX - margin; x++) {
                if (volume[z][y][x] <= 3 || !expected(rule, x, y, z)) continue;
                if (even && (x + y + z) % 2) continue;
                ck_assert_int_lt(at, count);
                ck_assert_int_eq(found[at].at[0], x);
                ck_assert_int_eq(found[at].at[1], y);
                ck_assert_int_eq(found[at].at[2], z);
                ck_assert_double_eq(found[at].value, volume[z][y][x]);
                double sum = 0;
                for (int i = 0; i < 27; i++)
                    sum += volume[z - 1 + i / 9][y - 1 + i / 3 % 3][x - 1 + i % 3];
                ck_assert_double_eq(found[at].sum, rule == LOOM_BALL ? sum : volume[z][y][x]);
                at++;
            }
    ck_assert_int_eq(at, count);
    free(found);
}

START_TEST(maxima_are_those_of_every_sample)
{
    for (int threads = 1; threads <= 4; threads++)
        for (int rule = LOOM_FACES; rule <= LOOM_BALL; rule++)
            for (int border = 0; border <= 5; border++) {
                probe_threads_count = threads;
                fill((uint64_t)(10 * rule + border), border % 2 ? 12 : 1000000);
                compare((loom_surround)rule, border, false);
                compare((loom_surround)rule, border, true);
            }
}
END_TEST

START_TEST(a_parabola_is_found_at_its_top)
{
    for (double top = -0.5; top <= 0.5; top += 0.125)
        ck_assert_double_eq_tol(
            loom_parabola(5 - (-1 - top) * (-1 - top), 5 - top * top, 5 - (1 - top) * (1 - top)),
            top, 1e-12);
    ck_assert_double_eq(loom_parabola(1, 1, 1), 0);
    ck_assert_double_eq(loom_parabola(2, 1, 3), 0); /* a valley */
}
END_TEST

TEST_MAIN("kit maxima", maxima_are_those_of_every_sample, a_parabola_is_found_at_its_top)
