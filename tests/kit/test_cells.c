/* kit/cells: neighbours found through cells are the neighbours found by looking at every pair. */
#include "kit/cells.h"
#include "kit/probe.h"
#include "kit/rng.h"
#include "support/suite.h"

enum { N = 400 };

static void cloud(double x[][3], int n, double size, uint64_t seed)
{
    for (int i = 0; i < n; i++)
        for (int a = 0; a < 3; a++)
            x[i][a] = size * loom_uniform(seed, (uint64_t)a, (uint64_t)i) - size / 2;
}

static double distance2(const double *a, const double *b)
{
    return (a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1])
           + (a[2] - b[2]) * (a[2] - b[2]);
}

START_TEST(neighbours_are_those_of_every_pair)
{
    static double x[N][3];
    static const double radii[] = { 0.3, 1, 2.5, 30 };
    cloud(x, N, 10, 3);
    for (int k = 0; k < 4; k++)
        for (int threads = 1; threads <= 4; threads *= 2) {
            loom_cells c;
            loom_neighbours nb;
            probe_threads_count = threads;
            ck_assert(loom_cells_build(&probe_call, x[0], N, radii[k], &c));
            ck_assert(loom_neighbours_build(&probe_call, &c, radii[k], &nb));
            for (int i = 0; i < N; i++) {
                int64_t at = nb.first[i];
                for (int j = 0; j < N; j++)
                    if (j != i && distance2(x[i], x[j]) <= radii[k] * radii[k])
                        ck_assert_int_eq(nb.list[at++], j);
                ck_assert_int_eq(at, nb.first[i + 1]);
            }
            free(nb.first);
            free(nb.list);
            free(c.start);
            free(c.index);
        }
}
END_TEST

START_TEST(the_nearest_point_is_nearest)
{
    static double x[N][3], q[N][3];
    cloud(x, N, 10, 4);
    cloud(q, N, 14, 5); /* some outside the cloud */
    loom_cells c;
    ck_assert(loom_cells_build(&probe_call, x[0], N, 1.5, &c));
    for (int i = 0; i < N; i++) {
        int best = -1;
        double best2 = 1.5 * 1.5, d2 = -1;
        for (int j = 0; j < N; j++)
            if (distance2(q[i], x[j]) <= best2 && (best < 0 || distance2(q[i], x[j]) < best2)) {
                best = j;
                best2 = distance2(q[i], x[j]);
            }
        ck_assert_int_eq(loom_cells_nearest(&c, q[i], 1.5, &d2), best);
        if (best >= 0) ck_assert(d2 == best2);
    }
    free(c.start);
    free(c.index);
}
END_TEST

START_TEST(no_points_and_coincident_points_are_fine)
{
    double same[3][3] = { { 1, 1, 1 }, { 1, 1, 1 }, { 1, 1, 1 } };
    int32_t out[4];
    loom_cells c;
    ck_assert(loom_cells_build(&probe_call, same[0], 0, 1, &c));
    ck_assert_int_eq(loom_cells_near(&c, same[0], 1, out, 4), 0);
    ck_assert_int_eq(loom_cells_nearest(&c, same[0], 1, NULL), -1);
    free(c.start);
    free(c.index);
    ck_assert(loom_cells_build(&probe_call, same[0], 3, 1, &c));
    ck_assert_int_eq(loom_cells_near(&c, same[0], 1e-9, out, 4), 3);
    ck_assert_int_eq(loom_cells_nearest(&c, same[0], 1, NULL), 0);
    free(c.start);
    free(c.index);
}
END_TEST

TEST_MAIN("kit cells", neighbours_are_those_of_every_pair, the_nearest_point_is_nearest,
          no_points_and_coincident_points_are_fine)
