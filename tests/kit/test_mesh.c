/* kit/mesh: distances and crossings found through the tree are those found by looking at every
 * face; a closed surface has its area and volume. */
#include "kit/mesh.h"
#include "kit/probe.h"
#include "kit/rng.h"
#include "support/suite.h"
#include <math.h>

enum { FACES = 500 };
static double vertex[3 * FACES][3];
static int32_t face[FACES][3];

static void soup(uint64_t seed)
{
    for (int f = 0; f < FACES; f++)
        for (int k = 0; k < 3; k++) {
            face[f][k] = 3 * f + k;
            for (int a = 0; a < 3; a++)
                vertex[3 * f + k][a] =
                    20 * loom_uniform(seed, (uint64_t)a, (uint64_t)f)
                    + 2 * loom_uniform(seed, (uint64_t)(3 + a), (uint64_t)(3 * f + k));
        }
}

/* The nearest of many points of a triangle: never nearer than the true distance, and nearly as
 * near. */
static double sampled_distance(const double *x, int f)
{
    enum { STEPS = 60 };
    double best = INFINITY;
    for (int i = 0; i <= STEPS; i++)
        for (int j = 0; i + j <= STEPS; j++) {
            double d2 = 0;
            for (int a = 0; a < 3; a++) {
                double p = (vertex[3 * f][a] * (STEPS - i - j) + vertex[3 * f + 1][a] * i
                            + vertex[3 * f + 2][a] * j)
                               / STEPS
                           - x[a];
                d2 += p * p;
            }
            best = fmin(best, d2);
        }
    return sqrt(best);
}

START_TEST(distance_is_the_least_of_all_faces)
{
    loom_mesh mesh, one;
    soup(1);
    ck_assert(loom_mesh_build(&probe_call, vertex[0], face[0], FACES, &mesh));
    for (uint64_t i = 0; i < 200; i++) {
        double x[3], nearest[3], least = INFINITY, d2 = 0;
        int64_t at, best = -1;
        for (int a = 0; a < 3; a++) x[a] = 30 * loom_uniform(2, (uint64_t)a, i) - 4;
        for (int f = 0; f < FACES; f++) {
            ck_assert(loom_mesh_build(&probe_call, vertex[0], face[f], 1, &one));
            double d = loom_mesh_distance2(&one, x, NULL, NULL);
            if (d < least) {
                least = d;
                best = f;
            }
            free(one.node);
            free(one.order);
        }
        ck_assert_double_eq(loom_mesh_distance2(&mesh, x, nearest, &at), least);
        ck_assert_int_eq(at, best);
        for (int a = 0; a < 3; a++) d2 += (x[a] - nearest[a]) * (x[a] - nearest[a]);
        ck_assert_double_eq_tol(sqrt(d2), sqrt(least), 1e-9);
        double sampled = sampled_distance(x, (int)best);
        ck_assert(sqrt(least) <= sampled + 1e-9 && sampled <= sqrt(least) + 0.06);
    }
    free(mesh.node);
    free(mesh.order);
}
END_TEST

/* A ray through a box: two crossings from outside, one from inside, at the walls. */
START_TEST(crossings_of_a_box)
{
    static const int32_t box_face[12][3] = { { 0, 2, 1 }, { 1, 2, 3 }, { 4, 5, 6 }, { 5, 7, 6 },
                                             { 0, 1, 4 }, { 1, 5, 4 }, { 2, 6, 3 }, { 3, 6, 7 },
                                             { 0, 4, 2 }, { 2, 4, 6 }, { 1, 3, 5 }, { 3, 7, 5 } };
    double box[8][3], t[4], area, volume;
    for (int k = 0; k < 8; k++)
        for (int a = 0; a < 3; a++) box[k][a] = k >> a & 1 ? 2 + a : 0;
    loom_mesh mesh;
    ck_assert(loom_mesh_build(&probe_call, box[0], box_face[0], 12, &mesh));
    ck_assert_int_eq(
        loom_mesh_crossings(&mesh, (double[3]){ 0.9, 1.1, 1.3 }, (double[3]){ 1, 0, 0 }, t, 4), 1);
    ck_assert_double_eq_tol(t[0], 1.1, 1e-12);
    ck_assert_int_eq(
        loom_mesh_crossings(&mesh, (double[3]){ 0.9, -1, 1.3 }, (double[3]){ 0, 1, 0 }, t, 4), 2);
    ck_assert_double_eq_tol(t[0], 1, 1e-12);
    ck_assert_double_eq_tol(t[1], 4, 1e-12);
    ck_assert_int_eq(
        loom_mesh_crossings(&mesh, (double[3]){ 0.9, -1, 1.3 }, (double[3]){ 0, 1, 0 }, t, 1), 2);
    ck_assert_double_eq_tol(t[0], 1, 1e-12);
    ck_assert_int_eq(
        loom_mesh_crossings(&mesh, (double[3]){ 0.9, -1, 1.3 }, (double[3]){ 0, -1, 0 }, t, 4), 0);
    loom_mesh_measure(box[0], box_face[0], 12, &area, &volume);
    ck_assert_double_eq_tol(area, 52, 1e-12);
    ck_assert_double_eq_tol(volume, 24, 1e-12);
    free(mesh.node);
    free(mesh.order);
}
END_TEST

TEST_MAIN("kit mesh", distance_is_the_least_of_all_faces, crossings_of_a_box)
