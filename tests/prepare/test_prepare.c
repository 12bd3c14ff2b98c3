/* prepare.mask, prepare.background, prepare.normalise: the particle is found with its margin, the
 * background under it is what was put there, totals are kept or made equal; odd images are named.
 */
#include "support/op_test.h"
#include "support/suite.h"
#include <kit/poisson.h>
#include <math.h>
#include <string.h>

enum { NT = 3, E = 96, N = E * E };
static float image[NT * N];
static double truth[NT]; /* total of the particle */

static double background_at(int t, double x, double y)
{
    return 6 * (1 + 0.1 * cos(0.02 * x + 0.5 * t) + 0.1 * sin(0.015 * y - 0.01 * x));
}

static double particle_at(double x, double y, double radius)
{
    return 20 / (1 + exp((hypot(x, y) - radius) / 0.8));
}

/* Particles of that radius at (cx, cy) in every tilt, on a slow background. */
static void record(double cx, double cy, double radius, double scale, bool noise)
{
    for (int t = 0; t < NT; t++) {
        truth[t] = 0;
        for (int i = 0; i < N; i++) {
            double x = i % E - E / 2, y = i / E - E / 2, p = particle_at(x - cx, y - cy, radius),
                   m = scale * (p + background_at(t, x, y));
            truth[t] += scale * p;
            image[t * N + i] = (float)(noise ? loom_poisson(4, t, i, m) : m);
        }
    }
}

static loom_value *series(void)
{
    static const double angles[3 * NT];
    loom_value *v = make_tilt_series(NT, E, E, 0.3, image, angles);
    value_set_number(v, "counts", 1, NULL, NULL);
    return v;
}

static op_call masking(const loom_value *v, const char *param)
{
    op_call c = { .op = op_load("prepare.mask"), .params = { param } };
    op_input(&c, "tilts", v);
    return c;
}

START_TEST(the_mask_is_the_particle_and_its_margin)
{
    record(4, -3, 20, 1, true);
    loom_value *v = series();
    op_call c = masking(v, "buffer=6");
    op_must_be_deterministic(&c);
    ck_assert_str_eq(c.warnings, "");
    const uint8_t *mask = value_array(op_output(&c, "mask"), "mask")->data;
    for (int i = 0; i < NT * N; i++) {
        double r = hypot(i % E - E / 2 - 4, i % N / E - E / 2 + 3);
        if (r < 22) ck_assert_int_eq(mask[i], 1);
        if (r > 32) ck_assert_int_eq(mask[i], 0);
    }
    op_end(&c);
    value_free(v);
}
END_TEST

static void must_warn(const char *fragment)
{
    loom_value *v = series();
    op_call c = masking(v, NULL);
    op_must_run(&c);
    ck_assert_msg(strstr(c.warnings, fragment) != NULL, "no '%s' in '%s'", fragment, c.warnings);
    op_end(&c);
    value_free(v);
}

START_TEST(odd_images_are_named)
{
    record(40, 0, 20, 1, true);
    must_warn("edge of the image");
    record(0, 0, 20, 1, true);
    for (int i = 0; i < N; i++) image[N + i] = (float)loom_poisson(5, 1, i, 6);
    must_warn("1 of 3 tilts (the first is tilt 1) show no contrast");
    record(-22, 0, 16, 1, true);
    for (int i = 0; i < NT * N; i++)
        image[i] += (float)particle_at(i % E - E / 2 - 22, i % N / E - E / 2, 14);
    must_warn("second bright part");
    record(0, 0, 24, 1, true);
    for (int i = 0; i < N; i++)
        image[2 * N + i] = (float)(6 + particle_at(i % E - E / 2, i / E - E / 2, 9));
    must_warn("(the first is tilt 2) have a specimen of less than half");
}
END_TEST

/* Background and particle apart again; the particle is 25 pixels wide and its margin 8. */
static void must_separate(const char *method, double share)
{
    record(2, 1, 25, 1, false);
    loom_value *v = series();
    op_call m = masking(v, "buffer=8");
    op_must_run(&m);
    const uint8_t *mask = value_array(op_output(&m, "mask"), "mask")->data;
    op_call c = { .op = op_load("prepare.background"), .params = { method } };
    op_input(&c, "tilts", v);
    op_input(&c, "mask", op_output(&m, "mask"));
    op_must_be_deterministic(&c);
    const float *found = value_array(op_output(&c, "background"), "images")->data,
                *left = value_array(op_output(&c, "tilts"), "images")->data;
    for (int t = 0; t < NT; t++) {
        double off = 0, mean = 0, square = 0, n = 0, total = 0;
        for (int i = 0; i < N; i++) {
            double b = background_at(t, i % E - E / 2, i / E - E / 2);
            total += left[t * N + i];
            if (!mask[t * N + i]) {
                ck_assert_float_eq(left[t * N + i], 0);
                continue;
            }
            off += (found[t * N + i] - b) * (found[t * N + i] - b);
            mean += b;
            square += b * b;
            n++;
        }
        double variation = sqrt(square / n - mean * mean / n / n);
        ck_assert_double_lt(sqrt(off / n), share * variation);
        ck_assert_double_eq_tol(total / truth[t], 1, 5e-3 + 0.02 * (share > 0.5));
    }
    const double *offset = value_array(op_output(&c, "tilts"), "offset")->data;
    ck_assert_double_eq_tol(offset[0], -6, 1); /* variance stays that of particle and background */
    op_end(&c);
    op_end(&m);
    value_free(v);
}

START_TEST(the_background_is_taken_off)
{
    must_separate("method=laplace", 0.05);
    must_separate("method=series", 0.05);
    must_separate("method=plane", 0.6);
    must_separate("method=constant", 3);
}
END_TEST

/* Under noise as large as the background's variation images know of each other how smooth it is:
 * what is continued inside is nearer to the truth than what each image says by itself. */
START_TEST(a_series_knows_how_smooth_its_background_is)
{
    double off[2] = { 0, 0 };
    loom_value *m = make_value("mask_series");
    uint8_t *mask = make_array(m, "mask", LOOM_U8, 3, (int64_t[]){ NT, E, E }, "", NULL);
    for (int i = 0; i < NT * N; i++) {
        double b = background_at(i / N, i % E - E / 2, i % N / E - E / 2);
        image[i] = (float)(loom_poisson(3, 9, (uint64_t)i, 4 * b) / 4.0);
        mask[i] = hypot(i % E - 44, i % N / E - 52) < 28;
    }
    loom_value *v = series();
    for (int k = 0; k < 2; k++) {
        op_call c = { .op = op_load("prepare.background"),
                      .params = { k ? "method=series" : "method=laplace" } };
        op_input(&c, "tilts", v);
        op_input(&c, "mask", m);
        op_must_be_deterministic(&c);
        const float *found = value_array(op_output(&c, "background"), "images")->data;
        for (int i = 0; i < NT * N; i++)
            if (mask[i])
                off[k] += pow(found[i] - background_at(i / N, i % E - E / 2, i % N / E - E / 2), 2);
        ck_assert_str_eq(c.warnings, "");
        op_end(&c);
    }
    ck_assert_double_lt(off[1], 0.7 * off[0]);
    value_free(m);
    value_free(v);
}
END_TEST

/* A linear function is harmonic: what Laplace's equation continues, it continues exactly. */
START_TEST(laplace_continues_what_is_harmonic)
{
    for (int i = 0; i < NT * N; i++) image[i] = (float)(5 + 0.01 * (i % E) - 0.02 * (i % N / E));
    loom_value *v = series(), *m = make_value("mask_series");
    uint8_t *mask = make_array(m, "mask", LOOM_U8, 3, (int64_t[]){ NT, E, E }, "", NULL);
    for (int i = 0; i < NT * N; i++) mask[i] = hypot(i % E - 40, i % N / E - 50) < 30;
    op_call c = { .op = op_load("prepare.background"), .params = { "outside=keep" } };
    op_input(&c, "tilts", v);
    op_input(&c, "mask", m);
    op_must_run(&c);
    const float *left = value_array(op_output(&c, "tilts"), "images")->data;
    for (int i = 0; i < NT * N; i++) ck_assert_float_eq_tol(left[i], 0, 2e-5f);
    op_end(&c);
    memset(mask, 1, NT * N);
    c = (op_call){ .op = op_load("prepare.background") };
    op_input(&c, "tilts", v);
    op_input(&c, "mask", m);
    op_must_fail(&c, LOOM_E_DATA, "mask", "nothing is left to see the background by");
    op_end(&c);
    value_free(v);
    value_free(m);
}
END_TEST

START_TEST(totals_are_made_equal)
{
    static const double brightness[NT] = { 1, 1.1, 0.9 };
    for (int t = 0; t < NT; t++)
        for (int i = 0; i < N; i++)
            image[t * N + i] =
                (float)(brightness[t] * particle_at(i % E - E / 2, i / E - E / 2, 20));
    loom_value *v = series();
    op_call c = { .op = op_load("prepare.normalise") };
    op_input(&c, "tilts", v);
    op_must_be_deterministic(&c);
    ck_assert_str_eq(c.warnings, "");
    const loom_value *out = op_output(&c, "tilts");
    const float *got = value_array(out, "images")->data;
    for (int i = 0; i < N; i++) {
        ck_assert_float_eq_tol(got[i], got[N + i], 1e-4f);
        ck_assert_float_eq_tol(got[i], image[i], 1e-4f); /* the mean of the sums is the first */
    }
    const double *gain = value_array(out, "noise_gain")->data;
    ck_assert_double_eq_tol(gain[1], 1 / 1.1, 1e-6);
    op_end(&c);
    value_free(v);
    for (int i = 0; i < N; i++) image[N + i] *= 3;
    v = series();
    c = (op_call){ .op = op_load("prepare.normalise") };
    op_input(&c, "tilts", v);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "is the whole specimen"));
    op_end(&c);
    value_free(v);
    memset(image, 0, N * sizeof *image);
    v = series();
    c = (op_call){ .op = op_load("prepare.normalise") };
    op_input(&c, "tilts", v);
    op_must_fail(&c, LOOM_E_DATA, "tilts", "image 0 sums to 0");
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("prepare", the_mask_is_the_particle_and_its_margin, odd_images_are_named,
          the_background_is_taken_off, a_series_knows_how_smooth_its_background_is,
          laplace_continues_what_is_harmonic, totals_are_made_equal)
