/* base/text: the growing text is sound, near words are found. */
#include "base/text.h"
#include "support/suite.h"
#include <string.h>

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

START_TEST(the_last_line_is_the_last_that_says_something)
{
    static const char *const said[][2] = {
        { "one", "one" }, { "one\ntwo\r\n\n ", "two" }, { "\n\n", "" }, { "", "" }
    };
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        text t = { 0 };
        text_puts(&t, said[i][0]);
        ck_assert_str_eq(text_last_line(&t), said[i][1]);
        text_free(&t);
    }
}
END_TEST

TEST_MAIN("base text", texts_grow, the_nearest_word_is_near,
          the_last_line_is_the_last_that_says_something)
