/* io.tilt_series and io.volume: what goes in comes out with its meaning; what does not fit together is refused. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <stdlib.h>

enum { NT = 4, NY = 2, NX = 3 };

static loom_value *array_of(loom_dtype dtype, int rank, const int64_t *dim, const void *data)
{
    loom_value *v = make_value("array");
    make_array(v, "data", dtype, rank, dim, NULL, data);
    return v;
}

static loom_value *images(void)
{
    int32_t data[NT * NY * NX];
    for (int i = 0; i < NT * NY * NX; i++) data[i] = i;
    return array_of(LOOM_I32, 3, (int64_t[]){ NT, NY, NX }, data);
}

/* The angles as [tilt][3], as [3][tilt] and, thetas alone, as [1][tilt] give the same orientations. */
START_TEST(three_layouts_of_angles)
{
    double rows[NT * 3] = { 0 }, columns[3 * NT] = { 0 }, theta[NT];
    for (int k = 0; k < NT; k++) rows[3 * k + 1] = columns[NT + k] = theta[k] = 10 * k - 15;
    loom_value *im = images();
    loom_value *layouts[] = { array_of(LOOM_F64, 2, (int64_t[]){ NT, 3 }, rows), array_of(LOOM_F64, 2, (int64_t[]){ 3, NT }, columns),
                              array_of(LOOM_F64, 2, (int64_t[]){ 1, NT }, theta) };
    for (int l = 0; l < 3; l++) {
        op_call c = { .op = op_load("io.tilt_series"), .params = { "pixel_size=0.5", "background=2", "subtract=true", "counts=true",
                                                                   "dose=100" } };
        op_input(&c, "images", im);
        op_input(&c, "angles", layouts[l]);
        op_must_run(&c);
        const loom_value *t = op_output(&c, "tilts");
        ck_assert_mem_eq(value_array(t, "angles")->data, rows, sizeof rows);
        for (int i = 0; i < NT * NY * NX; i++) ck_assert_float_eq(((float *)value_array(t, "images")->data)[i], (float)(i - 2));
        ck_assert_double_eq(value_attribute(t, "dose")->number, 100);
        ck_assert_ptr_null(value_attribute(t, "counts")); /* once subtracted they are counts no more */
        op_end(&c);
        value_free(layouts[l]);
    }
    value_free(im);
}
END_TEST

START_TEST(background_is_noted_with_the_counts)
{
    double theta[NT] = { 0 };
    loom_value *im = images(), *an = array_of(LOOM_F64, 1, (int64_t[]){ NT }, theta);
    op_call c = { .op = op_load("io.tilt_series"), .params = { "pixel_size=0.5", "background=2", "counts=true" } };
    op_input(&c, "images", im);
    op_input(&c, "angles", an);
    op_must_run(&c);
    ck_assert_double_eq(value_attribute(op_output(&c, "tilts"), "background")->number, 2);
    ck_assert_double_eq(value_attribute(op_output(&c, "tilts"), "counts")->number, 1);
    ck_assert_float_eq(((float *)value_array(op_output(&c, "tilts"), "images")->data)[5], 5);
    op_end(&c);
    value_free(im);
    value_free(an);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    double theta[NT + 1] = { 0 };
    float bad[NT * NY * NX] = { 0 };
    bad[(2 * NY + 1) * NX + 1] = NAN;
    loom_value *im = images(), *nan_images = array_of(LOOM_F32, 3, (int64_t[]){ NT, NY, NX }, bad),
        *line = array_of(LOOM_F32, 1, (int64_t[]){ 6 }, bad);
    loom_value *short_angles = array_of(LOOM_F64, 1, (int64_t[]){ NT + 1 }, theta), *an = array_of(LOOM_F64, 1, (int64_t[]){ NT }, theta);
    op_call c = { .op = op_load("io.tilt_series"), .params = { "pixel_size=0.5" } };
    op_input(&c, "images", im);
    op_input(&c, "angles", short_angles);
    op_must_fail(&c, LOOM_E_DATA, "angles", "for 4 images");
    c.input[1].value = an;
    c.input[0].value = nan_images;
    op_must_fail(&c, LOOM_E_DATA, "images", "[2][1][1]");
    c.input[0].value = line;
    op_must_fail(&c, LOOM_E_DATA, "images", "[tilt][y][x]");
    c.input[0].value = im;
    c.params[0] = "pixel_size=0";
    op_must_fail(&c, LOOM_E_PARAM, "pixel_size", "pixel_size");
    c.params[0] = NULL;
    op_must_fail(&c, LOOM_E_PARAM, NULL, "pixel_size");
    op_end(&c);
    value_free(im);
    value_free(nan_images);
    value_free(line);
    value_free(short_angles);
    value_free(an);
}
END_TEST

START_TEST(volume_keeps_the_numbers_and_the_origin)
{
    uint8_t data[8] = { 0, 1, 2, 3, 4, 5, 6, 255 };
    loom_value *a = array_of(LOOM_U8, 3, (int64_t[]){ 2, 2, 2 }, data), *flat = array_of(LOOM_U8, 2, (int64_t[]){ 2, 4 }, data);
    op_call c = { .op = op_load("io.volume"), .params = { "voxel_size=0.25", "origin=[1, -2, 3]" } };
    op_input(&c, "array", a);
    op_must_run(&c);
    const loom_value *v = op_output(&c, "volume");
    ck_assert_double_eq(value_attribute(v, "voxel_size")->number, 0.25);
    ck_assert_double_eq(((double *)value_array(v, "origin")->data)[1], -2);
    for (int i = 0; i < 8; i++) ck_assert_float_eq(((float *)value_array(v, "density")->data)[i], data[i]);
    c.params[1] = "origin=[1, 2]";
    op_must_fail(&c, LOOM_E_PARAM, "origin", "three numbers");
    c.params[1] = NULL;
    c.input[0].value = flat;
    op_must_fail(&c, LOOM_E_DATA, "array", "2 axes");
    op_end(&c);
    value_free(a);
    value_free(flat);
}
END_TEST

TEST_MAIN("io.tilt_series", three_layouts_of_angles, background_is_noted_with_the_counts, what_does_not_fit_is_refused,
          volume_keeps_the_numbers_and_the_origin)
