/* align.shift and align.centre_of_mass: a blob moved by a known vector, the sum kept, the centre
 * where it belongs. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <stdlib.h>

enum { NT = 3, NY = 40, NX = 48 };
/* x, y from the rotation centre */
static const double where[NT][2] = { { 0, 0 }, { 2.3, -1.6 }, { -0.5, 3.25 } };

static double blob(double x, double y) { return 100 * exp(-(x * x + y * y) / 18); }

static loom_value *blobs(double level)
{
    static const double angles[3 * NT] = { 0, -30, 0, 0, 0, 0, 0, 30, 0 };
    float *v = malloc(sizeof(float) * NT * NY * NX);
    for (int k = 0; k < NT; k++)
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++)
                v[(k * NY + y) * NX + x] =
                    (float)(level + blob(x - NX / 2 - where[k][0], y - NY / 2 - where[k][1]));
    loom_value *tilts = make_tilt_series(NT, NY, NX, 0.5, v, angles);
    free(v);
    return tilts;
}

static loom_value *table_of(int64_t rows)
{
    loom_value *table = make_value("table");
    double x[NT], y[NT];
    for (int k = 0; k < NT; k++) {
        x[k] = where[k][0];
        y[k] = where[k][1];
    }
    make_array(table, "shift_x", LOOM_F64, 1, &rows, "pixel", x);
    make_array(table, "shift_y", LOOM_F64, 1, &rows, "pixel", y);
    return table;
}

/* Every image equals the blob at the rotation centre on that level. */
static void must_be_centred(const loom_value *tilts, double level)
{
    const float *v = value_array(tilts, "images")->data;
    for (int k = 0; k < NT; k++) {
        double sum = 0, expected = 0;
        for (int y = 0; y < NY; y++)
            for (int x = 0; x < NX; x++) {
                double want = level + blob(x - NX / 2, y - NY / 2),
                       got = (double)v[(k * NY + y) * NX + x];
                ck_assert_double_lt(fabs(got - want), 2e-3);
                sum += got;
                expected += want;
            }
        ck_assert_double_lt(fabs(sum / expected - 1), 1e-6);
    }
}

START_TEST(shift_moves_back_exactly)
{
    loom_value *tilts = blobs(7), *table = table_of(NT);
    op_call c = { .op = op_load("align.shift"), .params = { "background=7" } };
    op_input(&c, "tilts", tilts);
    op_input(&c, "shifts", table);
    op_must_be_deterministic(&c);
    must_be_centred(op_output(&c, "tilts"), 7);
    op_end(&c);
    value_free(table);
    value_free(tilts);
}
END_TEST

START_TEST(shift_refuses_a_table_of_another_length)
{
    loom_value *tilts = blobs(0), *table = table_of(2);
    op_call c = { .op = op_load("align.shift") };
    op_input(&c, "tilts", tilts);
    op_input(&c, "shifts", table);
    op_must_fail(&c, LOOM_E_DATA, "shifts", "has 2 rows; expected 3, one for each of the images");
    op_end(&c);
    value_free(table);
    value_free(tilts);
}
END_TEST

/* Displacements in a unit of length are not taken for pixels. */
START_TEST(shift_refuses_another_unit)
{
    loom_value *tilts = blobs(0), *table = make_value("table");
    int64_t rows = NT;
    double x[NT] = { 0 };
    make_array(table, "shift_x", LOOM_F64, 1, &rows, "px", x);
    make_array(table, "shift_y", LOOM_F64, 1, &rows, "nm", x);
    op_call c = { .op = op_load("align.shift") };
    op_input(&c, "tilts", tilts);
    op_input(&c, "shifts", table);
    op_must_fail(&c, LOOM_E_DATA, "shifts", "'shift_y' is in 'nm'; expected pixel");
    op_end(&c);
    value_free(table);
    value_free(tilts);
}
END_TEST

START_TEST(centre_of_mass_is_found_and_centred)
{
    loom_value *tilts = blobs(7);
    op_call c = { .op = op_load("align.centre_of_mass"), .params = { "background=7" } };
    op_input(&c, "tilts", tilts);
    op_must_be_deterministic(&c);
    const double *x = value_array(op_output(&c, "shifts"), "shift_x")->data,
                 *y = value_array(op_output(&c, "shifts"), "shift_y")->data;
    for (int k = 0; k < NT; k++) {
        ck_assert_double_lt(fabs(x[k] - where[k][0]), 1e-4);
        ck_assert_double_lt(fabs(y[k] - where[k][1]), 1e-4);
    }
    must_be_centred(op_output(&c, "tilts"), 7);
    op_end(&c);
    value_free(tilts);
}
END_TEST

START_TEST(centre_of_mass_refuses_empty_images)
{
    loom_value *tilts = blobs(0);
    op_call c = { .op = op_load("align.centre_of_mass"), .params = { "background=90" } };
    op_input(&c, "tilts", tilts);
    op_must_fail(&c, LOOM_E_DATA, "tilts", "check `background`");
    op_end(&c);
    value_free(tilts);
}
END_TEST

TEST_MAIN("align.shift", shift_moves_back_exactly, shift_refuses_a_table_of_another_length,
          shift_refuses_another_unit, centre_of_mass_is_found_and_centred,
          centre_of_mass_refuses_empty_images)
