/* base/text: numbers go to text and back unchanged, the growing text is sound, near words are found. */
#include "base/text.h"
#include "kit/rng.h"
#include "support/suite.h"
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
        union { uint64_t bits; double number; } x = { loom_random(1, 2, i) };
        if (!isfinite(x.number)) continue;
        ck_assert(number_read(number_text(x.number, s), &v));
        ck_assert(v == x.number);
    }
}
END_TEST

START_TEST(only_whole_finite_numbers_are_read)
{
    static const char *const bad[] = { "", " 1", "1 ", "1x", "nan", "inf", "0x10", "1e999", "--1", "1,5", "." };
    double v;
    int64_t n;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) ck_assert_msg(!number_read(bad[i], &v), "'%s' was read", bad[i]);
    ck_assert(integer_read("3e5", &n) && n == 300000);
    ck_assert(integer_read("-7", &n) && n == -7);
    ck_assert(!integer_read("1.5", &n));
    ck_assert(!integer_read("99999999999999999999", &n));
}
END_TEST

START_TEST(texts_grow)
{
    text t = { 0 };
    for (int i = 0; i < 1000; i++) text_printf(&t, "%d,", i);
    ck_assert_uint_eq(t.length, 10 * 2 + 90 * 3 + 900 * 4);
    ck_assert_uint_eq(strlen(t.data), t.length);
    char *taken = text_take(&t);
    ck_assert(t.data == NULL && taken[0] == '0');
    free(taken);
}
END_TEST

START_TEST(the_nearest_word_is_near)
{
    static const char *const words[] = { "iterations", "step", "positivity" };
    ck_assert_int_eq(nearest_word("iteratons", words, 3), 0);
    ck_assert_int_eq(nearest_word("setp", words, 3), 1);
    ck_assert_int_eq(nearest_word("zebra", words, 3), -1);
    ck_assert_int_eq(edit_distance("kitten", "sitting", 9), 3);
    ck_assert_int_eq(edit_distance("ab", "ba", 9), 1);
}
END_TEST

TEST_MAIN("base text", a_number_reads_back_as_itself_and_is_as_short_as_can_be, only_whole_finite_numbers_are_read, texts_grow, the_nearest_word_is_near)
