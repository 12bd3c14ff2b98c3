/* io.tilt_series and io.volume: what goes in comes out with its meaning; what does not fit together
 * is refused. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <stdio.h>
#include <kit/rng.h>
#include <stdlib.h>
#include <string.h>

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

/* The angles as [tilt][3], as [3][tilt] and, thetas alone, as [1][tilt] give the same orientations.
 */
START_TEST(three_layouts_of_angles)
{
    double rows[NT * 3] = { 0 }, columns[3 * NT] = { 0 }, theta[NT];
    for (int k = 0; k < NT; k++) rows[3 * k + 1] = columns[NT + k] = theta[k] = 10 * k - 15;
    loom_value *im = images();
    loom_value *layouts[] = { array_of(LOOM_F64, 2, (int64_t[]){ NT, 3 }, rows),
                              array_of(LOOM_F64, 2, (int64_t[]){ 3, NT }, columns),
                              array_of(LOOM_F64, 2, (int64_t[]){ 1, NT }, theta) };
    for (int l = 0; l < 3; l++) {
        op_call c = { .op = op_load("io.tilt_series"),
                      .params = { "pixel_size=0.5", "background=2", "subtract=true", "counts=true",
                                  "dose=100" } };
        op_input(&c, "images", im);
        op_input(&c, "angles", layouts[l]);
        op_must_run(&c);
        const loom_value *t = op_output(&c, "tilts");
        ck_assert_mem_eq(value_array(t, "angles")->data, rows, sizeof rows);
        for (int i = 0; i < NT * NY * NX; i++)
            ck_assert_float_eq(((float *)value_array(t, "images")->data)[i], (float)(i - 2));
        ck_assert_double_eq(value_attribute(t, "dose")->number, 100);
        ck_assert_ptr_null(
            value_attribute(t, "counts")); /* once subtracted they are counts no more */
        op_end(&c);
        value_free(layouts[l]);
    }
    value_free(im);
}
END_TEST

static loom_value *table_of(const char *name, const double theta[NT], const double *psi)
{
    loom_value *v = make_value("table");
    make_array(v, name, LOOM_F64, 1, (int64_t[]){ NT }, NULL, theta);
    if (psi) make_array(v, "psi", LOOM_F64, 1, (int64_t[]){ NT }, NULL, psi);
    return v;
}

/* An array for every tilt or for several, and a table of angles, give the same series as one array
 * of each. */
START_TEST(many_arrays_and_a_table)
{
    int32_t data[NT * NY * NX];
    double theta[NT], psi[NT], rows[NT * 3] = { 0 };
    for (int i = 0; i < NT * NY * NX; i++) data[i] = i;
    for (int k = 0; k < NT; k++) {
        rows[3 * k + 1] = theta[k] = 10 * k - 15;
        psi[k] = 0.5 * k;
    }
    loom_value *first = array_of(LOOM_I32, 3, (int64_t[]){ 3, NY, NX }, data),
               *last = array_of(LOOM_I32, 2, (int64_t[]){ NY, NX }, data + 3 * NY * NX);
    loom_value *tables[] = { table_of("column_1", theta, NULL), table_of("theta", theta, psi) };
    for (int t = 0; t < 2; t++) {
        op_call c = { .op = op_load("io.tilt_series"), .params = { "pixel_size=0.5" } };
        op_input(&c, "images", first);
        op_input(&c, "images", last);
        op_input(&c, "angles", tables[t]);
        op_must_run(&c);
        const loom_value *out = op_output(&c, "tilts");
        for (int k = 0; t && k < NT; k++) rows[3 * k + 2] = psi[k];
        ck_assert_mem_eq(value_array(out, "angles")->data, rows, sizeof rows);
        for (int i = 0; i < NT * NY * NX; i++)
            ck_assert_float_eq(((float *)value_array(out, "images")->data)[i], (float)i);
        op_end(&c);
    }
    value_free(tables[0]);
    value_free(tables[1]);
    value_free(first);
    value_free(last);
}
END_TEST

/* A column brings its unit along; one of words is no column of angles. */
START_TEST(angles_of_a_table_have_units)
{
    double theta[NT] = { -500, 0, 250, 1000 };
    int64_t rows = NT;
    loom_value *all = images(), *mrad = make_value("table"), *length = make_value("table"),
               *words = make_value("table");
    make_array(mrad, "theta", LOOM_F64, 1, &rows, "mrad", theta);
    make_array(length, "theta", LOOM_F64, 1, &rows, "nm", theta);
    make_array(words, "theta", LOOM_I32, 1, &rows, NULL, (int32_t[NT]){ 0, 1, 2, 3 });
    value_set_text(words, "categories.theta", "a\nb\nc\nd", NULL);
    loom_value *tables[] = { length, words };
    static const char *const says[] = { "'theta' is in 'nm'", "'theta' holds words" };
    for (int t = 0; t < 2; t++) {
        op_call c = { .op = op_load("io.tilt_series"), .params = { "pixel_size=0.5" } };
        op_input(&c, "images", all);
        op_input(&c, "angles", tables[t]);
        op_must_fail(&c, LOOM_E_DATA, "angles", says[t]);
        op_end(&c);
        value_free(tables[t]);
    }
    op_call c = { .op = op_load("io.tilt_series"), .params = { "pixel_size=0.5" } };
    op_input(&c, "images", all);
    op_input(&c, "angles", mrad);
    op_must_run(&c);
    const double *angle = value_array(op_output(&c, "tilts"), "angles")->data;
    for (int k = 0; k < NT; k++)
        ck_assert_double_eq_tol(angle[3 * k + 1], theta[k] * 0.0572957795130823, 1e-12);
    op_end(&c);
    value_free(mrad);
    value_free(all);
}
END_TEST

START_TEST(arrays_and_tables_that_do_not_fit)
{
    int32_t data[NT * NY * NX] = { 0 };
    double theta[NT] = { -10, 0, 10, 20 };
    loom_value *all = images(), *wide = array_of(LOOM_I32, 2, (int64_t[]){ NX, NY }, data);
    loom_value *other = table_of("angle", theta, theta), *one = table_of("theta", theta, NULL);
    op_call sizes = { .op = op_load("io.tilt_series"), .params = { "pixel_size=0.5" } };
    op_input(&sizes, "images", all);
    op_input(&sizes, "images", wide);
    op_input(&sizes, "angles", one);
    op_must_fail(&sizes, LOOM_E_DATA, "images", "array 2 has images of 3 x 2 pixels");
    op_call which = { .op = op_load("io.tilt_series"), .params = { "pixel_size=0.5" } };
    op_input(&which, "images", all);
    op_input(&which, "angles", other);
    op_must_fail(&which, LOOM_E_DATA, "angles", "none of them is 'theta'");
    op_call rows = { .op = op_load("io.tilt_series"), .params = { "pixel_size=0.5" } };
    op_input(&rows, "images", all);
    op_input(&rows, "images", all);
    op_input(&rows, "angles", one);
    op_must_fail(&rows, LOOM_E_DATA, "angles", "has 4 rows; expected 8");
    op_call kind = { .op = op_load("io.tilt_series"), .params = { "pixel_size=0.5" } };
    loom_value *atoms = make_value("atoms");
    op_input(&kind, "images", all);
    op_input(&kind, "angles", atoms);
    op_must_fail(&kind, LOOM_E_DATA, "angles", "found atoms");
    op_end(&sizes);
    op_end(&which);
    op_end(&rows);
    op_end(&kind);
    value_free(atoms);
    value_free(all);
    value_free(wide);
    value_free(other);
    value_free(one);
}
END_TEST

START_TEST(background_is_noted_with_the_counts)
{
    double theta[NT] = { 0 };
    loom_value *im = images(), *an = array_of(LOOM_F64, 1, (int64_t[]){ NT }, theta);
    op_call c = { .op = op_load("io.tilt_series"),
                  .params = { "pixel_size=0.5", "background=2", "counts=true" } };
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
    loom_value *short_angles = array_of(LOOM_F64, 1, (int64_t[]){ NT + 1 }, theta),
               *an = array_of(LOOM_F64, 1, (int64_t[]){ NT }, theta);
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

/* Warnings for `nt` images of one pixel with these thetas. */
static const char *warnings_for(int64_t nt, const double *theta, const char *unit)
{
    static char warnings[4096];
    loom_value *im = make_value("array"), *an = make_value("array");
    make_array(im, "data", LOOM_F64, 3, (int64_t[]){ nt, 1, 1 }, NULL, NULL);
    make_array(an, "data", LOOM_F64, 1, &nt, unit, theta);
    op_call c = { .op = op_load("io.tilt_series"), .params = { "pixel_size=1" } };
    op_input(&c, "images", im);
    op_input(&c, "angles", an);
    op_must_run(&c);
    snprintf(warnings, sizeof warnings, "%s", c.warnings);
    op_end(&c);
    value_free(im);
    value_free(an);
    return warnings;
}

START_TEST(implausible_angles_are_reported)
{
    enum { N = 31 };
    double radians[N], turn[N], degrees[N], symmetric[N], milli[N], same[N], twice[N];
    for (int k = 0; k < N; k++) {
        degrees[k] = 4 * k - 60;
        radians[k] = degrees[k] * M_PI / 180;
        turn[k] = 2 * M_PI * k / N;
        symmetric[k] = (k & 1 ? 3 : -3) * ((k + 1) / 2); /* 0, 3, -3, 6, -6, ... */
        milli[k] = 1000 * radians[k];
        same[k] = 30;
        twice[k] = 4 * (k / 2);
    }
    ck_assert_ptr_nonnull(
        strstr(warnings_for(N, radians, ""), "angles: the angles of all 31 tilts"));
    ck_assert_ptr_nonnull(strstr(warnings_for(11, radians + 10, ""), "radians"));
    ck_assert_ptr_nonnull(strstr(warnings_for(N, turn, ""), "full turn"));
    ck_assert_ptr_nonnull(strstr(warnings_for(N, milli, ""), "another unit"));
    ck_assert_ptr_nonnull(strstr(warnings_for(N, same, ""), "are the same"));
    ck_assert_ptr_nonnull(strstr(warnings_for(N, twice, ""), "15 of 31 orientations"));
    ck_assert_str_eq(warnings_for(N, degrees, ""), "");
    double some[N];
    memcpy(some, degrees, sizeof some);
    some[10] = some[20] = some[0]; /* two repeats, then four */
    ck_assert_str_eq(warnings_for(N, some, ""), "");
    some[11] = some[21] = some[1];
    ck_assert_ptr_nonnull(strstr(warnings_for(N, some, ""), "4 of 31 orientations"));
    ck_assert_str_eq(warnings_for(N, symmetric, "degree"), "");
    ck_assert_str_eq(warnings_for(10, radians + 10, ""), ""); /* few tilts may lie close together */
    degrees[N - 1] = degrees[0];
    ck_assert_str_eq(warnings_for(N, degrees, ""), ""); /* the first view once more at the end */
    ck_assert_str_eq(warnings_for(N, radians, "radian"), ""); /* the unit is known: converted */
}
END_TEST

/* ---- what the images show ----------------------------------------------------------------------
 */

enum { NS = 9, SIDE = 40 };
/* A series of 30 blobs tilted about y (or about x, where `turned`), moved by whole pixels and with
 * noise as a microscope gives it; `angle` is the column that the tilts stand in. */
static const char *warnings_of_images(bool turned, double noise, int angle, double background,
                                      const char *p1, const char *p2)
{
    static char warnings[4096];
    static float images[NS * SIDE * SIDE];
    double angles[NS * 3] = { 0 };
    for (int k = 0; k < NS; k++) {
        double t = (15 * k - 60) * M_PI / 180, z[2];
        angles[3 * k + angle] = 15 * k - 60;
        for (int i = 0; i < SIDE * SIDE; i++) {
            int x = turned ? i / SIDE : i % SIDE, y = turned ? i % SIDE : i / SIDE;
            double sum = background;
            for (uint64_t b = 0; b < 30; b++) {
                double u[3];
                for (uint64_t a = 0; a < 3; a++) u[a] = 16 * (loom_uniform(3, a, b) - 0.5);
                double dx = x - 20 - k % 3 - (u[0] * cos(t) - u[2] * sin(t)), dy = y - 19 - u[1];
                sum += 10 * exp(-(dx * dx + dy * dy) / 4);
            }
            loom_normal2(5, (uint64_t)k, (uint64_t)i, z);
            images[k * SIDE * SIDE + i] = (float)(sum + noise * z[0]);
        }
    }
    loom_value *im = array_of(LOOM_F32, 3, (int64_t[]){ NS, SIDE, SIDE }, images),
               *an = array_of(LOOM_F64, 2, (int64_t[]){ NS, 3 }, angles);
    op_call c = { .op = op_load("io.tilt_series"), .params = { "pixel_size=1", p1, p2 } };
    op_input(&c, "images", im);
    op_input(&c, "angles", an);
    op_must_run(&c);
    snprintf(warnings, sizeof warnings, "%s", c.warnings);
    op_end(&c);
    value_free(im);
    value_free(an);
    return warnings;
}

START_TEST(exchanged_axes_are_reported)
{
    static const char other[] = "images: x is likelier the tilt axis";
    for (double noise = 0; noise < 6; noise += 2) { /* a blob is 10 high */
        ck_assert_str_eq(warnings_of_images(false, noise, 1, 50, NULL, NULL), "");
        ck_assert_ptr_nonnull(strstr(warnings_of_images(true, noise, 1, 50, NULL, NULL), other));
    }
    ck_assert_str_eq(warnings_of_images(true, 200, 1, 50, NULL, NULL), ""); /* nothing to see */
    /* tilts about x, as psi says */
    ck_assert_str_eq(warnings_of_images(true, 0, 2, 50, NULL, NULL), "");
}
END_TEST

START_TEST(tilts_in_the_column_of_phi_are_reported)
{
    ck_assert_ptr_nonnull(strstr(warnings_of_images(false, 0, 0, 50, NULL, NULL),
                                 "angles: phi runs over 120 degrees"));
}
END_TEST

START_TEST(a_background_that_is_too_high_is_reported)
{
    const char *subtract = "subtract=true";
    for (double noise = 0; noise < 6; noise += 2) {
        ck_assert_str_eq(warnings_of_images(false, noise, 1, 50, "background=50", subtract), "");
        ck_assert_str_eq(warnings_of_images(false, noise, 1, 50, "background=45", subtract), "");
        ck_assert_ptr_nonnull(strstr(
            warnings_of_images(false, noise, 1, 50, "background=55", subtract), "background: "));
        ck_assert_str_eq(warnings_of_images(false, noise, 1, 50, "background=55", NULL), "");
    }
}
END_TEST

/* 0: the size of the file; given and another one: a warning with both. */
START_TEST(the_size_in_the_file)
{
    static const struct {
        const char *op, *in, *parameter, *attribute, *unit;
        double of_file, given, size;
        bool warns;
    } cases[] = {
        { "io.tilt_series", "images", "pixel_size", "pixel_size", "angstrom", 2, 0, 2, false },
        { "io.tilt_series", "images", "pixel_size", "voxel_size", "angstrom", 2, 0, 2, false },
        { "io.tilt_series", "images", "pixel_size", "pixel_size", "nm", 0.2, 0, 2, false },
        { "io.tilt_series", "images", "pixel_size", "pixel_size", "angstrom", 2, 2.01, 2.01,
          false },
        { "io.tilt_series", "images", "pixel_size", "pixel_size", "angstrom", 2, 0.2, 0.2, true },
        { "io.tilt_series", "images", "pixel_size", NULL, NULL, 0, 0.2, 0.2, false },
        { "io.tilt_series", "images", "pixel_size", NULL, NULL, 0, 0, 0, false },
        { "io.tilt_series", "images", "pixel_size", "pixel_size", "angstrom", -2, 0, 0, false },
        { "io.volume", "array", "voxel_size", "voxel_size", "angstrom", 2, 0, 2, false },
        { "io.volume", "array", "voxel_size", "voxel_size", "angstrom", 2, 1.9, 1.9, true },
        { "io.volume", "array", "voxel_size", "pixel_size", "angstrom", 2, 0, 0, false },
    };
    double theta[NT] = { 0, 10, 20, 30 };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char given[64];
        loom_value *im = images(), *an = array_of(LOOM_F64, 1, (int64_t[]){ NT }, theta);
        if (cases[i].attribute)
            value_set_number(im, cases[i].attribute, cases[i].of_file, cases[i].unit, NULL);
        snprintf(given, sizeof given, "%s=%g", cases[i].parameter, cases[i].given);
        op_call c = { .op = op_load(cases[i].op), .params = { given } };
        op_input(&c, cases[i].in, im);
        if (cases[i].op[3] == 't') op_input(&c, "angles", an);
        if (cases[i].size > 0) {
            op_must_run(&c);
            const loom_value *out = op_output(&c, cases[i].op[3] == 't' ? "tilts" : "volume");
            ck_assert_double_eq_tol(value_attribute(out, cases[i].parameter)->number, cases[i].size,
                                    1e-12);
            ck_assert_int_eq(strstr(c.warnings, "has 2 angstrom") != NULL, cases[i].warns);
            ck_assert_int_eq(*c.warnings != 0, cases[i].warns);
        } else op_must_fail(&c, LOOM_E_PARAM, cases[i].parameter, "in angstrom");
        op_end(&c);
        value_free(im);
        value_free(an);
    }
}
END_TEST

START_TEST(numbers_that_do_not_fit_or_are_no_counts)
{
    double theta[1] = { 0 }, large[2] = { 0, 1e39 }, negative[2] = { -1, 2.5 };
    double small[2] = { 0, -1e-60 };
    loom_value *an = array_of(LOOM_F64, 1, (int64_t[]){ 1 }, theta),
               *odd = array_of(LOOM_F64, 2, (int64_t[]){ 1, 2 }, negative);
    loom_value *im = array_of(LOOM_F64, 2, (int64_t[]){ 1, 2 }, large);
    op_call c = { .op = op_load("io.tilt_series"), .params = { "pixel_size=1", "counts=true" } };
    op_input(&c, "images", im);
    op_input(&c, "angles", an);
    op_must_fail(&c, LOOM_E_DATA, "images",
                 "the number at [0][1] of 'images', 1e+39, is too large");
    loom_value *tiny = array_of(LOOM_F64, 2, (int64_t[]){ 1, 2 }, small);
    c.input[0].value = tiny;
    op_must_fail(&c, LOOM_E_DATA, "images",
                 "all numbers of 'images', such as -1e-60, are too small");
    c.input[0].value = odd;
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "counts: 2 of 2 pixels"));
    op_end(&c);
    value_free(im);
    value_free(odd);
    value_free(tiny);
    value_free(an);
}
END_TEST

START_TEST(volume_keeps_the_numbers_and_the_origin)
{
    uint8_t data[8] = { 0, 1, 2, 3, 4, 5, 6, 255 };
    loom_value *a = array_of(LOOM_U8, 3, (int64_t[]){ 2, 2, 2 }, data),
               *flat = array_of(LOOM_U8, 2, (int64_t[]){ 2, 4 }, data);
    op_call c = { .op = op_load("io.volume"),
                  .params = { "voxel_size=0.25", "origin=[1, -2, 3]" } };
    op_input(&c, "array", a);
    op_must_run(&c);
    const loom_value *v = op_output(&c, "volume");
    ck_assert_double_eq(value_attribute(v, "voxel_size")->number, 0.25);
    ck_assert_double_eq(((double *)value_array(v, "origin")->data)[1], -2);
    for (int i = 0; i < 8; i++)
        ck_assert_float_eq(((float *)value_array(v, "density")->data)[i], data[i]);
    c.params[1] = "origin=[1, 2]";
    op_must_fail(&c, LOOM_E_PARAM, "origin", "expected 0 or 3");
    c.params[1] = NULL;
    c.input[0].value = flat;
    op_must_fail(&c, LOOM_E_DATA, "array", "2 axes");
    op_end(&c);
    value_free(a);
    value_free(flat);
}
END_TEST

TEST_MAIN("io.tilt_series", many_arrays_and_a_table, arrays_and_tables_that_do_not_fit,
          angles_of_a_table_have_units, exchanged_axes_are_reported,
          tilts_in_the_column_of_phi_are_reported, a_background_that_is_too_high_is_reported,
          three_layouts_of_angles, background_is_noted_with_the_counts,
          what_does_not_fit_is_refused, volume_keeps_the_numbers_and_the_origin,
          implausible_angles_are_reported, the_size_in_the_file,
          numbers_that_do_not_fit_or_are_no_counts)
