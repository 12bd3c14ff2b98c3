/* kit/linalg: products give the identity, eigenvectors diagonalise, polar factors rotate, rigid
 * motions are recovered. */
#include "kit/linalg.h"
#include "kit/geometry.h"
#include "kit/rng.h"
#include "support/suite.h"

static void random_matrix(uint64_t seed, double m[9])
{
    for (uint64_t k = 0; k < 9; k++) m[k] = 2 * loom_uniform(seed, 0, k) - 1;
}
static void same(const double *a, const double *b, int n, double within)
{
    for (int k = 0; k < n; k++) ck_assert_double_eq_tol(a[k], b[k], within);
}
static const double one[9] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };

START_TEST(inverse_and_eigenvectors)
{
    for (uint64_t seed = 1; seed < 200; seed++) {
        double m[9], mi[9], p[9], s[9], value[3], v[9], vt[9], d[9] = { 0 }, back[9];
        random_matrix(seed, m);
        ck_assert(loom_inverse3(m, mi));
        loom_multiply3(m, mi, p);
        same(p, one, 9, 1e-9);
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) s[3 * i + j] = m[3 * i + j] + m[3 * j + i];
        loom_eigen3(s, value, v);
        ck_assert(value[0] >= value[1] && value[1] >= value[2]);
        ck_assert_double_eq_tol(loom_det3(v), 1, 1e-13);
        for (int k = 0; k < 3; k++) d[4 * k] = value[k];
        loom_transpose3(v, vt);
        loom_multiply3(v, d, p);
        loom_multiply3(p, vt, back);
        same(back, s, 9, 1e-13);
    }
    ck_assert(!loom_inverse3((double[9]){ 1, 2, 3, 2, 4, 6, 0, 0, 1 }, (double[9]){ 0 }));
}
END_TEST

START_TEST(polar_factors)
{
    for (uint64_t seed = 1; seed < 200; seed++) {
        double m[9], r[9], rt[9], u[9], p[9];
        random_matrix(seed, m);
        if (seed % 3 == 0)
            for (int k = 0; k < 3; k++) m[6 + k] = m[k] - 2 * m[3 + k]; /* singular */
        loom_polar3(m, r, u);
        loom_transpose3(r, rt);
        loom_multiply3(r, rt, p);
        same(p, one, 9, 1e-12);
        ck_assert_double_eq_tol(loom_det3(r), 1, 1e-12);
        loom_multiply3(r, u, p);
        if (seed % 3 == 0 || loom_det3(m) > 0) same(p, m, 9, 1e-7);
    }
}
END_TEST

START_TEST(rigid_motions_are_recovered)
{
    enum { N = 50 };
    double x[N][3], y[N][3], r[9], t[3] = { 3, -1, 7 }, got_r[9], got_t[3];
    loom_euler((double[3]){ 20, 110, -75 }, r);
    for (int i = 0; i < N; i++) {
        for (int a = 0; a < 3; a++) x[i][a] = 10 * loom_uniform(7, (uint64_t)a, (uint64_t)i);
        loom_apply3(r, x[i], y[i]);
        for (int a = 0; a < 3; a++) y[i][a] += t[a];
    }
    loom_rigid_fit(N, x[0], y[0], got_r, got_t);
    same(got_r, r, 9, 1e-12);
    same(got_t, t, 3, 1e-11);
    for (int i = 0; i < N; i++) x[i][2] = y[i][2] = 0; /* in a plane: still a rotation */
    loom_rigid_fit(N, x[0], y[0], got_r, got_t);
    ck_assert_double_eq_tol(loom_det3(got_r), 1, 1e-12);
}
END_TEST

START_TEST(small_systems)
{
    for (int n = 1; n <= 12; n++) {
        double b[144], a[144] = { 0 }, x[12], y[12] = { 0 };
        for (int k = 0; k < n * n; k++) b[k] = loom_uniform(9, (uint64_t)n, (uint64_t)k);
        for (int i = 0; i < n; i++) x[i] = i - 2.5;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                for (int k = 0; k < n; k++)
                    a[i * n + j] += b[k * n + i] * b[k * n + j] + (k == 0 && i == j);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) y[i] += a[i * n + j] * x[j];
        ck_assert(loom_solve_spd(n, a, y));
        same(y, x, n, 1e-10);
    }
    double singular[4] = { 1, 1, 1, 1 }, b[2] = { 1, 1 };
    ck_assert(!loom_solve_spd(2, singular, b));
}
END_TEST

TEST_MAIN("kit linalg", inverse_and_eigenvectors, polar_factors, rigid_motions_are_recovered,
          small_systems)
