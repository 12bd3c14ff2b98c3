/* series.join, series.frames, series.tilts: what was taken apart comes together as it was, and what
 * contradicts is refused with both sides named. */
#include "support/op_test.h"
#include "support/suite.h"
#include <kit/rng.h>
#include <math.h>

enum { NT = 6, NY = 4, NX = 5, PIXELS = NY * NX };

/* Pairs of images with one angle each, or all different where `pairs` is false. */
static loom_value *make_series(bool pairs)
{
    static float v[NT * PIXELS];
    double angles[3 * NT] = { 0 }, gain[NT];
    loom_value *s = make_value("tilt_series");
    for (int i = 0; i < NT * PIXELS; i++) v[i] = (float)(loom_random(5, 0, (uint64_t)i) % 100);
    for (int k = 0; k < NT; k++) {
        angles[3 * k + 1] = 10 * (pairs ? k / 2 : k) - 20;
        gain[k] = pairs ? k / 2 + 1 : k + 1;
    }
    make_array(s, "images", LOOM_F32, 3, (int64_t[]){ NT, NY, NX }, "", v);
    make_array(s, "angles", LOOM_F64, 2, (int64_t[]){ NT, 3 }, "degree", angles);
    make_array(s, "noise_gain", LOOM_F64, 1, (int64_t[]){ NT }, "", gain);
    value_set_number(s, "pixel_size", 0.5, "angstrom", NULL);
    value_set_number(s, "dose", 60, "e/angstrom^2", NULL);
    return s;
}

static double number(const loom_value *v, const char *name)
{
    const loom_attribute *a = value_attribute(v, name);
    return a ? a->number : NAN;
}

static void is_same_array(const loom_value *a, const loom_value *b, const char *name)
{
    const loom_array *x = value_array(a, name), *y = value_array(b, name);
    ck_assert_msg(x && y, "%s", name);
    ck_assert_int_eq(loom_array_count(x), loom_array_count(y));
    ck_assert_mem_eq(x->data, y->data, (size_t)loom_array_count(x) * loom_dtype_bytes(x->dtype));
}

START_TEST(parts_joined_are_the_whole)
{
    loom_value *whole = make_series(false);
    op_call split = { .op = op_load("series.select"), .params = { "every=3", "offset=1" } };
    op_input(&split, "tilts", whole);
    op_must_run(&split);
    op_call join = { .op = op_load("series.join"), .params = { "sort=true" } };
    op_input(&join, "tilts", op_output(&split, "tilts"));
    op_input(&join, "tilts", op_output(&split, "others"));
    op_must_run(&join);
    const loom_value *out = op_output(&join, "tilts");
    is_same_array(out, whole, "images");
    is_same_array(out, whole, "angles");
    is_same_array(out, whole, "noise_gain");
    ck_assert_double_eq_tol(number(out, "dose"), 60, 1e-9);
    ck_assert_double_eq(number(out, "pixel_size"), 0.5);
    op_end(&join);
    join = (op_call){ .op = op_load("series.join") };
    op_input(&join, "tilts", op_output(&split, "tilts"));
    op_input(&join, "tilts", op_output(&split, "others"));
    op_must_run(&join);
    const double *angles = value_array(op_output(&join, "tilts"), "angles")->data;
    ck_assert_double_eq(angles[1], -10);
    ck_assert_double_eq(angles[4], 20);
    ck_assert_double_eq(angles[7], -20);
    op_end(&join);
    op_end(&split);
    value_free(whole);
}
END_TEST

static void must_contradict(loom_value *a, loom_value *b, const char *fragment)
{
    op_call c = { .op = op_load("series.join") };
    op_input(&c, "tilts", a);
    op_input(&c, "tilts", b);
    op_must_fail(&c, LOOM_E_DATA, "tilts", fragment);
    op_end(&c);
    value_free(a);
    value_free(b);
}

START_TEST(contradictions_name_both)
{
    loom_value *b = make_series(false);
    value_set_number(b, "pixel_size", 0.6, "angstrom", NULL);
    must_contradict(make_series(false), b, "0.5 in series 0 and 0.6 in series 1");
    b = make_series(false);
    value_set_number(b, "counts", 1, "", NULL);
    must_contradict(make_series(false), b, "'counts' is 0 in series 0 and 1 in series 1");
    b = make_series(false);
    value_set_number(b, "background", 7, "", NULL);
    must_contradict(b, make_series(false), "'background' is 7 in series 0 and 0 in series 1");
    b = make_tilt_series(2, NY, NX, 0.5, NULL, NULL);
    must_contradict(make_series(false), b, "noise of series 0 is known, that of series 1 is not");
    b = make_tilt_series(2, NX, NY, 0.5, NULL, NULL);
    must_contradict(make_series(false), b, "4 x 5 pixels (y, x), those of series 1 have 5 x 4");
}
END_TEST

START_TEST(frames_and_back)
{
    loom_value *whole = make_series(true);
    op_call there = { .op = op_load("series.frames") };
    op_input(&there, "tilts", whole);
    op_must_run(&there);
    const loom_value *frames = op_output(&there, "frames");
    const loom_array *images = value_array(frames, "images");
    ck_assert_int_eq(images->dim[0], NT / 2);
    ck_assert_int_eq(images->dim[1], 2);
    ck_assert_double_eq(((double *)value_array(frames, "angles")->data)[7], 0);
    ck_assert_double_eq(((double *)value_array(frames, "noise_gain")->data)[2], 3);
    op_call back = { .op = op_load("series.tilts") };
    op_input(&back, "frames", frames);
    op_must_run(&back);
    is_same_array(op_output(&back, "tilts"), whole, "images");
    is_same_array(op_output(&back, "tilts"), whole, "angles");
    is_same_array(op_output(&back, "tilts"), whole, "noise_gain");
    ck_assert_double_eq(number(op_output(&back, "tilts"), "dose"), 60);
    op_end(&back);
    back = (op_call){ .op = op_load("series.tilts"), .params = { "frames=[1]" } };
    op_input(&back, "frames", frames);
    op_must_run(&back);
    const float *second = value_array(op_output(&back, "tilts"), "images")->data;
    const float *v = value_array(whole, "images")->data;
    ck_assert_mem_eq(second + PIXELS, v + 3 * PIXELS, PIXELS * sizeof(float));
    ck_assert_double_eq(number(op_output(&back, "tilts"), "dose"), 30);
    back.params[0] = "frames=[2]";
    op_must_fail(&back, LOOM_E_PARAM, "frames", "2 frames, 0 to 1");
    op_end(&back);
    op_end(&there);
    value_free(whole);
}
END_TEST

START_TEST(images_that_are_no_frames_are_refused)
{
    loom_value *single = make_series(false), *pairs = make_series(true);
    op_call c = { .op = op_load("series.frames"), .params = { "per_tilt=3" } };
    op_input(&c, "tilts", single);
    op_must_fail(&c, LOOM_E_DATA, "tilts", "theta -20 and -10");
    c.params[0] = "per_tilt=4";
    op_must_fail(&c, LOOM_E_DATA, "tilts", "6 images cannot be tilts of 4 frames");
    op_end(&c);
    ((double *)value_array(pairs, "noise_gain")->data)[3] = 9;
    c = (op_call){ .op = op_load("series.frames") };
    op_input(&c, "tilts", pairs);
    op_must_fail(&c, LOOM_E_DATA, "tilts", "noise_gain 2 and 9");
    op_end(&c);
    value_free(single);
    value_free(pairs);
}
END_TEST

TEST_MAIN("series.join", parts_joined_are_the_whole, contradictions_name_both, frames_and_back,
          images_that_are_no_frames_are_refused)
