/* view.slices: the PNG is the panel's picture, voxels have the grey of their density, the bar has
 * its length. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <png.h>
#include <stdlib.h>
#include <string.h>

enum { NZ = 40, NY = 56, NX = 48, MARGIN = 12 };

/* Density grows along x alone, from 0 to nearly 1. */
static loom_value *ramp_volume(double voxel)
{
    float *v = malloc(sizeof(float) * NZ * NY * NX);
    for (int i = 0; i < NZ * NY * NX; i++) v[i] = (float)(i % NX) / NX;
    loom_value *volume = make_volume(NZ, NY, NX, voxel, v);
    free(v);
    return volume;
}

static const loom_array *picture(const op_call *c)
{
    return value_array(op_output(c, "panel"), "image");
}

/* Longest run of black in a row below the slices that begins at the margin. */
static int64_t bar_length(const op_call *c)
{
    const loom_array *image = picture(c);
    const uint8_t *grey = image->data;
    int64_t width = image->dim[1], longest = 0;
    for (int64_t y = image->dim[0] - 3 * MARGIN; y < image->dim[0]; y++) {
        int64_t x = MARGIN;
        while (x < width && grey[y * width + x] == 0) x++;
        if (x - MARGIN > longest) longest = x - MARGIN;
    }
    return longest;
}

START_TEST(png_decodes_to_the_panel)
{
    loom_value *v = ramp_volume(0.5);
    op_call c = { .op = op_load("view.slices") };
    op_input(&c, "volume", v);
    op_must_be_deterministic(&c);
    const loom_array *bytes = value_array(op_output(&c, "image"), "bytes"), *image = picture(&c);
    png_image png = { .version = PNG_IMAGE_VERSION };
    ck_assert(png_image_begin_read_from_memory(&png, bytes->data, (size_t)bytes->dim[0]));
    ck_assert_int_eq(png.format, PNG_FORMAT_GRAY);
    ck_assert_int_eq(png.height, image->dim[0]);
    ck_assert_int_eq(png.width, image->dim[1]);
    uint8_t *grey = malloc(PNG_IMAGE_SIZE(png));
    ck_assert(png_image_finish_read(&png, NULL, grey, 0, NULL));
    ck_assert_mem_eq(grey, image->data, PNG_IMAGE_SIZE(png));
    ck_assert_str_eq(value_attribute(op_output(&c, "image"), "media_type")->text, "image/png");
    free(grey);
    op_end(&c);
    value_free(v);
}
END_TEST

/* The first slice is x-y, to the right x: a ramp from black to white at the given range. */
START_TEST(grey_is_linear_in_density)
{
    loom_value *v = ramp_volume(0.5);
    op_call c = { .op = op_load("view.slices"), .params = { "zoom=3", "low=0", "high=1" } };
    op_input(&c, "volume", v);
    op_must_run(&c);
    const loom_array *image = picture(&c);
    const uint8_t *grey = image->data;
    int64_t width = image->dim[1], row = image->dim[0] / 2;
    for (int x = 0; x < NX; x++)
        for (int k = 0; k < 3; k++)
            ck_assert_int_eq(grey[row * width + MARGIN + 3 * x + k],
                             lround(255.0 * (double)((float)x / NX)));
    /* the second is z-y: constant, the value at x = n/2 */
    for (int x = 0; x < 3 * NZ; x++)
        ck_assert_int_eq(grey[row * width + 2 * MARGIN + 3 * NX + x], lround(127.5));
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(scale_bar_has_its_length)
{
    static const struct {
        double voxel;
        const char *zoom, *bar;
        int64_t pixels;
        double length;
    } cases[] = {
        { 0.5, "zoom=4", "bar=10", 80, 10 },
        { 0.5, "zoom=1", "bar=10", 20, 10 },
        { 0.25, "zoom=4", "bar=0", 32, 2 },
        { 1, "zoom=5", "bar=0", 50, 10 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        loom_value *v = ramp_volume(cases[i].voxel);
        op_call c = { .op = op_load("view.slices"), .params = { cases[i].zoom, cases[i].bar } };
        op_input(&c, "volume", v);
        op_must_run(&c);
        ck_assert_int_eq(bar_length(&c), cases[i].pixels);
        const loom_attribute *length = value_attribute(op_output(&c, "panel"), "scale_bar");
        ck_assert(length && length->number == cases[i].length);
        op_end(&c);
        value_free(v);
    }
}
END_TEST

START_TEST(slab_is_the_mean_of_its_slices)
{
    float density[4 * 8 * 8] = { 0 };
    for (int i = 0; i < 64; i++) density[64 + i] = 1; /* z = 1 of 0 .. 3 */
    loom_value *v = make_volume(4, 8, 8, 1, density);
    op_call c = { .op = op_load("view.slices"),
                  .params = { "zoom=1", "low=0", "high=1", "slab=2", "at=[0, 0, -0.5]" } };
    op_input(&c, "volume", v);
    op_must_run(&c);
    const loom_array *image = picture(&c);
    ck_assert_int_eq(
        ((const uint8_t *)image->data)[(image->dim[0] / 2) * image->dim[1] + MARGIN + 4],
        lround(127.5));
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(refuses_what_it_cannot_show)
{
    loom_value *v = ramp_volume(0.5);
    op_call c = { .op = op_load("view.slices"), .params = { "at=[0, 0, 50]" } };
    op_input(&c, "volume", v);
    op_must_fail(&c, LOOM_E_PARAM, "at", "outside the volume");
    c.params[0] = "at=[0, 0]";
    op_must_fail(&c, LOOM_E_PARAM, "at", "give x, y, z");
    c.params[0] = "low=2";
    op_must_fail(&c, LOOM_E_PARAM, "high", "below low");
    c.params[0] = "bar=1000";
    op_must_fail(&c, LOOM_E_PARAM, "bar", "wider than the volume");
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("view.slices", png_decodes_to_the_panel, grey_is_linear_in_density,
          scale_bar_has_its_length, slab_is_the_mean_of_its_slices, refuses_what_it_cannot_show)
