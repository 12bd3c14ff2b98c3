/* atoms.transform: distances stay, what has a direction turns, what has a unit is scaled. */
#include "kit/geometry.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { N = 20 };

static loom_value *particle(void)
{
    double position[3 * N], normal[3][N], depth[N], spread[3][N];
    int32_t species[N];
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < 3; k++) {
            position[3 * i + k] = sin(1.3 * i + k) * (4 + i);
            normal[k][i] = sin(0.7 * i + 2 * k);
            spread[k][i] = 0.1 * (k + 1);
        }
        depth[i] = i;
        species[i] = i % 2;
    }
    loom_value *v = make_atoms(N, position, species, "Pd Ir");
    for (int k = 0; k < 3; k++) {
        char name[16];
        snprintf(name, sizeof name, "normal_%c", "xyz"[k]);
        make_array(v, name, LOOM_F64, 1, (int64_t[]){ N }, NULL, normal[k]);
        snprintf(name, sizeof name, "error_%c", "xyz"[k]);
        make_array(v, name, LOOM_F64, 1, (int64_t[]){ N }, "angstrom", spread[k]);
    }
    make_array(v, "depth", LOOM_F64, 1, (int64_t[]){ N }, "angstrom", depth);
    make_array(v, "curvature", LOOM_F64, 1, (int64_t[]){ N }, "1/angstrom", depth);
    ck_assert(value_set_number(v, "area", 100, "angstrom^2", NULL));
    ck_assert(value_set_number(v, "pose_phi", 10, "degree", NULL));
    return v;
}

static const double *data(const loom_value *v, const char *name)
{
    return value_array(v, name)->data;
}

static double distance(const double *x, int i, int j)
{
    return sqrt(pow(x[3 * i] - x[3 * j], 2) + pow(x[3 * i + 1] - x[3 * j + 1], 2)
                + pow(x[3 * i + 2] - x[3 * j + 2], 2));
}

static double dot_normal(const loom_value *v, int i)
{
    return data(v, "normal_x")[i] * data(v, "position")[3 * i]
           + data(v, "normal_y")[i] * data(v, "position")[3 * i + 1]
           + data(v, "normal_z")[i] * data(v, "position")[3 * i + 2];
}

/* All distances, and the angle of each normal with its position, survive any rotation. */
START_TEST(a_rotation_keeps_distances_and_angles)
{
    loom_value *v = particle();
    op_call c = { .op = op_load("atoms.transform"),
                  .params = { "rotate=20, -35, 110", "axes=-y, -z, x" } };
    double r[9], sum[2] = { 0 };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    const loom_value *out = op_output(&c, "atoms");
    const double *x = data(v, "position"), *y = data(out, "position");
    for (int i = 0; i < N; i++) {
        ck_assert_double_eq_tol(dot_normal(out, i), dot_normal(v, i), 1e-12);
        for (int j = 0; j < i; j++)
            ck_assert_double_eq_tol(distance(x, i, j), distance(y, i, j), 1e-12);
    }
    loom_euler((double[]){ 20, -35, 110 }, r);
    for (int k = 0; k < 3; k++) {
        double want = r[3 * k] * -x[4] - r[3 * k + 1] * x[5] + r[3 * k + 2] * x[3];
        ck_assert_double_eq_tol(y[3 + k], want, 1e-12);
        sum[0] += pow(data(v, k == 0 ? "error_x" : k == 1 ? "error_y" : "error_z")[0], 2);
        sum[1] += pow(data(out, k == 0 ? "error_x" : k == 1 ? "error_y" : "error_z")[0], 2);
    }
    ck_assert_double_eq_tol(sum[0], sum[1], 1e-12); /* the variance in all */
    ck_assert_mem_eq(data(out, "depth"), data(v, "depth"), N * sizeof(double));
    ck_assert_ptr_null(value_attribute(out, "pose_phi"));
    ck_assert_str_eq(c.warnings, "");
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(lengths_are_scaled_by_their_powers)
{
    loom_value *v = particle();
    op_call c = { .op = op_load("atoms.transform"), .params = { "scale=1.25" } };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    const loom_value *out = op_output(&c, "atoms");
    for (int i = 0; i < N; i++) {
        ck_assert_double_eq_tol(data(out, "depth")[i], 1.25 * data(v, "depth")[i], 1e-12);
        ck_assert_double_eq_tol(data(out, "curvature")[i], data(v, "curvature")[i] / 1.25, 1e-12);
        ck_assert_double_eq_tol(data(out, "error_y")[i], 1.25 * 0.2, 1e-12);
        ck_assert_double_eq(data(out, "normal_x")[i], data(v, "normal_x")[i]);
        ck_assert_double_eq_tol(data(out, "position")[3 * i], 1.25 * data(v, "position")[3 * i],
                                1e-12);
    }
    ck_assert_double_eq(value_attribute(out, "area")->number, 156.25);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(the_mean_stays_or_becomes_zero)
{
    loom_value *v = particle();
    double before[3] = { 0 }, after[3] = { 0 };
    op_call c = { .op = op_load("atoms.transform"),
                  .params = { "rotate=0, 90, 0", "about=mean", "shift=1, 2, 3" } };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    for (int i = 0; i < 3 * N; i++) {
        before[i % 3] += data(v, "position")[i] / N;
        after[i % 3] += data(op_output(&c, "atoms"), "position")[i] / N;
    }
    for (int k = 0; k < 3; k++) ck_assert_double_eq_tol(after[k], before[k] + k + 1, 1e-12);
    c.params[3] = "recentre=true";
    op_must_run(&c);
    memset(after, 0, sizeof after);
    for (int i = 0; i < 3 * N; i++) after[i % 3] += data(op_output(&c, "atoms"), "position")[i] / N;
    for (int k = 0; k < 3; k++) ck_assert_double_eq_tol(after[k], k + 1, 1e-12);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(a_mirror_image_and_bad_axes_are_named)
{
    loom_value *v = particle();
    op_call c = { .op = op_load("atoms.transform"), .params = { "axes=y, x, z" } };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    ck_assert_msg(strstr(c.warnings, "mirror image"), "%s", c.warnings);
    ck_assert_double_eq(data(op_output(&c, "atoms"), "position")[3], data(v, "position")[4]);
    c.params[0] = "axes=x, x, z";
    op_must_fail(&c, LOOM_E_PARAM, "axes", "'x' as axis y");
    c.params[0] = "axes=x, y, w";
    op_must_fail(&c, LOOM_E_PARAM, "axes", "'w' as axis z");
    op_end(&c);
    value_free(v);
}
END_TEST

/* What only makes copies of numbers gives the same bytes. */
START_TEST(nothing_asked_changes_nothing)
{
    loom_value *v = particle();
    op_call c = { .op = op_load("atoms.transform") };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    ck_assert_mem_eq(data(op_output(&c, "atoms"), "position"), data(v, "position"),
                     3 * N * sizeof(double));
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("atoms.transform", a_rotation_keeps_distances_and_angles,
          lengths_are_scaled_by_their_powers, the_mean_stays_or_becomes_zero,
          a_mirror_image_and_bad_axes_are_named, nothing_asked_changes_nothing)
