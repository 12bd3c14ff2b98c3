/* kit.unit: units are one where they measure the same, whatever a program calls them, and nothing
 * else is. */
#include "kit/unit.h"
#include "support/suite.h"

START_TEST(the_same_thing_under_many_names)
{
    static const struct {
        const char *from, *to;
        double factor;
    } rows[] = {
        { "nm", "angstrom", 10 },
        { "A", "angstrom", 1 },
        { "\xc2\xb5m", "nm", 1000 },
        { "n_m", "pm", 1000 },
        { "deg", "degree", 1 },
        { "mrad", "degree", 0.0572957795130823 },
        { "degree", "rad", 0.0174532925199433 },
        { "px", "pixel", 1 },
        { "furlong", "furlong", 1 },
        { "nm", "degree", 0 },
        { "pixel", "angstrom", 0 },
        { "furlong", "angstrom", 0 },
        { "", "angstrom", 0 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_double_eq_tol(loom_unit_factor(rows[i].from, rows[i].to), rows[i].factor,
                                1e-14 * rows[i].factor + 1e-300);
}
END_TEST

TEST_MAIN("kit.unit", the_same_thing_under_many_names)
