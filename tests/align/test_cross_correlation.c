/* align.cross_correlation: images up to 20 pixels apart end up within a pixel of where they belong,
 * the reference stays, an image of something else is named, one image alone stays. */
#include "kit/poisson.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

enum { NT = 9, E = 96, N = E * E, BLOBS = 24, MIDDLE = 4 };
static float image[NT * N];
static double angles[3 * NT], shift[NT][2];

/* Blobs in a ball, at tilts of 5 degrees about y, on a slope; displaced by up to `most` pixels, the
 * middle image not. */
static void record(double most, double counts)
{
    const double degree = 3.14159265358979 / 180;
    for (int k = 0; k < NT; k++) {
        double theta = 5 * (k - MIDDLE) * degree;
        angles[3 * k + 1] = 5 * (k - MIDDLE);
        for (int a = 0; a < 2; a++)
            shift[k][a] =
                k == MIDDLE ? 0 : most * (2 * loom_uniform(6, 1, (uint64_t)(2 * k + a)) - 1);
        for (int i = 0; i < N; i++) {
            double x = i % E - E / 2 - shift[k][0], y = i / E - E / 2 - shift[k][1],
                   m = 0.1 + 0.001 * (double)(i % E);
            for (int b = 0; b < BLOBS; b++) {
                double p[3];
                for (int a = 0; a < 3; a++)
                    p[a] = 28 * (loom_uniform(8, (uint64_t)b, (uint64_t)a) - 0.5);
                double u = x - (p[0] * cos(theta) - p[2] * sin(theta)), v = y - p[1];
                m += exp(-(u * u + v * v) / (2 * 2.2 * 2.2));
            }
            image[k * N + i] = (float)loom_poisson(2, k, i, counts * m);
        }
    }
}

static op_call aligning(const loom_value *v, const char *param)
{
    op_call c = { .op = op_load("align.cross_correlation"), .params = { param } };
    op_input(&c, "tilts", v);
    return c;
}

static const double *found(const op_call *c, const char *name)
{
    return value_array(op_output(c, "shifts"), name)->data;
}

START_TEST(images_pixels_apart_come_together)
{
    record(20, 3);
    loom_value *v = make_tilt_series(NT, E, E, 0.3, image, angles);
    value_set_number(v, "counts", 1, NULL, NULL);
    op_call c = aligning(v, NULL);
    op_must_be_deterministic(&c);
    for (int k = 0; k < NT; k++) {
        ck_assert_double_eq_tol(found(&c, "shift_x")[k], shift[k][0], 1);
        ck_assert_double_eq_tol(found(&c, "shift_y")[k], shift[k][1], 1);
    }
    ck_assert_str_eq(c.warnings, "");
    const float *moved = value_array(op_output(&c, "tilts"), "images")->data;
    for (int i = 0; i < N; i++) /* the reference is as it was */
        ck_assert_float_eq_tol(moved[MIDDLE * N + i], image[MIDDLE * N + i], 1e-4f);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(an_image_of_something_else_is_named)
{
    record(5, 3);
    for (int i = 0; i < N; i++)
        image[7 * N + i] = (float)loom_poisson(5, 7, i, 6 * fmod(i % E * 0.31 + i / E * 0.77, 1));
    loom_value *v = make_tilt_series(NT, E, E, 0.3, image, angles);
    op_call c = aligning(v, NULL);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "1 of 9 images do not look like their neighbours"));
    ck_assert_ptr_nonnull(strstr(c.warnings, "image 7"));
    ck_assert_double_eq_tol(found(&c, "shift_x")[8], shift[8][0], 1.5); /* goes on behind it */
    op_end(&c);
    c = aligning(v, "reference=9");
    op_must_fail(&c, LOOM_E_DATA, "reference", "expected 0 to 8");
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(one_image_stays)
{
    record(5, 3);
    loom_value *v = make_tilt_series(1, E, E, 0.3, image, angles);
    op_call c = aligning(v, NULL);
    op_must_run(&c);
    ck_assert_double_eq(found(&c, "shift_x")[0], 0);
    ck_assert_double_eq(found(&c, "correlation")[0], 1);
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("align.cross_correlation", images_pixels_apart_come_together,
          an_image_of_something_else_is_named, one_image_stays)
