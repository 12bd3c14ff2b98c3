/* bench/align-refine.c - aligns a simulated series of the full particle and compares with the truth; prints `NAME VALUE` lines.
 *
 * What no projection can tell is taken off first: a small rotation w of the specimen (turns all tilts) and a translation t (displaces
 * every image by its projection), fitted to the differences by least squares. */
#include "kit/geometry.h"
#include "kit/linalg.h"
#include "support/op_test.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static const double *column(const loom_value *v, const char *name) { return value_array(v, name)->data; }

/* d(phi, theta, psi)/dw for a rotation of the specimen by w (degrees): R' = exp(w) R, from differences. */
static void turn_columns(const double angle[3], double out[3][3])
{
    const double d = 1e-4; /* degrees of each Euler angle */
    double m[9], r0[9], t0[9];
    loom_euler(angle, r0);
    loom_transpose3(r0, t0);
    for (int a = 0; a < 3; a++) {
        double moved[3] = { angle[0], angle[1], angle[2] }, r1[9], q[9];
        moved[a] += d;
        loom_euler(moved, r1);
        loom_multiply3(r1, t0, q);
        m[a] = (q[7] - q[5]) / 2 / (d * LOOM_PI / 180);
        m[3 + a] = (q[2] - q[6]) / 2 / (d * LOOM_PI / 180);
        m[6 + a] = (q[3] - q[1]) / 2 / (d * LOOM_PI / 180);
    }
    double inverse[9];
    loom_inverse3(m, inverse);
    for (int a = 0; a < 3; a++)
        for (int i = 0; i < 3; i++) out[a][i] = inverse[3 * a + i];
}

/* Residual of difference[n][rows] after the best combination of columns[n][rows][3]. */
static void take_off(int64_t n, int rows, const double *columns, double *difference)
{
    double a[9] = { 0 }, b[3] = { 0 };
    for (int64_t k = 0; k < n * rows; k++)
        for (int i = 0; i < 3; i++) {
            b[i] += columns[3 * k + i] * difference[k];
            for (int j = 0; j < 3; j++) a[3 * i + j] += columns[3 * k + i] * columns[3 * k + j];
        }
    if (!loom_solve_spd(3, a, b)) return;
    for (int64_t k = 0; k < n * rows; k++)
        for (int i = 0; i < 3; i++) difference[k] -= columns[3 * k + i] * b[i];
}

static double rms(int64_t n, int rows, int row, const double *v)
{
    double sum = 0;
    for (int64_t k = 0; k < n; k++) sum += v[rows * k + row] * v[rows * k + row];
    return sqrt(sum / (double)n);
}

/* Differences of the poses from the truth, rid of the gauge. */
static void compare(int64_t n, const loom_value *truth, const double *shift[2], const double *angle[3], const char *prefix)
{
    static const char *const angles[3] = { "phi", "theta", "psi" }, *const shifts[2] = { "shift_x", "shift_y" };
    double turn[9 * 512], move[6 * 512], da[3 * 512], ds[2 * 512];
    for (int64_t k = 0; k < n; k++) {
        double true_angle[3], r[9], w[3][3];
        for (int a = 0; a < 3; a++) {
            true_angle[a] = column(truth, angles[a])[k];
            da[3 * k + a] = angle[a][k] - true_angle[a];
        }
        for (int a = 0; a < 2; a++) ds[2 * k + a] = (shift[a] ? shift[a][k] : 0) - column(truth, shifts[a])[k];
        loom_euler(true_angle, r);
        turn_columns(true_angle, w);
        for (int a = 0; a < 3; a++)
            for (int i = 0; i < 3; i++) turn[3 * (3 * k + a) + i] = w[a][i];
        for (int a = 0; a < 2; a++)
            for (int i = 0; i < 3; i++) move[3 * (2 * k + a) + i] = r[3 * i + a];
    }
    take_off(n, 3, turn, da);
    take_off(n, 2, move, ds);
    for (int a = 0; a < 2; a++) printf("%s%s %.4f\n", prefix, shifts[a], rms(n, 2, a, ds));
    for (int a = 0; a < 3; a++) printf("%s%s %.4f\n", prefix, angles[a], rms(n, 3, a, da));
}

int main(int argc, char **argv)
{
    enum { TILTS = 50 };
    op_call particle = { .op = op_load("simulate.particle"), .params = { "size=atoms13366" } };
    op_must_run(&particle);
    op_call series = { .op = op_load("simulate.tilt_series"), .threads = 2,
                       .params = { "angle_error=[0.2, 0.3, 0.2]", "shift_error=1", "dose=3e5", "frames=1" } };
    op_input(&series, "atoms", op_output(&particle, "atoms"));
    op_must_run(&series);
    const loom_value *truth = op_output(&series, "truth");
    const double *no_shift[2] = { NULL, NULL }, *nominal[3] = { column(truth, "nominal_phi"), column(truth, "nominal_theta"), column(truth, "nominal_psi") };
    compare(TILTS, truth, no_shift, nominal, "before_");
    op_call refine = { .op = op_load("align.refine"), .threads = 2 };
    for (int i = 1; i < argc && i < 60; i++) refine.params[i - 1] = argv[i]; /* to try other parameters */
    op_input(&refine, "tilts", op_output(&series, "tilts"));
    double start = now();
    op_must_run(&refine);
    printf("wall %.1f\n", now() - start);
    const loom_value *found = op_output(&refine, "parameters");
    const double *shift[2] = { column(found, "shift_x"), column(found, "shift_y") }, *angle[3] = { column(found, "phi"), column(found, "theta"), column(found, "psi") };
    compare(TILTS, truth, shift, angle, "");
    const loom_value *rounds = op_output(&refine, "convergence");
    for (int64_t i = 0; i < value_array(rounds, "iteration")->dim[0]; i++)
        fprintf(stderr, "binning %.1f iteration %3.0f R %.5f move %.4f turn %.4f\n", column(rounds, "binning")[i], column(rounds, "iteration")[i],
                column(rounds, "r_factor")[i], column(rounds, "move")[i], column(rounds, "turn")[i]);
    return 0;
}
