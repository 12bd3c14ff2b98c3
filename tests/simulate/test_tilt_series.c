/* simulate.tilt_series: flux, geometry, counts and every injected error against closed forms and
 * the op's own truth. */
#include "kit/geometry.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

#define SMALL "size=64", "pixel_size=0.5", "sigma=0.7", "tilts=5"
static const double *column(const op_call *c, const char *name)
{
    return value_array(op_output(c, "truth"), name)->data;
}
static const float *images(const op_call *c, const char *port)
{
    return value_array(op_output(c, port), "images")->data;
}

/* A few atoms about the centre, well inside a 64 x 0.5 angstrom field. */
static loom_value *few_atoms(void)
{
    static const double position[] = { 0, 0, 0, 5, 1, -3, -4, 2.2, 6, 1, -7, 2, -6, -5, -4 };
    static const int32_t species[] = { 0, 1, 0, 1, 1 };
    return make_atoms(5, position, species, "Pd Ir");
}

static void centre_of(const float *image, int ny, int nx, double at[2])
{
    double sum = 0;
    at[0] = at[1] = 0;
    for (int iy = 0; iy < ny; iy++)
        for (int ix = 0; ix < nx; ix++) {
            sum += image[iy * nx + ix];
            at[0] += ix * (double)image[iy * nx + ix];
            at[1] += iy * (double)image[iy * nx + ix];
        }
    at[0] /= sum;
    at[1] /= sum;
}

START_TEST(flux_is_cross_section_times_dose)
{
    loom_value *atoms = few_atoms();
    op_call c = { .op = op_load("simulate.tilt_series"),
                  .params = { SMALL, "poisson=false", "cross_section=[0.01, 0.025]", "dose=1e5",
                              "frames=2" } };
    op_input(&c, "atoms", atoms);
    op_must_be_deterministic(&c);
    for (int it = 0; it < 5; it++) {
        double sum = 0, want = 1e5 / 5 * (2 * 0.01 + 3 * 0.025);
        for (int i = 0; i < 4096; i++) sum += images(&c, "tilts")[it * 4096 + i];
        ck_assert_double_eq_tol(sum / want, 1, 1e-6);
        ck_assert_double_eq_tol(column(&c, "captured")[2 * it], 1, 1e-6);
        ck_assert_double_eq_tol(column(&c, "signal")[2 * it] / want * 2, 1, 1e-6);
    }
    op_end(&c);
    value_free(atoms);
}
END_TEST

START_TEST(an_atom_is_a_gaussian_integrated_over_pixels)
{
    static const double position[3] = { 1.234, -2.345, 0 };
    static const int32_t species[1] = { 0 };
    loom_value *atom = make_atoms(1, position, species, "Pd");
    op_call c = { .op = op_load("simulate.tilt_series"),
                  .params = { "size=[48, 64]", "pixel_size=0.4", "sigma=0.6", "angles=0",
                              "poisson=false", "cross_section=1", "dose=1", "frames=1" } };
    op_input(&c, "atoms", atom);
    op_must_run(&c);
    double worst = 0, s = sqrt(2) * 0.6, peak = 0;
    for (int iy = 0; iy < 48; iy++)
        for (int ix = 0; ix < 64; ix++) {
            double x = (ix - 32) * 0.4 - position[0], y = (iy - 24) * 0.4 - position[1];
            double want = (erf((x + 0.2) / s) - erf((x - 0.2) / s))
                          * (erf((y + 0.2) / s) - erf((y - 0.2) / s)) / 4;
            peak = fmax(peak, want);
            worst = fmax(worst, fabs(want - images(&c, "truth_tilts")[iy * 64 + ix]));
        }
    ck_assert_double_lt(worst, 3e-6 * peak);
    op_end(&c);
    value_free(atom);
}
END_TEST

START_TEST(images_lie_where_the_true_angles_put_them)
{
    static const double position[3] = { 6, 3, -5 };
    static const int32_t species[1] = { 0 };
    loom_value *atom = make_atoms(1, position, species, "Pd");
    op_call c = { .op = op_load("simulate.tilt_series"),
                  .params = { SMALL, "poisson=false", "angle_error=[2, 3, 4]", "shift_error=1.5",
                              "drift=0.7", "dose=1e6", "frames=3", "seed=4" } };
    op_input(&c, "atoms", atom);
    op_must_run(&c);
    double spread = 0;
    for (int k = 0; k < 15; k++) {
        double euler[3] = { column(&c, "phi")[k], column(&c, "theta")[k], column(&c, "psi")[k] },
               r[9], v[3], at[2];
        loom_euler(euler, r);
        loom_to_detector(r, position, v);
        centre_of(images(&c, "frames") + 4096 * k, 64, 64, at);
        ck_assert_double_eq_tol(at[0], 32 + v[0] / 0.5 + column(&c, "shift_x")[k], 2e-5);
        ck_assert_double_eq_tol(at[1], 32 + v[1] / 0.5 + column(&c, "shift_y")[k], 2e-5);
        centre_of(images(&c, "truth_tilts") + 4096 * (k / 3), 64, 64, at);
        ck_assert_double_eq_tol(at[0], 32 + v[0] / 0.5, 2e-5);
        ck_assert_double_eq_tol(column(&c, "drift_x")[k],
                                (k % 3) * column(&c, "drift_x")[k - k % 3 + 1], 1e-12);
        spread += fabs(column(&c, "theta")[k] - column(&c, "nominal_theta")[k]);
    }
    ck_assert(spread / 15 > 0.5 && spread / 15 < 8);
    ck_assert_double_eq(column(&c, "nominal_theta")[0], -73);
    ck_assert_double_eq(column(&c, "nominal_theta")[14], 72.5);
    op_end(&c);
    value_free(atom);
}
END_TEST

START_TEST(lines_move_by_their_offsets)
{
    static const double position[3] = { 0.3, 0.2, 0 };
    static const int32_t species[1] = { 0 };
    loom_value *atom = make_atoms(1, position, species, "Pd");
    op_call c = { .op = op_load("simulate.tilt_series"),
                  .params = { "size=64", "pixel_size=0.5", "sigma=1", "angles=0", "poisson=false",
                              "jitter=0.4", "frames=2", "dose=1e6" } };
    op_input(&c, "atoms", atom);
    op_must_run(&c);
    const double *offset = value_array(op_output(&c, "lines"), "offset")->data;
    double square = 0;
    for (int f = 0; f < 2; f++)
        for (int iy = 28; iy <= 36; iy++) {
            double at[2];
            centre_of(images(&c, "frames") + (f * 64 + iy) * 64, 1, 64, at);
            ck_assert_double_eq_tol(at[0], 32.6 + offset[f * 64 + iy], 2e-5);
        }
    for (int i = 0; i < 128; i++) square += offset[i] * offset[i];
    ck_assert_double_eq_tol(sqrt(square / 128), 0.4, 0.4 * 4 / sqrt(256));
    op_end(&c);
    value_free(atom);
}
END_TEST

/* Counts of all pixels with nearly equal expectation are pooled: chi-square of (observed -
 * expected)^2/expected over pixels, whose mean is the number of pixels and whose variance is sum(2
 * + 1/expected) for Poisson numbers. */
START_TEST(counts_are_poisson_about_the_expected_images)
{
    loom_value *atoms = few_atoms();
    op_call c = { .op = op_load("simulate.tilt_series"),
                  .params = { SMALL, "dose=2e6", "background=0.002", "drift=0.5", "shift_error=1",
                              "jitter=0.1", "seed=8" } };
    op_input(&c, "atoms", atoms);
    op_must_be_deterministic(&c);
    double chi2 = 0, variance = 0, difference = 0, total = 0;
    for (int i = 0; i < 5 * 4096; i++) {
        double n = images(&c, "tilts")[i], mean = images(&c, "expected")[i];
        ck_assert_double_gt(mean, 0);
        ck_assert(n >= 0 && n == floor(n));
        chi2 += (n - mean) * (n - mean) / mean;
        variance += 2 + 1 / mean;
        difference += n - mean;
        total += mean;
    }
    ck_assert_double_lt(fabs(chi2 - 5 * 4096), 4 * sqrt(variance));
    ck_assert_double_lt(fabs(difference), 4 * sqrt(total));
    ck_assert_double_eq(value_attribute(op_output(&c, "tilts"), "counts")->number, 1);
    op_end(&c);
    value_free(atoms);
}
END_TEST

START_TEST(tilts_are_the_sum_of_frames_and_expected_holds_the_background)
{
    loom_value *atoms = few_atoms();
    op_call c = { .op = op_load("simulate.tilt_series"),
                  .params = { SMALL, "background=0.01", "background_variation=0.5",
                              "poisson=false" } };
    op_input(&c, "atoms", atoms);
    op_must_run(&c);
    double mean = 3e5 / 5 * 0.25 * 0.01, low = INFINITY, high = 0;
    for (int it = 0; it < 5; it++)
        for (int i = 0; i < 4096; i++) {
            float sum = 0, b = images(&c, "background")[it * 4096 + i];
            for (int f = 0; f < 3; f++) sum += images(&c, "frames")[(it * 3 + f) * 4096 + i];
            ck_assert_float_eq(sum, images(&c, "tilts")[it * 4096 + i]);
            ck_assert_double_eq_tol(images(&c, "expected")[it * 4096 + i],
                                    images(&c, "truth_tilts")[it * 4096 + i] + b, 1e-5 * (1 + sum));
            low = fmin(low, b);
            high = fmax(high, b);
        }
    ck_assert(low >= 0.5 * mean && high <= 1.5 * mean && high > 1.1 * low);
    op_end(&c);
    value_free(atoms);
}
END_TEST

START_TEST(detector_scales_shifts_and_adds_noise)
{
    loom_value *atoms = few_atoms();
    op_call c = { .op = op_load("simulate.tilt_series"),
                  .params = { SMALL, "poisson=false", "gain=2.5", "offset=10", "read_noise=3",
                              "frames=1", "background=0.001" } };
    op_input(&c, "atoms", atoms);
    op_must_run(&c);
    double sum = 0, square = 0;
    for (int i = 0; i < 5 * 4096; i++) {
        double rest = images(&c, "frames")[i] - 2.5 * images(&c, "expected")[i] - 10;
        sum += rest;
        square += rest * rest;
    }
    ck_assert_double_lt(fabs(sum / 20480), 4 * 3 / sqrt(20480));
    ck_assert_double_eq_tol(square / 20480, 9, 9 * 4 * sqrt(2 / 20480.0));
    ck_assert_double_eq(value_attribute(op_output(&c, "tilts"), "counts")->number, 0);
    op_end(&c);
    value_free(atoms);
}
END_TEST

START_TEST(saturation_and_cross_sections_follow_their_formulas)
{
    static const double position[3] = { 0, 0, 0 };
    static const int32_t species[1] = { 0 };
    static const struct {
        const char *symbol;
        double section;
    } known[] = { { "Pd", 0.00851 }, { "Ir", 0.0219 } };
    for (int k = 0; k < 2; k++) { /* figures of the specification: 40.6 to 200 mrad at 300 kV */
        loom_value *atom = make_atoms(1, position, species, known[k].symbol);
        op_call c = { .op = op_load("simulate.tilt_series"),
                      .params = { SMALL, "poisson=false", "dose=5" } };
        op_input(&c, "atoms", atom);
        op_must_run(&c);
        ck_assert_double_eq_tol(3 * column(&c, "signal")[0] / known[k].section, 1, 0.01);
        op_end(&c);
        value_free(atom);
    }
    loom_value *atom = make_atoms(1, position, species, "Pd");
    op_call lin = { .op = op_load("simulate.tilt_series"),
                    .params = { SMALL, "cross_section=5", "dose=20", "poisson=false" } };
    op_call sat = { .op = op_load("simulate.tilt_series"),
                    .params = { SMALL, "cross_section=5", "dose=20", "poisson=false",
                                "nonlinear=true" } };
    op_input(&lin, "atoms", atom);
    op_input(&sat, "atoms", atom);
    op_must_run(&lin);
    op_must_run(&sat);
    for (int i = 0; i < 4096; i++)
        ck_assert_double_eq_tol(images(&sat, "tilts")[i], 1 - exp(-images(&lin, "tilts")[i]), 1e-6);
    op_end(&lin);
    op_end(&sat);
    value_free(atom);
}
END_TEST

START_TEST(flux_lost_at_the_edge_is_told)
{
    /* the second sits on the last pixel's outer edge but half a pixel */
    static const double position[6] = { 0, 0, 0, 16, 0, 0 };
    static const int32_t species[2] = { 0, 0 };
    loom_value *atoms = make_atoms(2, position, species, "Pd");
    op_call c = { .op = op_load("simulate.tilt_series"),
                  .params = { "size=64", "pixel_size=0.5", "sigma=0.7", "angles=0", "poisson=false",
                              "frames=1" } };
    op_input(&c, "atoms", atoms);
    op_must_run(&c);
    double inside = 0.5 * erfc(0.25 / (sqrt(2) * 0.7)); /* the field ends at 15.75 angstrom */
    ck_assert_double_eq_tol(column(&c, "captured")[0], (1 + inside) / 2, 1e-5);
    ck_assert_ptr_nonnull(strstr(c.warnings, "size: 1 of 1 images hold less than 95 % of what the "
                                             "atoms scatter, image 1 only 68"));
    c.params[0] = "size=96";
    *c.warnings = 0;
    op_must_run(&c);
    ck_assert_str_eq(c.warnings, "");
    op_end(&c);
    value_free(atoms);
}
END_TEST

START_TEST(angles_come_from_the_port_and_errors_are_refused)
{
    static const double theta[4] = { -40, -10, 20, 60 }, nowhere[3] = { NAN, 0, 0 };
    static const int32_t species[1] = { 3 };
    loom_value *atoms = few_atoms(), *angles = make_value("array"),
               *none = make_atoms(0, NULL, NULL, "Pd");
    loom_value *wrong = make_atoms(1, theta, species, "Pd"),
               *lost = make_atoms(1, nowhere, species, "Pd");
    make_array(angles, "data", LOOM_F64, 1, (int64_t[]){ 4 }, "", theta);
    op_call c = { .op = op_load("simulate.tilt_series"), .params = { "size=32" } };
    op_input(&c, "atoms", atoms);
    op_input(&c, "angles", angles);
    op_must_run(&c);
    const loom_array *used = value_array(op_output(&c, "tilts"), "angles");
    ck_assert_int_eq(used->dim[0], 4);
    for (int i = 0; i < 4; i++)
        ck_assert_double_eq(((const double *)used->data)[3 * i + 1], theta[i]);
    c.params[1] = "angles=[1, 2]";
    op_must_fail(&c, LOOM_E_PARAM, "angles", "twice");
    c.params[1] = "sigma=[1, 2, 3]";
    op_must_fail(&c, LOOM_E_PARAM, "sigma", "3 values for 2 species");
    c.params[1] = "sigma=0.01";
    op_must_fail(&c, LOOM_E_PARAM, "sigma", "pixels");
    c.params[1] = NULL;
    c.input_count = 0;
    op_input(&c, "atoms", none);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "no atoms");
    c.input_count = 0;
    op_input(&c, "atoms", wrong);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "species 3");
    c.input_count = 0;
    op_input(&c, "atoms", lost);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "nan");
    op_end(&c);
    value_free(atoms);
    value_free(angles);
    value_free(none);
    value_free(wrong);
    value_free(lost);
}
END_TEST

TEST_MAIN("simulate.tilt_series", flux_is_cross_section_times_dose,
          an_atom_is_a_gaussian_integrated_over_pixels, images_lie_where_the_true_angles_put_them,
          lines_move_by_their_offsets, counts_are_poisson_about_the_expected_images,
          tilts_are_the_sum_of_frames_and_expected_holds_the_background,
          detector_scales_shifts_and_adds_noise,
          saturation_and_cross_sections_follow_their_formulas, flux_lost_at_the_edge_is_told,
          angles_come_from_the_port_and_errors_are_refused)
