/* series.*: mirrors and turns come back, blocks keep totals, what belongs to a tilt follows it, and
 * the noise that a series knows of follows what is done to it. */
#include "support/op_test.h"
#include "support/suite.h"
#include <kit/rng.h>
#include <math.h>
#include <stdlib.h>

enum { NT = 5, NY = 6, NX = 8 };

static loom_value *counts(double hot)
{
    static float v[NT * NY * NX];
    double angles[3 * NT] = { 0 }, gain[NT];
    loom_value *s = make_value("tilt_series");
    for (int i = 0; i < NT * NY * NX; i++) v[i] = 90 + (float)(loom_random(3, 0, i) % 21);
    v[2 * NY * NX + 3 * NX + 4] += (float)hot;
    for (int k = 0; k < NT; k++) {
        angles[3 * k + 1] = 10 * k - 20;
        gain[k] = k + 1;
    }
    make_array(s, "images", LOOM_F32, 3, (int64_t[]){ NT, NY, NX }, "", v);
    make_array(s, "angles", LOOM_F64, 2, (int64_t[]){ NT, 3 }, "degree", angles);
    make_array(s, "noise_gain", LOOM_F64, 1, (int64_t[]){ NT }, "", gain);
    value_set_number(s, "pixel_size", 0.5, "angstrom", NULL);
    value_set_number(s, "counts", 1, "", NULL);
    value_set_number(s, "dose", 100, "e/angstrom^2", NULL);
    return s;
}

/* The output of the op on `in`, owned; the input is freed. */
static loom_value *apply(const char *id, const char *a, const char *b, loom_value *in)
{
    op_call c = { .op = op_load(id), .params = { a, b } };
    op_input(&c, "tilts", in);
    op_must_run(&c);
    loom_value *out = c.result.output[0];
    c.result.output[0] = NULL;
    op_end(&c);
    value_free(in);
    return out;
}

static const float *images(const loom_value *v) { return value_array(v, "images")->data; }

static double number(const loom_value *v, const char *name)
{
    const loom_attribute *a = value_attribute(v, name);
    return a ? a->number : NAN;
}

START_TEST(what_is_undone_is_as_before)
{
    static const char *const ops[][4] = { { "series.flip", "axis=x", "axis=x" },
                                          { "series.flip", "axis=y", "axis=y" },
                                          { "series.flip", "axis=xy", "axis=xy" },
                                          { "series.transpose", NULL, NULL },
                                          { "series.rotate", "angle=90", "angle=-90" },
                                          { "series.rotate", "angle=180", "angle=180" },
                                          { "series.crop", "size=[8,6]", "size=[8,6]" },
                                          { "series.bin", "factor=1", "factor=1" } };
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        loom_value *whole = counts(0);
        loom_value *v =
            apply(ops[i][0], ops[i][2], NULL, apply(ops[i][0], ops[i][1], NULL, counts(0)));
        ck_assert_msg(!memcmp(images(v), images(whole), NT * NY * NX * sizeof(float)), "%s",
                      ops[i][0]);
        ck_assert_double_eq(number(v, "counts"), 1);
        value_free(v);
        value_free(whole);
    }
}
END_TEST

START_TEST(turned_between_pixels_it_is_no_count)
{
    loom_value *v = apply("series.rotate", "angle=20", NULL, counts(0));
    ck_assert(!(number(v, "counts") > 0));
    const double *factor = value_array(v, "noise_factor")->data;
    ck_assert(factor[0] > 0.3 && factor[0] < 1);
    ck_assert_double_eq(((double *)value_array(v, "noise_gain")->data)[2], 3);
    value_free(v);
}
END_TEST

START_TEST(blocks_keep_totals_and_centre)
{
    loom_value *whole = counts(0), *sum = apply("series.bin", "factor=2", NULL, counts(0)),
               *mean = apply("series.bin", "factor=2", "keep=mean", counts(0));
    double before = 0, after = 0;
    for (int i = 0; i < NT * NY * NX; i++) before += images(whole)[i];
    for (int i = 0; i < NT * NY * NX / 4; i++) {
        after += images(sum)[i];
        ck_assert_float_eq_tol(images(sum)[i], 4 * images(mean)[i], 1e-3f);
    }
    ck_assert_double_eq_tol(before, after, 1e-6);
    ck_assert_double_eq(number(sum, "pixel_size"), 1);
    ck_assert_double_eq(number(sum, "counts"), 1);
    ck_assert(!(number(mean, "counts") > 0));
    ck_assert_double_eq(((double *)value_array(mean, "noise_factor")->data)[0], 0.25);
    value_free(sum);
    value_free(mean);
    value_free(whole);
}
END_TEST

/* An odd factor keeps the centre n/2 in the centre of its block. */
START_TEST(odd_blocks_keep_the_centre)
{
    enum { N = 15 };
    float v[N * N] = { 0 };
    double angles[3] = { 0 };
    v[(N / 2) * N + N / 2] = 9;
    loom_value *s = make_value("tilt_series");
    make_array(s, "images", LOOM_F32, 3, (int64_t[]){ 1, N, N }, "", v);
    make_array(s, "angles", LOOM_F64, 2, (int64_t[]){ 1, 3 }, "degree", angles);
    value_set_number(s, "pixel_size", 0.5, "angstrom", NULL);
    loom_value *b = apply("series.bin", "factor=3", NULL, s);
    ck_assert_int_eq(value_array(b, "images")->dim[1], 5);
    ck_assert_float_eq(images(b)[2 * 5 + 2], 1);
    value_free(b);
}
END_TEST

START_TEST(totals_become_equal_and_noise_follows)
{
    loom_value *whole = counts(0), *v = apply("series.normalise", NULL, NULL, counts(0));
    double first = 0;
    for (int k = 0; k < NT; k++) {
        double sum = 0;
        for (int i = 0; i < NY * NX; i++) sum += images(v)[k * NY * NX + i];
        if (!k) first = sum;
        ck_assert_double_eq_tol(sum, first, 1e-3);
        double scale = images(v)[k * NY * NX] / images(whole)[k * NY * NX];
        ck_assert_double_eq_tol(((double *)value_array(v, "noise_gain")->data)[k], (k + 1) * scale,
                                1e-5);
    }
    ck_assert(!(number(v, "counts") > 0));
    value_free(v);
    value_free(whole);
}
END_TEST

START_TEST(one_hot_pixel_is_replaced_and_nothing_else)
{
    loom_value *whole = counts(0), *v = apply("series.clip", NULL, NULL, counts(5000));
    for (int i = 0; i < NT * NY * NX; i++) {
        if (i == 2 * NY * NX + 3 * NX + 4) ck_assert(images(v)[i] >= 90 && images(v)[i] <= 110);
        else ck_assert_float_eq(images(v)[i], images(whole)[i]);
    }
    value_free(v);
    value_free(whole);
}
END_TEST

START_TEST(selected_and_others_are_all)
{
    loom_value *in = counts(0);
    op_call c = { .op = op_load("series.select"), .params = { "every=2", "range=-20,10" } };
    op_input(&c, "tilts", in);
    op_must_run(&c);
    const loom_value *kept = op_output(&c, "tilts"), *rest = op_output(&c, "others");
    const double *a = value_array(kept, "angles")->data, *b = value_array(rest, "angles")->data;
    ck_assert_int_eq(value_array(kept, "angles")->dim[0], 2);
    ck_assert_double_eq(a[1], -20);
    ck_assert_double_eq(a[4], 0);
    ck_assert_double_eq(b[1], -10);
    ck_assert_double_eq(b[7], 20);
    ck_assert_double_eq(((double *)value_array(kept, "noise_gain")->data)[1], 3);
    ck_assert_double_eq(number(kept, "dose"), 40);
    ck_assert_mem_eq(images(kept) + NY * NX, images(in) + 2 * NY * NX, NY * NX * sizeof(float));
    op_end(&c);
    op_call d = { .op = op_load("series.select"), .params = { "indices=[4, 0, 9]" } };
    op_input(&d, "tilts", in);
    op_must_fail(&d, LOOM_E_PARAM, "indices", "5 tilts, 0 to 4");
    d.params[0] = "range=50,60";
    op_must_fail(&d, LOOM_E_PARAM, NULL, "no tilt is left");
    op_end(&d);
    value_free(in);
}
END_TEST

TEST_MAIN("series", what_is_undone_is_as_before, turned_between_pixels_it_is_no_count,
          blocks_keep_totals_and_centre, odd_blocks_keep_the_centre,
          totals_become_equal_and_noise_follows, one_hot_pixel_is_replaced_and_nothing_else,
          selected_and_others_are_all)
