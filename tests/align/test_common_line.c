/* align.common_line: displacements along and across the axis are found, the direction of the axis
 * is measured, what has no centre of mass is refused. */
#include "kit/poisson.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>

enum { NT = 12, E = 80, N = E * E, BLOBS = 14 };
static float image[NT * N];
static double angles[3 * NT], shift[NT][2];
static uint64_t seed = 2; /* of the counts */

/* Blobs in three dimensions seen at tilts of 12 degrees about an axis `turn` degrees from y. */
static void record(double turn, double counts)
{
    const double degree = 3.14159265358979 / 180, c = cos(turn * degree), s = sin(turn * degree);
    for (int k = 0; k < NT; k++) {
        double theta = (12 * k - 66) * degree;
        angles[3 * k + 1] = 12 * k - 66;
        for (int i = 0; i < N; i++) {
            double m = 0, x = i % E - E / 2 - shift[k][0], y = i / E - E / 2 - shift[k][1];
            for (int b = 0; b < BLOBS; b++) {
                double p[3];
                for (int a = 0; a < 3; a++)
                    p[a] = 36 * (loom_uniform(8, (uint64_t)b, (uint64_t)a) - 0.5);
                double across = p[0] * cos(theta) - p[2] * sin(theta), along = p[1],
                       u = across * c - along * s, v = across * s + along * c;
                m += exp(-((x - u) * (x - u) + (y - v) * (y - v)) / (2 * 2.2 * 2.2));
            }
            image[k * N + i] = (float)(counts > 0 ? loom_poisson(seed, k, i, counts * m) : m);
        }
    }
}

static void displace(double most)
{
    for (int k = 0; k < 2 * NT; k++)
        shift[k / 2][k % 2] = most * (2 * loom_uniform(6, 1, (uint64_t)k) - 1);
}

static op_call aligning(const loom_value *v)
{
    op_call c = { .op = op_load("align.common_line") };
    op_input(&c, "tilts", v);
    return c;
}

/* Worst difference of displacements along y, means taken off. */
static double worst_along(const op_call *c)
{
    const double *y = value_array(op_output(c, "shifts"), "shift_y")->data;
    double mean = 0, worst = 0;
    for (int k = 0; k < NT; k++) mean += (y[k] - shift[k][1]) / NT;
    for (int k = 0; k < NT; k++) worst = fmax(worst, fabs(y[k] - shift[k][1] - mean));
    return worst;
}

START_TEST(displacements_are_found)
{
    for (int noisy = 0; noisy < 2; noisy++) {
        displace(5);
        record(0, noisy ? 20 : 0);
        loom_value *v = make_tilt_series(NT, E, E, 0.3, image, angles);
        op_call c = aligning(v);
        op_must_be_deterministic(&c);
        ck_assert_double_lt(worst_along(&c), noisy ? 0.1 : 0.01);
        ck_assert_str_eq(c.warnings, "");
        /* the centre of mass of each image is on one sine */
        const double *x = value_array(op_output(&c, "shifts"), "shift_x")->data;
        double mean[3] = { 0 };
        for (int b = 0; b < BLOBS; b++)
            for (int a = 0; a < 3; a++)
                mean[a] += 36 * (loom_uniform(8, (uint64_t)b, (uint64_t)a) - 0.5) / BLOBS;
        for (int k = 0; k < NT; k++) {
            double theta = angles[3 * k + 1] * 3.14159265358979 / 180;
            ck_assert_double_eq_tol(x[k] - shift[k][0], mean[0] * cos(theta) - mean[2] * sin(theta),
                                    noisy ? 0.4 : 0.01);
        }
        op_end(&c);
        value_free(v);
    }
}
END_TEST

START_TEST(the_direction_of_the_axis_is_measured)
{
    displace(2);
    record(2, 0);
    loom_value *v = make_tilt_series(NT, E, E, 0.3, image, angles);
    op_call c = aligning(v);
    op_must_run(&c);
    double angle = value_attribute(op_output(&c, "shifts"), "axis_angle")->number;
    ck_assert_double_eq_tol(angle, 2, 0.3);
    ck_assert_ptr_nonnull(strstr(c.warnings, "align.rotate"));
    op_end(&c);
    value_free(v);
}
END_TEST

/* Noise does not choose a direction: the angle is off by as much as its error says, and nobody is
 * warned of an axis that lies along y. */
START_TEST(the_error_of_the_direction_is_that_of_the_noise)
{
    enum { SERIES = 12 };
    double pulls = 0, angle_sum = 0, width_sum = 0;
    displace(2);
    for (int k = 0; k < SERIES; k++) {
        seed = 10 + (uint64_t)k;
        record(0, 5);
        loom_value *v = make_tilt_series(NT, E, E, 0.3, image, angles);
        op_call c = aligning(v);
        op_must_run(&c);
        ck_assert_str_eq(c.warnings, "");
        const loom_value *shifts = op_output(&c, "shifts");
        double angle = value_attribute(shifts, "axis_angle")->number,
               width = value_attribute(shifts, "axis_angle_error")->number;
        pulls += angle * angle / (width * width) / SERIES;
        angle_sum += angle / SERIES;
        width_sum += width / SERIES;
        op_end(&c);
        value_free(v);
    }
    seed = 2;
    ck_assert_msg(sqrt(pulls) > 0.5 && sqrt(pulls) < 1.7, "pulls %g", sqrt(pulls));
    ck_assert_msg(fabs(angle_sum) < 3 * width_sum / sqrt(SERIES), "mean %g, error %g", angle_sum,
                  width_sum);
}
END_TEST

START_TEST(empty_images_are_refused)
{
    displace(0);
    record(0, 0);
    for (int i = 0; i < N; i++) image[3 * N + i] = 0;
    loom_value *v = make_tilt_series(NT, E, E, 0.3, image, angles);
    op_call c = aligning(v);
    op_must_fail(&c, LOOM_E_DATA, "tilts", "image 3 sums to 0");
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("align.common_line", displacements_are_found, the_direction_of_the_axis_is_measured,
          the_error_of_the_direction_is_that_of_the_noise, empty_images_are_refused)
