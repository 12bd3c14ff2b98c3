/* Numbers with a unit of their own: the same double as in the wanted unit, or not read. */
#include "base/unit.h"
#include "support/suite.h"
#include <math.h>

START_TEST(one_length_in_every_unit_is_one_number)
{
    static const char *const same[] = { "0.352 A",      "0.352A",       "0.352 angstrom",
                                        "0.0352 nm",    "35.2 pm",      "3.52e-5 um",
                                        "3.52e-05 µm",  "0.0000352 μm", "3.52e-8 mm",
                                        "3.52e-11   m", "+0.352 Å",     "0.352 \xe2\x84\xab",
                                        ".352Å",        "352e-4nm" };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        double v = 0;
        ck_assert_msg(unit_number(same[i], "angstrom", &v), "%s", same[i]);
        ck_assert_msg(v == 0.352, "%s: %.17g", same[i], v);
    }
}
END_TEST

START_TEST(angles_and_doses)
{
    double v;
    ck_assert(unit_number("1 rad", "degree", &v));
    ck_assert_double_eq_tol(v, 180 / M_PI, 1e-13);
    ck_assert(unit_number("-60 deg", "degree", &v));
    ck_assert_double_eq(v, -60);
    ck_assert(unit_number("300 e/nm^2", "e/angstrom^2", &v));
    ck_assert_double_eq(v, 3);
}
END_TEST

START_TEST(what_does_not_fit_is_not_read)
{
    static const char *const wrong[][2] = { { "3 rad", "angstrom" },    { "3 nm", "pixel" },
                                            { "nm", "angstrom" },       { "3 nmx", "angstrom" },
                                            { "3,5 nm", "angstrom" },   { "3..5 nm", "angstrom" },
                                            { "1e400 nm", "angstrom" }, { "3 nm 4", "angstrom" },
                                            { "", "angstrom" } };
    double v;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!unit_number(wrong[i][0], wrong[i][1], &v), "%s", wrong[i][0]);
    ck_assert(!unit_number("3 nm", NULL, &v));
    ck_assert_ptr_null(unit_choices("pixel"));
    ck_assert_ptr_nonnull(unit_choices("degree"));
}
END_TEST

TEST_MAIN("base.unit", one_length_in_every_unit_is_one_number, angles_and_doses,
          what_does_not_fit_is_not_read)
