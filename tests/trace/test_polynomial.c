/* trace.polynomial: Gaussian atoms are found where they are, the brighter of two close peaks stays,
 * and the published positions and flags of an experimental volume are reproduced. */
#include "support/op_test.h"
#include "support/suite.h"
#include <kit/rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N = 40, N_ATOMS = 27 };
static const double voxel = 0.35;

/* Gaussian atoms of width 0.6 A on a jittered lattice; positions in angstrom from sample N/2. */
static loom_value *particle(double position[N_ATOMS][3], double background)
{
    float *density = calloc(N * N * N, sizeof *density);
    for (int a = 0; a < N_ATOMS; a++) {
        for (int k = 0; k < 3; k++)
            position[a][k] = ((a
                               / (k == 0   ? 1
                                  : k == 1 ? 3
                                           : 9))
                                  % 3
                              - 1)
                                 * 3.2
                             + 0.6 * (loom_uniform(3, a, k) - 0.5);
        for (int i = 0; i < N * N * N; i++) {
            double dx = (i % N - N / 2) * voxel - position[a][0],
                   dy = (i / N % N - N / 2) * voxel - position[a][1],
                   dz = (i / N / N - N / 2) * voxel - position[a][2];
            density[i] += (float)(exp(-(dx * dx + dy * dy + dz * dz) / (2 * 0.6 * 0.6)));
        }
    }
    for (int i = 0; i < N * N * N; i++) density[i] += (float)background;
    loom_value *v = make_volume(N, N, N, voxel, density);
    free(density);
    return v;
}

static const double *found(const op_call *c, int64_t *n)
{
    const loom_array *a = value_array(op_output(c, "atoms"), "position");
    *n = a->dim[0];
    return a->data;
}

static double worst_error(const op_call *c, double truth[N_ATOMS][3])
{
    int64_t n;
    const double *x = found(c, &n);
    double worst = 0;
    ck_assert_int_eq(n, N_ATOMS);
    for (int a = 0; a < N_ATOMS; a++) {
        double best = INFINITY;
        for (int64_t i = 0; i < n; i++)
            best = fmin(best, hypot(hypot(x[3 * i] - truth[a][0], x[3 * i + 1] - truth[a][1]),
                                    x[3 * i + 2] - truth[a][2]));
        worst = fmax(worst, best);
    }
    return worst;
}

/* Linear interpolation draws a peak towards the samples, by a third of a voxel at worst; the spline
 * does not. */
START_TEST(gaussian_atoms_are_found_where_they_are)
{
    static const struct {
        const char *p[6];
        double most_A;
    } ways[] = {
        { { "interpolation=linear" }, 0.12 },
        { { NULL }, 0.004 },
        { { "upsampling=1", "padding=0", "maxima=ball", "border=5" }, 0.010 },
        { { "upsampling=2", "radius=4", "window=box", "interpolation=cubic" }, 0.004 },
    };
    double truth[N_ATOMS][3];
    loom_value *v = particle(truth, 0);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        op_call c = { .op = op_load("trace.polynomial"), .params = { "threshold=0.3" } };
        for (int k = 0; k < 6; k++) c.params[1 + k] = ways[i].p[k];
        op_input(&c, "volume", v);
        op_must_be_deterministic(&c);
        double worst = worst_error(&c, truth);
        ck_assert_msg(worst < ways[i].most_A, "way %zu: off by %.4f A", i, worst);
        op_end(&c);
    }
    value_free(v);
}
END_TEST

/* The fit has a free constant term, and its scale cancels. */
START_TEST(positions_ignore_offset_and_scale)
{
    double truth[N_ATOMS][3];
    int64_t n, m;
    loom_value *v = particle(truth, 0), *w = particle(truth, 0);
    float *density = (float *)value_array(w, "density")->data;
    for (int i = 0; i < N * N * N; i++) density[i] = 64 * density[i];
    op_call a = { .op = op_load("trace.polynomial"), .params = { "threshold=0.3" } },
            b = { .op = a.op, .params = { "threshold=19.2" } };
    op_input(&a, "volume", v);
    op_input(&b, "volume", w);
    op_must_run(&a);
    op_must_run(&b);
    const double *x = found(&a, &n), *y = found(&b, &m);
    ck_assert_int_eq(n, m);
    for (int64_t i = 0; i < 3 * n; i++) ck_assert_double_eq_tol(x[i], y[i], 1e-9);
    op_end(&a);
    op_end(&b);
    value_free(v);
    value_free(w);
}
END_TEST

START_TEST(origin_moves_every_atom)
{
    double truth[N_ATOMS][3], origin[3] = { 1, -2, 30 };
    loom_value *v = particle(truth, 0);
    make_array(v, "origin", LOOM_F64, 1, (int64_t[]){ 3 }, "angstrom", origin);
    op_call c = { .op = op_load("trace.polynomial"), .params = { "threshold=0.3" } };
    op_input(&c, "volume", v);
    op_must_run(&c);
    for (int a = 0; a < N_ATOMS; a++)
        for (int k = 0; k < 3; k++) truth[a][k] += origin[k];
    ck_assert_double_lt(worst_error(&c, truth), 0.004);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(the_brighter_of_two_close_peaks_stays)
{
    float *density = calloc(N * N * N, sizeof *density);
    for (int i = 0; i < N * N * N; i++) {
        double x = (i % N - 20) * voxel, y = (i / N % N - 20) * voxel, z = (i / N / N - 20) * voxel;
        density[i] = (float)(exp(-(x * x + y * y + z * z) / 0.5)
                             + 0.8 * exp(-((x - 1.9) * (x - 1.9) + y * y + z * z) / 0.5));
    }
    loom_value *v = make_volume(N, N, N, voxel, density);
    free(density);
    op_call c = { .op = op_load("trace.polynomial"),
                  .params = { "min_distance=1.5", "threshold=0.1" } };
    op_input(&c, "volume", v);
    op_must_run(&c);
    int64_t n;
    found(&c, &n);
    ck_assert_int_eq(n, 2);
    c.params[0] = "min_distance=2.2";
    op_must_run(&c);
    const double *x = found(&c, &n);
    ck_assert_int_eq(n, 1);
    ck_assert_double_eq_tol(x[0], 0, 0.1);
    ck_assert_int_eq(((int32_t *)value_array(op_output(&c, "candidates"), "flag")->data)[1], -3);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(mask_threshold_and_count_limit_the_candidates)
{
    double truth[N_ATOMS][3];
    int64_t n;
    loom_value *v = particle(truth, 0), *m = make_value("mask"), *wrong = make_value("mask");
    uint8_t *inside = make_array(m, "mask", LOOM_U8, 3, (int64_t[]){ N, N, N }, NULL, NULL);
    make_array(wrong, "mask", LOOM_U8, 3, (int64_t[]){ N, N, N - 1 }, NULL, NULL);
    value_set_number(m, "voxel_size", voxel, "angstrom", NULL);
    value_set_number(wrong, "voxel_size", voxel, "angstrom", NULL);
    for (int i = 0; i < N * N * N; i++) inside[i] = i % N >= 26; /* x > 1.9 A: one layer of nine */
    op_call c = { .op = op_load("trace.polynomial"), .params = { "threshold=0.3", "symbol=Pd" } };
    op_input(&c, "volume", v);
    op_input(&c, "mask", m);
    op_must_run(&c);
    found(&c, &n);
    ck_assert_int_eq(n, 9);
    ck_assert_str_eq(value_attribute(op_output(&c, "atoms"), "symbols")->text, "Pd");
    c.params[2] = "max_candidates=4";
    op_must_run(&c);
    found(&c, &n);
    ck_assert_int_eq(n, 4);
    c.params[0] = "threshold=1000";
    op_must_run(&c);
    found(&c, &n);
    ck_assert_int_eq(n, 0);
    c.input[1].value = wrong;
    op_must_fail(&c, LOOM_E_DATA, "mask", "[40][40][39]");
    op_end(&c);
    value_free(v);
    value_free(m);
    value_free(wrong);
}
END_TEST

START_TEST(bad_volumes_are_refused)
{
    float *density = calloc(64, sizeof *density);
    density[21] = NAN;
    loom_value *bad = make_volume(4, 4, 4, 1, density), *thin = make_volume(3, 4, 4, 1, density);
    op_call c = { .op = op_load("trace.polynomial") };
    op_input(&c, "volume", bad);
    op_must_fail(&c, LOOM_E_DATA, "volume", "[1][1][1]");
    c.input[0].value = thin;
    op_must_fail(&c, LOOM_E_DATA, "volume", "found 3");
    op_end(&c);
    free(density);
    value_free(bad);
    value_free(thin);
}
END_TEST

/* The published crop is [i][j][k] with i the fastest axis of MATLAB: our x. */
static loom_value *published_crop(const char *path)
{
    loom_value *raw = npy_read(path);
    if (!raw) return NULL;
    const loom_array *a = value_array(raw, "data");
    int64_t ni = a->dim[0], nj = a->dim[1], nk = a->dim[2];
    loom_value *v = make_volume(nk, nj, ni, 0.3216, NULL);
    float *dst = (float *)value_array(v, "density")->data;
    for (int64_t i = 0; i < ni; i++)
        for (int64_t j = 0; j < nj; j++)
            for (int64_t k = 0; k < nk; k++)
                dst[(k * nj + j) * ni + i] = ((float *)a->data)[(i * nj + j) * nk + k];
    value_free(raw);
    return v;
}

START_TEST(published_positions_and_flags)
{
    const char *path = test_data("oracles/trace_crop.npy");
    if (!path) return;
    loom_value *v = published_crop(path);
    ck_assert_ptr_nonnull(v);
    const int64_t *dim = value_array(v, "density")->dim;
    op_call c = { .op = op_load("trace.polynomial"),
                  .params = { "min_distance=2.0", "interpolation=linear" } };
    op_input(&c, "volume", v);
    op_must_run(&c);
    int64_t rows, n;
    int columns;
    double *peaks = rows_read(test_data("oracles/trace_crop_allpeaks.csv"), &rows, &columns);
    const loom_value *table = op_output(&c, "candidates");
    const int32_t *ix = value_array(table, "ix")->data, *iy = value_array(table, "iy")->data,
                  *iz = value_array(table, "iz")->data, *flag = value_array(table, "flag")->data;
    ck_assert_int_eq(value_array(table, "flag")->dim[0], rows);
    for (int64_t i = 0; i < rows; i++) {
        const double *p = peaks + columns * i;
        ck_assert_msg(ix[i] + 1 == p[0] && iy[i] + 1 == p[1] && iz[i] + 1 == p[2]
                          && flag[i] == p[3],
                      "candidate %lld: %d %d %d flag %d, published %g %g %g flag %g", (long long)i,
                      ix[i] + 1, iy[i] + 1, iz[i] + 1, flag[i], p[0], p[1], p[2], p[3]);
    }
    free(peaks);
    double *published = rows_read(test_data("oracles/trace_crop_upstream.csv"), &rows, &columns),
           worst = 0;
    const double *x = found(&c, &n);
    ck_assert_int_eq(rows, 43);
    for (int64_t i = 0; i < rows; i++) {
        double best = INFINITY;
        for (int64_t k = 0; k < n; k++) {
            double d = 0;
            for (int a = 0; a < 3; a++)
                d = fmax(d, fabs(x[3 * k + a] / 0.3216 + (double)(dim[2 - a] / 2) + 1
                                 - published[3 * i + a]));
            best = fmin(best, d);
        }
        worst = fmax(worst, best);
    }
    printf("published positions: 43 of 43, worst difference %.2g voxel\n", worst);
    ck_assert_double_lt(worst, 1e-6);
    free(published);
    op_end(&c);
    value_free(v);
}
END_TEST

/* The warnings of one run on a volume of `n` voxels to a side: the particle, `noise` of deviation
 * added. */
static const char *warnings_of(double noise, double voxel_A, const char *p1, const char *p2)
{
    static char warnings[4096];
    double truth[N_ATOMS][3], z[2];
    loom_value *clean = particle(truth, 0);
    const float *from = value_array(clean, "density")->data;
    float *density = calloc(N * N * N, sizeof *density);
    for (uint64_t i = 0; i < N * N * N; i++) {
        loom_normal2(8, 0, i, z);
        density[i] = from[i] + (float)(noise * z[0]);
    }
    loom_value *v = make_volume(N, N, N, voxel_A, density);
    op_call c = { .op = op_load("trace.polynomial"), .params = { p1, p2 } };
    op_input(&c, "volume", v);
    op_must_run(&c);
    snprintf(warnings, sizeof warnings, "%s", c.warnings);
    op_end(&c);
    value_free(v);
    value_free(clean);
    free(density);
    return warnings;
}

START_TEST(atoms_that_are_noise_are_reported)
{
    static const char noisy[] = "threshold: ";
    ck_assert_str_eq(warnings_of(0, voxel, NULL, NULL), "");
    ck_assert_str_eq(warnings_of(0.02, voxel, "threshold=0.3", NULL), "");
    ck_assert_str_eq(warnings_of(0.02, voxel, "max_candidates=27", NULL), "");
    ck_assert_ptr_nonnull(strstr(warnings_of(0.3, voxel, NULL, NULL), noisy));
    ck_assert_ptr_nonnull(
        strstr(warnings_of(0, voxel / 10, "min_distance=0.2", NULL), "in nanometres"));
    ck_assert_ptr_nonnull(strstr(warnings_of(0, voxel, "symbol=Q", NULL), "'Q' is not a chemical"));
    ck_assert_str_eq(warnings_of(0, voxel, "symbol=ta", NULL), "");
}
END_TEST

TEST_MAIN("trace.polynomial", atoms_that_are_noise_are_reported,
          gaussian_atoms_are_found_where_they_are, positions_ignore_offset_and_scale,
          origin_moves_every_atom, the_brighter_of_two_close_peaks_stays,
          mask_threshold_and_count_limit_the_candidates, bad_volumes_are_refused,
          published_positions_and_flags)
