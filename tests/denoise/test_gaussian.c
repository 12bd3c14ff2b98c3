/* denoise.gaussian: an impulse becomes the Gaussian, flux stays, the filter is linear,
 * deterministic and leaves what it must. */
#include "support/op_test.h"
#include "support/suite.h"
#include <kit/rng.h>
#include <math.h>
#include <stdlib.h>

enum { NT = 2, NY = 37, NX = 1100, N = NT * NY * NX }; /* rows longer than the kernel's chunk */
static const double angles[NT * 3] = { 0, -30, 0, 0, 30, 0 };
static float image[N];

static op_call smoothing(loom_value *v, const char *sigma)
{
    op_call c = { .op = op_load("denoise.gaussian"), .params = { sigma } };
    op_input(&c, "tilts", v);
    return c;
}

static const float *result(const op_call *c)
{
    return value_array(op_output(c, "tilts"), "images")->data;
}

START_TEST(an_impulse_becomes_the_gaussian)
{
    const double sigma = 1.5, norm = 1 / (2 * 3.14159265358979 * sigma * sigma);
    int y0 = 18, x0 = 1022; /* across the seam of two chunks */
    image[y0 * NX + x0] = 1;
    loom_value *v = make_tilt_series(NT, NY, NX, 0.35, image, angles);
    op_call c = smoothing(v, "sigma=1.5");
    op_must_be_deterministic(&c);
    for (int y = 0; y < NY; y++)
        for (int x = x0 - 8; x <= x0 + 8; x++) {
            double r2 = (y - y0) * (y - y0) + (x - x0) * (x - x0),
                   expect = abs(y - y0) > 6 || abs(x - x0) > 6
                                ? 0
                                : norm * exp(-r2 / (2 * sigma * sigma));
            ck_assert_float_eq_tol(result(&c)[y * NX + x], expect, 2e-4 * norm);
        }
    ck_assert_double_eq(value_attribute(op_output(&c, "tilts"), "pixel_size")->number, 0.35);
    ck_assert_mem_eq(value_array(op_output(&c, "tilts"), "angles")->data, angles, sizeof angles);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(mirrored_borders_keep_the_flux_of_every_image)
{
    for (int i = 0; i < N; i++) image[i] = (float)loom_uniform(1, 2, i);
    loom_value *v = make_tilt_series(NT, NY, NX, 0.35, image, angles);
    value_set_number(v, "counts", 1, NULL, NULL);
    op_call c = smoothing(v, "sigma=12"); /* reaches beyond the whole image along y */
    op_must_run(&c);
    for (int t = 0; t < NT; t++) {
        double before = 0, after = 0;
        for (int i = 0; i < NY * NX; i++) {
            before += image[t * NY * NX + i];
            after += result(&c)[t * NY * NX + i];
        }
        ck_assert_double_eq_tol(after / before, 1, 1e-6);
    }
    ck_assert_double_eq(value_attribute(op_output(&c, "tilts"), "counts")->number, 0);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(constants_stay_and_sigma_zero_is_the_identity)
{
    for (int i = 0; i < N; i++) image[i] = 3;
    loom_value *v = make_tilt_series(NT, NY, NX, 0.35, image, angles);
    op_call c = smoothing(v, "sigma=3");
    c.params[1] = "border=nearest";
    op_must_run(&c);
    for (int i = 0; i < N; i++) ck_assert_float_eq_tol(result(&c)[i], 3, 3e-6);
    op_end(&c);
    value_free(v);
    for (int i = 0; i < N; i++) image[i] = (float)loom_uniform(1, 2, i);
    v = make_tilt_series(NT, NY, NX, 0.35, image, angles);
    c = smoothing(v, "sigma=0");
    op_must_run(&c);
    ck_assert_mem_eq(result(&c), image, sizeof image);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(white_noise_falls_as_stated)
{
    double z[2], sum = 0;
    for (int i = 0; i < N; i += 2) {
        loom_normal2(5, 0, i, z);
        image[i] = (float)z[0];
        if (i + 1 < N) image[i + 1] = (float)z[1];
    }
    loom_value *v = make_tilt_series(NT, NY, NX, 0.35, image, angles);
    value_set_number(v, "counts", 1, NULL, NULL);
    op_call c = smoothing(v, "sigma=1.2");
    op_must_run(&c);
    for (int i = 0; i < N; i++) sum += result(&c)[i] * result(&c)[i];
    ck_assert_double_eq_tol(sqrt(N / sum), 2 * sqrt(3.14159265) * 1.2, 0.15);
    const double *factor = value_array(op_output(&c, "tilts"), "noise_factor")->data;
    ck_assert_double_eq_tol(factor[0], sum / N, 0.08 * sum / N);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(refuses_nan_and_stops_when_asked)
{
    image[NX + 5] = NAN;
    loom_value *v = make_tilt_series(NT, NY, NX, 0.35, image, angles);
    op_call c = smoothing(v, "sigma=1");
    op_must_fail(&c, LOOM_E_DATA, "tilts", "[0][1][5]");
    op_end(&c);
    value_free(v);
    image[NX + 5] = 0;
    v = make_tilt_series(NT, NY, NX, 0.35, image, angles);
    c = smoothing(v, "sigma=1");
    c.cancel_after = 1;
    ck_assert(!op_run(&c));
    ck_assert_int_eq(c.result.failure.status, LOOM_E_CANCELLED);
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("denoise.gaussian", an_impulse_becomes_the_gaussian,
          mirrored_borders_keep_the_flux_of_every_image,
          constants_stay_and_sigma_zero_is_the_identity, white_noise_falls_as_stated,
          refuses_nan_and_stops_when_asked)
