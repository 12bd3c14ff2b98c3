/* Amounts of memory and time: one grammar, and no number without its unit. */
#include "base/quantity.h"
#include "support/suite.h"
#include <stdio.h>
#include <string.h>

static void is(const char *s, quantity_kind kind, double expected)
{
    double v = -1;
    ck_assert_msg(quantity_read(s, kind, &v) == QUANTITY_READ && v == expected,
                  "'%s' is %g, not %g", s, v, expected);
}

static void is_not(const char *s, quantity_kind kind, quantity_status expected)
{
    double v = -1;
    quantity_status found = quantity_read(s, kind, &v);
    ck_assert_msg(found == expected && v == -1, "'%s' gives status %d and %g", s, (int)found, v);
}

START_TEST(bytes)
{
    is("4 GiB", QUANTITY_BYTES, 4294967296.0);
    is("4GiB", QUANTITY_BYTES, 4294967296.0);
    is("0.5 MiB", QUANTITY_BYTES, 524288);
    is("500M", QUANTITY_BYTES, 524288000);
    is("8g", QUANTITY_BYTES, 8589934592.0);
    is("10GB", QUANTITY_BYTES, 1e10);
    is("1e3 kB", QUANTITY_BYTES, 1e6);
    is("12B", QUANTITY_BYTES, 12);
    is("0", QUANTITY_BYTES, 0);
    is("0 GiB", QUANTITY_BYTES, 0);
    const char *const bare[] = { "8", "10", "1e9", "0.5", "8 " };
    for (size_t i = 0; i < sizeof bare / sizeof *bare; i++)
        is_not(bare[i], QUANTITY_BYTES, QUANTITY_NO_UNIT);
    const char *const none[] = { "", "GiB", "-1GiB", "lots", "1..2GiB", "+3GiB", " 3GiB", "." };
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        is_not(none[i], QUANTITY_BYTES, QUANTITY_NO_NUMBER);
    const char *const other[] = { "10Gibi", "3min", "3Gib", "3Mb", "3 GiB x", "3e", "0 nothing" };
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        is_not(other[i], QUANTITY_BYTES, QUANTITY_OTHER_UNIT);
    is_not("2000000TB", QUANTITY_BYTES, QUANTITY_TOO_LARGE);
    is_not("1e300GiB", QUANTITY_BYTES, QUANTITY_TOO_LARGE);
}
END_TEST

START_TEST(times)
{
    is("90s", QUANTITY_TIME, 90);
    is("15 min", QUANTITY_TIME, 900);
    is("15m", QUANTITY_TIME, 900);
    is("1.5h", QUANTITY_TIME, 5400);
    is("30d", QUANTITY_TIME, 2592000);
    is("2w", QUANTITY_TIME, 1209600);
    is("0", QUANTITY_TIME, 0);
    is_not("30", QUANTITY_TIME, QUANTITY_NO_UNIT);
    is_not("10 minutes", QUANTITY_TIME, QUANTITY_OTHER_UNIT);
    is_not("3GiB", QUANTITY_TIME, QUANTITY_OTHER_UNIT);
    is_not("1e8 d", QUANTITY_TIME, QUANTITY_TOO_LARGE);
}
END_TEST

START_TEST(every_unit_that_is_named_is_understood)
{
    for (quantity_kind kind = QUANTITY_BYTES; kind <= QUANTITY_TIME; kind++) {
        char units[128], amount[32];
        snprintf(units, sizeof units, "%s", quantity_units(kind));
        for (char *rest = units, *one; (one = strsep(&rest, ", "));) {
            double v = 0;
            snprintf(amount, sizeof amount, "2%s", one);
            if (*one)
                ck_assert_msg(quantity_read(amount, kind, &v) == QUANTITY_READ && v >= 2, "%s",
                              one);
        }
    }
}
END_TEST

START_TEST(a_refused_option_says_how_to_write_it)
{
    error e = { 0 };
    double v;
    ck_assert(!quantity_option("--memory", "8", QUANTITY_BYTES, "10GiB", &v, &e));
    ck_assert_str_eq(e.message, "option '--memory' is '8', which has no unit");
    ck_assert_ptr_nonnull(strstr(e.todo, "8GiB or 8B"));
    e = (error){ 0 };
    ck_assert(!quantity_option("--time", "soon", QUANTITY_TIME, "30min", &v, &e));
    ck_assert_ptr_nonnull(strstr(e.todo, "30min"));
}
END_TEST

TEST_MAIN("base.quantity", bytes, times, every_unit_that_is_named_is_understood,
          a_refused_option_says_how_to_write_it)
