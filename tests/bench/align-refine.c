/* bench/align-refine.c - aligns simulated series of the full particle and compares with the truth;
 * prints `NAME VALUE` lines: the worst of all seeds, each seed's own on stderr. Arguments:
 * `seeds=1,2,3` (of particle, noise and errors), `particle:NAME=VALUE` and `series:NAME=VALUE` for
 * the simulation, anything else for align.refine.
 *
 * What no projection can tell is taken off first: a small rotation w of the specimen (turns all
 * tilts) and a translation t (displaces every image by its projection), fitted to the differences
 * by least squares. */
#include "kit/geometry.h"
#include "kit/linalg.h"
#include "support/op_test.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static const double *column(const loom_value *v, const char *name)
{
    return value_array(v, name)->data;
}

/* d(phi, theta, psi)/dw for a rotation of the specimen by w (degrees): R' = exp(w) R, from
 * differences. */
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

enum { TILTS = 50, FIGURES = 5, MOST = 40 };
static const char *const figures[FIGURES] = { "shift_x", "shift_y", "phi", "theta", "psi" };

/* Differences of the poses from the truth, rid of the gauge: root mean squares in the order of
 * `figures`. */
static void compare(const loom_value *truth, const double *shift[2], const double *angle[3],
                    double out[FIGURES])
{
    const int64_t n = TILTS;
    double turn[9 * TILTS], move[6 * TILTS], da[3 * TILTS], ds[2 * TILTS];
    for (int64_t k = 0; k < n; k++) {
        double true_angle[3], r[9], w[3][3];
        for (int a = 0; a < 3; a++) {
            true_angle[a] = column(truth, figures[2 + a])[k];
            da[3 * k + a] = angle[a][k] - true_angle[a];
        }
        for (int a = 0; a < 2; a++)
            ds[2 * k + a] = (shift[a] ? shift[a][k] : 0) - column(truth, figures[a])[k];
        loom_euler(true_angle, r);
        turn_columns(true_angle, w);
        for (int a = 0; a < 3; a++)
            for (int i = 0; i < 3; i++) turn[3 * (3 * k + a) + i] = w[a][i];
        for (int a = 0; a < 2; a++)
            for (int i = 0; i < 3; i++) move[3 * (2 * k + a) + i] = r[3 * i + a];
    }
    take_off(n, 3, turn, da);
    take_off(n, 2, move, ds);
    for (int a = 0; a < FIGURES; a++) out[a] = a < 2 ? rms(n, 2, a, ds) : rms(n, 3, a - 2, da);
}

typedef struct arguments {
    const char *particle[MOST], *series[MOST], *refine[MOST];
    int particles, tilts, refines;
} arguments;

/* One series: what is left of each figure, and of `before` alignment; seconds. */
static double align(const arguments *a, int seed, double before[FIGURES], double after[FIGURES])
{
    char seed_param[32];
    snprintf(seed_param, sizeof seed_param, "seed=%d", seed);
    op_call particle = { .op = op_load("simulate.particle"),
                         .params = { "size=atoms13366", seed_param } };
    op_call series = { .op = op_load("simulate.tilt_series"),
                       .threads = 2,
                       .params = { "angle_error=[0.2, 0.3, 0.2]", "shift_error=1", "dose=3e5",
                                   "frames=1", seed_param } };
    op_call refine = { .op = op_load("align.refine"), .threads = 2 };
    for (int i = 0; i < a->particles; i++) particle.params[2 + i] = a->particle[i];
    for (int i = 0; i < a->tilts; i++) series.params[5 + i] = a->series[i];
    for (int i = 0; i < a->refines; i++) refine.params[i] = a->refine[i];
    op_must_run(&particle);
    op_input(&series, "atoms", op_output(&particle, "atoms"));
    op_must_run(&series);
    op_input(&refine, "tilts", op_output(&series, "tilts"));
    const loom_value *truth = op_output(&series, "truth");
    const double *no_shift[2] = { NULL, NULL },
                 *nominal[3] = { column(truth, "nominal_phi"), column(truth, "nominal_theta"),
                                 column(truth, "nominal_psi") };
    compare(truth, no_shift, nominal, before);
    double start = now();
    op_must_run(&refine);
    double wall = now() - start;
    const loom_value *found = op_output(&refine, "parameters");
    const double *shift[2] = { column(found, figures[0]), column(found, figures[1]) },
                 *angle[3] = { column(found, figures[2]), column(found, figures[3]),
                               column(found, figures[4]) };
    compare(truth, shift, angle, after);
    fprintf(stderr, "seed %d: shifts %.4f %.4f phi %.4f theta %.4f psi %.4f, %.1f s; %s\n", seed,
            after[0], after[1], after[2], after[3], after[4], wall, refine.notes);
    op_end(&refine);
    op_end(&series);
    op_end(&particle);
    return wall;
}

int main(int argc, char **argv)
{
    arguments a = { .particles = 0 };
    const char *seeds = "1,2,3";
    double before[FIGURES] = { 0 }, after[FIGURES] = { 0 }, wall = 0;
    for (int i = 1; i < argc && i < MOST; i++)
        if (!strncmp(argv[i], "seeds=", 6)) seeds = argv[i] + 6;
        else if (!strncmp(argv[i], "particle:", 9)) a.particle[a.particles++] = argv[i] + 9;
        else if (!strncmp(argv[i], "series:", 7)) a.series[a.tilts++] = argv[i] + 7;
        else a.refine[a.refines++] = argv[i];
    for (const char *s = seeds; s; s = strchr(s, ',') ? strchr(s, ',') + 1 : NULL) {
        double one_before[FIGURES], one[FIGURES];
        wall = fmax(wall, align(&a, atoi(s), one_before, one));
        for (int i = 0; i < FIGURES; i++) {
            before[i] = fmax(before[i], one_before[i]);
            after[i] = fmax(after[i], one[i]);
        }
    }
    for (int i = 0; i < FIGURES; i++)
        printf("before_%s %.4f\n%s %.4f\n", figures[i], before[i], figures[i], after[i]);
    printf("wall %.1f\n", wall);
    return 0;
}
