/* align.rotate: images turned by what a table says are those of a specimen that was not turned; the
 * angle that align.common_line measures turns a series upright. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

enum { NT = 3, E = 64, N = E * E };
static const double turned_deg[NT] = { 0, 4.5, -90 };
static float image[NT * N];

static double scene(double x, double y)
{
    return 10 * exp(-((x - 9) * (x - 9) + y * y) / 32) + 6 * exp(-(x * x + (y + 7) * (y + 7)) / 24);
}

/* The scene, turned from x towards y. */
static loom_value *record(void)
{
    static const double angles[3 * NT];
    for (int k = 0; k < NT; k++)
        for (int i = 0; i < N; i++) {
            double a = turned_deg[k] * 3.14159265358979 / 180, x = i % E - E / 2, y = i / E - E / 2;
            image[k * N + i] = (float)(1 + scene(x * cos(a) + y * sin(a), y * cos(a) - x * sin(a)));
        }
    loom_value *v = make_tilt_series(NT, E, E, 0.5, image, angles);
    value_set_number(v, "counts", 1, NULL, NULL);
    value_set_number(v, "background", 1, NULL, NULL);
    return v;
}

static loom_value *table_of(int64_t rows)
{
    loom_value *table = make_value("table");
    make_array(table, "rotation", LOOM_F64, 1, &rows, "degree", turned_deg);
    return table;
}

START_TEST(a_table_turns_images_back)
{
    loom_value *v = record(), *table = table_of(NT);
    op_call c = { .op = op_load("align.rotate") };
    op_input(&c, "tilts", v);
    op_input(&c, "shifts", table);
    op_must_be_deterministic(&c);
    const float *out = value_array(op_output(&c, "tilts"), "images")->data;
    for (int k = 0; k < NT; k++)
        for (int i = 0; i < N; i++) {
            double x = i % E - E / 2, y = i / E - E / 2;
            if (hypot(x, y) < E / 2 - 2)
                ck_assert_double_eq_tol((double)out[k * N + i], 1 + scene(x, y), 0.02);
        }
    const double *factor = value_array(op_output(&c, "tilts"), "noise_factor")->data;
    ck_assert_double_eq(factor[0], 1);
    ck_assert_double_lt(factor[1], 0.95); /* interpolated */
    ck_assert_double_gt(factor[1], 0.5);
    ck_assert_double_eq(value_attribute(op_output(&c, "tilts"), "counts")->number, 0);
    op_end(&c);
    value_free(table);
    value_free(v);
}
END_TEST

START_TEST(an_angle_turns_all_images_and_wrong_tables_are_refused)
{
    loom_value *v = record(), *table = table_of(2);
    op_call c = { .op = op_load("align.rotate"), .params = { "angle=90", "back=false" } };
    op_input(&c, "tilts", v);
    op_must_run(&c);
    const float *out = value_array(op_output(&c, "tilts"), "images")->data;
    for (int y = 1; y < E; y++)
        for (int x = 1; x < E; x++) /* (x, y) from the centre comes from (y, -x) */
            ck_assert_float_eq_tol(out[y * E + x], image[(E - x) * E + y], 1e-5f);
    op_end(&c);
    c = (op_call){ .op = op_load("align.rotate") };
    op_input(&c, "tilts", v);
    op_input(&c, "shifts", table);
    op_must_fail(&c, LOOM_E_DATA, "shifts", "has 2 rows; expected 3, one for each of the images");
    op_end(&c);
    value_free(table);
    value_free(v);
}
END_TEST

TEST_MAIN("align.rotate", a_table_turns_images_back,
          an_angle_turns_all_images_and_wrong_tables_are_refused)
