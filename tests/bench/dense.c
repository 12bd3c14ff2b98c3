/* bench.dense: the dense algebra that ops do by themselves, over the same by OpenBLAS and LAPACKE
 * on one thread, in pairs (pairs.h). Above 1: the library is faster. Sizes are those of the ops: 3
 * (poses, curvature), 4 (lattice), 6 (curvature), 12 (collective moves), 32 (blocks of a fit), 35
 * (the quartic of trace.polynomial). */
#include "../../plugins/trace/quartic.c"
#include "kit/linalg.h"
#include "kit/rng.h"
#include "pairs.h"
#include <cblas.h>
#include <lapacke.h>
#include <stdlib.h>

enum { PAIRS = 15, MAX_N = 35, SYSTEMS = 64, WORK = 30000000 };

static int size;
static double matrix[SYSTEMS][MAX_N * MAX_N], right[SYSTEMS][MAX_N], sum;

/* Positive definite: products of random matrices, as normal equations are. */
static void make_systems(int n)
{
    static double m[2 * MAX_N][MAX_N];
    size = n;
    for (int s = 0; s < SYSTEMS; s++) {
        for (int i = 0; i < 2 * n; i++)
            for (int j = 0; j < n; j++)
                m[i][j] = loom_uniform((uint64_t)s, (uint64_t)i, (uint64_t)j) - 0.5;
        for (int i = 0; i < n; i++) {
            right[s][i] = m[i][0];
            for (int j = 0; j < n; j++) {
                double v = 0;
                for (int k = 0; k < 2 * n; k++) v += m[k][i] * m[k][j];
                matrix[s][i * n + j] = v;
            }
        }
    }
}

static int rounds(void) { return WORK / (SYSTEMS * (size * size * size / 3 + 200)) + 1; }

static void solve_by_hand(void *user)
{
    (void)user;
    double a[MAX_N * MAX_N], b[MAX_N];
    for (int r = 0; r < rounds(); r++)
        for (int s = 0; s < SYSTEMS; s++) {
            memcpy(a, matrix[s], sizeof *a * (size_t)(size * size));
            memcpy(b, right[s], sizeof *b * (size_t)size);
            if (loom_solve_spd(size, a, b)) sum += b[0];
        }
}

static void solve_by_lapack(void *user)
{
    (void)user;
    double a[MAX_N * MAX_N], b[MAX_N];
    for (int r = 0; r < rounds(); r++)
        for (int s = 0; s < SYSTEMS; s++) {
            memcpy(a, matrix[s], sizeof *a * (size_t)(size * size));
            memcpy(b, right[s], sizeof *b * (size_t)size);
            if (!LAPACKE_dposv_work(LAPACK_COL_MAJOR, 'L', size, 1, a, size, b, size)) sum += b[0];
        }
}

static void quartic_by_hand(void *user)
{
    (void)user;
    double a[N_TERMS][N_TERMS + 1], low[10];
    for (int r = 0; r < rounds(); r++)
        for (int s = 0; s < SYSTEMS; s++) {
            for (int i = 0; i < N_TERMS; i++) {
                memcpy(a[i], matrix[s] + N_TERMS * i, N_TERMS * sizeof(double));
                a[i][N_TERMS] = right[s][i];
            }
            if (solve(a, low)) sum += low[0];
        }
}

static void eigen_by_hand(void *user)
{
    (void)user;
    double value[3], v[9];
    for (int r = 0; r < rounds(); r++)
        for (int s = 0; s < SYSTEMS; s++) {
            loom_eigen3(matrix[s], value, v);
            sum += value[0];
        }
}

static void eigen_by_lapack(void *user)
{
    (void)user;
    double value[3], v[9], work[128];
    for (int r = 0; r < rounds(); r++)
        for (int s = 0; s < SYSTEMS; s++) {
            memcpy(v, matrix[s], sizeof v);
            LAPACKE_dsyev_work(LAPACK_COL_MAJOR, 'V', 'L', 3, v, 3, value, work, 128);
            sum += value[2];
        }
}

static void compare(const char *name, void (*library)(void *), void (*own)(void *))
{
    pairs p = pairs_run(PAIRS, own, library, NULL, NULL);
    pairs_print(name, &p);
}

int main(void)
{
    static const int sizes[] = { 3, 4, 6, 12, 32 };
    char name[32];
    openblas_set_num_threads(1);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        make_systems(sizes[i]);
        snprintf(name, sizeof name, "solve-%d", sizes[i]);
        compare(name, solve_by_lapack, solve_by_hand);
    }
    make_systems(N_TERMS);
    compare("quartic-35", solve_by_lapack, quartic_by_hand);
    make_systems(3);
    compare("eigen-3", eigen_by_lapack, eigen_by_hand);
    return sum > -1e300 ? 0 : 1;
}
