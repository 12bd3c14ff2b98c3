/* align.refine: known displacements and angles come back, what is right stays, the gauge is fixed,
 * bad input is named. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

enum { TILTS = 31, EDGE = 48 };

/* A particle of 336 atoms, coarse enough to be quick; errors as given. The caller ends both. */
static void make_series(op_call *particle, op_call *series, const char *angle_error,
                        const char *shift_error)
{
    *particle = (op_call){ .op = op_load("simulate.particle") };
    op_must_run(particle);
    *series =
        (op_call){ .op = op_load("simulate.tilt_series"),
                   .params = { "size=48", "pixel_size=0.6", "tilts=31", "start=-72", "stop=72",
                               "dose=3e6", "frames=1", "sigma=1", angle_error, shift_error } };
    op_input(series, "atoms", op_output(particle, "atoms"));
    op_must_run(series);
}

static const double *column(const loom_value *v, const char *name)
{
    return value_array(v, name)->data;
}

static double rms(const double *a, const double *b)
{
    double sum = 0;
    for (int k = 0; k < TILTS; k++) sum += (a[k] - b[k]) * (a[k] - b[k]);
    return sqrt(sum / TILTS);
}

/* Differences of shift_x from the truth less the translation (tx, tz) that explains most of them.
 */
static double rms_x(const double *found, const double *truth, const double *theta)
{
    double a = 0, b = 0, c = 0, p = 0, q = 0, sum = 0;
    for (int k = 0; k < TILTS; k++) {
        double cs = cos(theta[k] * M_PI / 180), sn = -sin(theta[k] * M_PI / 180),
               d = found[k] - truth[k];
        a += cs * cs;
        b += cs * sn;
        c += sn * sn;
        p += cs * d;
        q += sn * d;
    }
    double x = (c * p - b * q) / (a * c - b * b), z = (a * q - b * p) / (a * c - b * b);
    for (int k = 0; k < TILTS; k++) {
        double d =
            found[k] - truth[k] - x * cos(theta[k] * M_PI / 180) + z * sin(theta[k] * M_PI / 180);
        sum += d * d;
    }
    return sqrt(sum / TILTS);
}

static double rms_less_mean(const double *found, const double *truth)
{
    double mean = 0, sum = 0;
    for (int k = 0; k < TILTS; k++) mean += (found[k] - truth[k]) / TILTS;
    for (int k = 0; k < TILTS; k++)
        sum += (found[k] - truth[k] - mean) * (found[k] - truth[k] - mean);
    return sqrt(sum / TILTS);
}

START_TEST(recovers_displacements)
{
    op_call particle, series;
    make_series(&particle, &series, "angle_error=[0, 0, 0]", "shift_error=1.5");
    op_call c = { .op = op_load("align.refine"),
                  .params = { "binning=[2, 1]", "iterations=40", "phi=false", "theta=false",
                              "psi=false" } };
    op_input(&c, "tilts", op_output(&series, "tilts"));
    op_must_run(&c);
    const loom_value *found = op_output(&c, "parameters"), *truth = op_output(&series, "truth");
    ck_assert_double_gt(rms(column(found, "shift_y"), column(found, "change_phi")),
                        1); /* there was something to find */
    ck_assert_double_lt(rms_less_mean(column(found, "shift_y"), column(truth, "shift_y")), 0.03);
    ck_assert_double_lt(
        rms_x(column(found, "shift_x"), column(truth, "shift_x"), column(truth, "theta")), 0.05);
    for (int k = 0; k < TILTS; k++)
        ck_assert(column(found, "theta")[k] == column(truth, "nominal_theta")[k]);
    op_end(&c);
    op_end(&series);
    op_end(&particle);
}
END_TEST

START_TEST(recovers_angles)
{
    op_call particle, series;
    make_series(&particle, &series, "angle_error=[1, 0, 1]", "shift_error=0.5");
    op_call c = { .op = op_load("align.refine"),
                  .params = { "binning=1", "iterations=120", "theta=false" } };
    op_input(&c, "tilts", op_output(&series, "tilts"));
    op_must_run(&c);
    const loom_value *found = op_output(&c, "parameters"), *truth = op_output(&series, "truth");
    double before = rms(column(truth, "nominal_phi"), column(truth, "phi")),
           after = rms_less_mean(column(found, "phi"), column(truth, "phi"));
    ck_assert_double_lt(after, before / 2.5);
    before = rms(column(truth, "nominal_psi"), column(truth, "psi"));
    after = rms_less_mean(column(found, "psi"), column(truth, "psi"));
    ck_assert_double_lt(after, before / 2.5);
    op_end(&c);
    op_end(&series);
    op_end(&particle);
}
END_TEST

/* What is taken off as gauge: no mean change of theta, no translation along y; and the convergence
 * table ends better than it begins. */
START_TEST(gauge_is_fixed_and_residual_falls)
{
    op_call particle, series;
    make_series(&particle, &series, "angle_error=[0, 0.5, 0]", "shift_error=1");
    op_call c = { .op = op_load("align.refine"),
                  .params = { "binning=1", "iterations=80", "phi=false", "psi=false" } };
    op_input(&c, "tilts", op_output(&series, "tilts"));
    op_must_run(&c);
    const loom_value *found = op_output(&c, "parameters"), *rounds = op_output(&c, "convergence");
    double theta = 0, y = 0;
    for (int k = 0; k < TILTS; k++) {
        theta += column(found, "change_theta")[k] / TILTS;
        y += column(found, "change_y")[k] / TILTS;
    }
    ck_assert_double_lt(fabs(theta), 1e-9);
    ck_assert_double_lt(fabs(y), 1e-6);
    int64_t n = value_array(rounds, "r_factor")->dim[0];
    ck_assert_int_ge(n, 2);
    ck_assert_double_lt(column(rounds, "r_factor")[n - 1], column(rounds, "r_factor")[0]);
    op_end(&c);
    op_end(&series);
    op_end(&particle);
}
END_TEST

/* The output series is the input moved back: same flux, and refining it once more finds next to
 * nothing. */
START_TEST(output_is_aligned)
{
    op_call particle, series;
    make_series(&particle, &series, "angle_error=[0, 0, 0]", "shift_error=1");
    op_call c = { .op = op_load("align.refine"),
                  .params = { "binning=1", "iterations=40", "phi=false", "theta=false",
                              "psi=false" } },
            again = c;
    op_input(&c, "tilts", op_output(&series, "tilts"));
    op_must_run(&c);
    const float *in = value_array(op_output(&series, "tilts"), "images")->data,
                *out = value_array(op_output(&c, "tilts"), "images")->data;
    for (int k = 0; k < TILTS; k++) {
        double a = 0, b = 0;
        for (int i = 0; i < EDGE * EDGE; i++) {
            a += in[k * EDGE * EDGE + i];
            b += out[k * EDGE * EDGE + i];
        }
        ck_assert_double_lt(fabs(b / a - 1), 1e-5);
    }
    op_input(&again, "tilts", op_output(&c, "tilts"));
    op_must_run(&again);
    static const double none[TILTS] = { 0 };
    ck_assert_double_lt(rms(column(op_output(&again, "parameters"), "shift_x"), none), 0.05);
    ck_assert_double_lt(rms(column(op_output(&again, "parameters"), "shift_y"), none), 0.05);
    op_end(&again);
    op_end(&c);
    op_end(&series);
    op_end(&particle);
}
END_TEST

START_TEST(same_bytes_for_any_number_of_threads)
{
    op_call particle, series;
    make_series(&particle, &series, "angle_error=[0.2, 0.3, 0.2]", "shift_error=1");
    op_call c = { .op = op_load("align.refine"),
                  .params = { "binning=[3, 1.5]", "iterations=24", "range_shift=2" } };
    op_input(&c, "tilts", op_output(&series, "tilts"));
    op_must_be_deterministic(&c);
    for (int k = 0; k < TILTS; k++)
        ck_assert_double_le(fabs(column(op_output(&c, "parameters"), "change_x")[k]), 2);
    op_end(&c);
    op_end(&series);
    op_end(&particle);
}
END_TEST

START_TEST(refuses_bad_input)
{
    static float images[4 * 16 * 16];
    static const double angles[12] = { 0 };
    loom_value *tilts = make_tilt_series(4, 16, 16, 1, images, angles),
               *one = make_tilt_series(1, 16, 16, 1, images, angles);
    op_call c = { .op = op_load("align.refine"), .params = { "binning=4" } };
    op_input(&c, "tilts", tilts);
    op_must_fail(&c, LOOM_E_PARAM, "binning", "less than 8");
    c.params[0] = "binning=1.3";
    op_must_fail(&c, LOOM_E_PARAM, "binning", "not a multiple of 0.5");
    c.params[0] = "binning=1";
    c.params[1] = "shifts=false";
    c.params[2] = "phi=false";
    c.params[3] = "theta=false";
    c.params[4] = "psi=false";
    op_must_fail(&c, LOOM_E_PARAM, "shifts", "nothing to refine");
    c.params[1] = NULL;
    loom_value *mask = make_value("mask");
    uint8_t *inside = make_array(mask, "mask", LOOM_U8, 3, (int64_t[]){ 8, 16, 16 }, "", NULL);
    inside[0] = 1;
    op_input(&c, "mask", mask);
    op_must_fail(&c, LOOM_E_DATA, "mask", "both must be on one grid");
    op_end(&c);
    op_call single = { .op = op_load("align.refine") };
    op_input(&single, "tilts", one);
    op_must_fail(&single, LOOM_E_DATA, "tilts", "at least two");
    op_end(&single);
    value_free(mask);
    value_free(one);
    value_free(tilts);
}
END_TEST

TEST_MAIN_WITH("align.refine",
               ((suite_options){ .numbers = NUMBERS(recovers_displacements, recovers_angles,
                                                    output_is_aligned) }),
               gauge_is_fixed_and_residual_falls, same_bytes_for_any_number_of_threads,
               refuses_bad_input)
