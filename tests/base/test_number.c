/* base/number: numbers go to text and back unchanged; what is none is refused, with the reason and
 * what was probably meant. */
#include "base/number.h"
#include "kit/rng.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

START_TEST(a_number_reads_back_as_itself_and_is_as_short_as_can_be)
{
    char s[32];
    double v;
    ck_assert_str_eq(number_text(0.1, s), "0.1");
    ck_assert_str_eq(number_text(-0.0, s), "0");
    ck_assert_str_eq(number_text(3e5, s), "300000");
    ck_assert_str_eq(number_text(3e7, s), "3e+07");
    for (uint64_t i = 0; i < 20000; i++) {
        union {
            uint64_t bits;
            double number;
        } x = { loom_random(1, 2, i) };
        if (!isfinite(x.number)) continue;
        ck_assert(number_read(number_text(x.number, s), &v));
        ck_assert(v == x.number);
    }
}
END_TEST

START_TEST(only_whole_finite_numbers_are_read)
{
    static const char *const bad[] = { "",      " 1",  "1 ",  "1x", "nan",    "inf",  "0x10",
                                       "1e999", "--1", "1,5", ".",  "1e-400", "1e400" };
    double v;
    int64_t n;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!number_read(bad[i], &v), "'%s' was read", bad[i]);
    ck_assert(integer_read("3e5", &n) && n == 300000);
    ck_assert(integer_read("-7", &n) && n == -7);
    ck_assert(!integer_read("1.5", &n));
    ck_assert(!integer_read("99999999999999999999", &n));
}
END_TEST

START_TEST(what_is_no_number_says_why)
{
    static const struct {
        const char *text;
        number_status real, whole;
    } cases[] = {
        { "1e400", NUMBER_TOO_LARGE, NUMBER_TOO_LARGE },
        { "-1e400", NUMBER_TOO_LARGE, NUMBER_TOO_LARGE },
        { "1e-400", NUMBER_TOO_SMALL, NUMBER_FRACTION },
        { "0e-400", NUMBER_READ, NUMBER_READ },
        { "99999999999999999999", NUMBER_READ, NUMBER_TOO_LARGE },
        { "9223372036854775807", NUMBER_READ, NUMBER_READ },
        { "9223372036854775808", NUMBER_READ, NUMBER_TOO_LARGE },
        { "1e18", NUMBER_READ, NUMBER_INEXACT },
        { "1.5", NUMBER_READ, NUMBER_FRACTION },
        { "many", NUMBER_NONE, NUMBER_NONE },
        { "", NUMBER_NONE, NUMBER_NONE },
    };
    double v;
    int64_t n;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_msg(number_parse(cases[i].text, &v) == cases[i].real, "'%s' as a number",
                      cases[i].text);
        ck_assert_msg(integer_parse(cases[i].text, &n) == cases[i].whole, "'%s' as a whole number",
                      cases[i].text);
    }
}
END_TEST

START_TEST(advice_is_what_was_meant)
{
    static const struct {
        const char *text, *advice;
    } cases[] = {
        { "0,35", "numbers have no comma: write 0.35" },
        { "300,000",
          "numbers have no comma: write 300000, or 300.000 where a decimal point is meant" },
        { "1,234,567.5", "numbers have no comma: write 1234567.5" },
        { "0,350", "numbers have no comma: write 0.350" },
        { "300_000", "write 300000, without marks between the digits" },
        { "0.35 nm", "write the number alone: it is in angstrom" },
        { "5px", "write the number alone: it is in angstrom" },
        { "1e5 e/A", "write the number alone: it is in angstrom" },
        { "1/3", "write arithmetic inside ${ }: ${1/3}" },
        { "0x10", "write the number in decimal digits" },
        { ".inf", "nan and inf are not accepted" },
        { "NaN", "nan and inf are not accepted" },
        { "many", NULL },
        { "", NULL },
        { "1.2.3", NULL },
        { "1,2", "numbers have no comma: write 1.2" },
        { "1,2,3", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[128] = "";
        bool given = number_advice(cases[i].text, "angstrom", out, sizeof out);
        ck_assert_msg(given == (cases[i].advice != NULL), "'%s': '%s'", cases[i].text, out);
        if (given) ck_assert_str_eq(out, cases[i].advice);
    }
}
END_TEST

TEST_MAIN("base number", a_number_reads_back_as_itself_and_is_as_short_as_can_be,
          only_whole_finite_numbers_are_read, what_is_no_number_says_why, advice_is_what_was_meant)
