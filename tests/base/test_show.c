/* base/show, base/utf8: nothing that a terminal acts on is printed, and what is harmless stays as
 * it is. */
#include "base/json.h"
#include "base/show.h"
#include "base/utf8.h"
#include "kit/rng.h"
#include "support/suite.h"
#include <jansson.h>
#include <string.h>

typedef struct shown {
    const char *given, *line;
} shown;
static const shown cases[] = {
    { "plain, \xc3\xa9, \xe2\x84\xab, \xf0\x9f\x94\xac \\x1b",
      "plain, \xc3\xa9, \xe2\x84\xab, \xf0\x9f\x94\xac \\x1b" },
    { "\033]0;OWNED\007", "\\x1b]0;OWNED\\x07" },
    { "a\nb\tc\rd", "a\\nb\\tc\\rd" },
    { "\x7f\xc2\x9b"
      "31m",
      "\\x7f\\u009b31m" },
    { "\xff\xc3(\xed\xa0\x80\xc0\xaf\xf5", "\\xff\\xc3(\\xed\\xa0\\x80\\xc0\\xaf\\xf5" },
    { "\xe2\x80\xae"
      "abc\xe2\x81\xa6\xe2\x80\xa8",
      "\\u202eabc\\u2066\\u2028" },
    { "\xe2\x80\x8f\xd8\x9c\xef\xbb\xbf\xf3\xa0\x81\x81", "\\u200f\\u061c\\ufeff\\U000e0041" },
};

START_TEST(what_a_terminal_acts_on_is_written_out)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        text t = { 0 };
        show_line(&t, cases[i].given, strlen(cases[i].given));
        ck_assert_str_eq(t.data, cases[i].line);
        text_free(&t);
    }
    text t = { 0 };
    show_line(&t, "a\0b", 3);
    ck_assert_str_eq(t.data, "a\\x00b");
    text_clear(&t);
    show_lines(&t, "a\r\n\tb\rc\033", 8);
    ck_assert_str_eq(t.data, "a\n\tb\\rc\\x1b");
    text_free(&t);
}
END_TEST

/* Is every character one that may be printed? */
static bool is_harmless(const text *t)
{
    for (size_t i = 0, n; i < t->length; i += n) {
        uint32_t c;
        n = utf8_read(t->data + i, t->length - i, &c);
        if (!n || show_hides(c)) return false;
    }
    return true;
}

START_TEST(random_bytes_come_out_harmless)
{
    for (uint64_t i = 0; i < 20000; i++) {
        char bytes[24];
        text t = { 0 }, x = { 0 }, j = { 0 };
        size_t n = loom_random(7, 1, i) % sizeof bytes;
        for (size_t k = 0; k < n; k++)
            bytes[k] =
                (char)(loom_random(7, 2, 32 * i + k) >> (k % 3 ? 32 : 8) & (k % 2 ? 0xff : 0xbf));
        bytes[n] = 0;
        show_line(&t, bytes, n);
        show_xml(&x, bytes);
        json_quoted(&j, bytes);
        ck_assert(is_harmless(&t) && is_harmless(&x) && is_harmless(&j));
        json_t *o = json_loads(j.data, JSON_DECODE_ANY, NULL);
        ck_assert_msg(o != NULL, "no JSON: %s", j.data);
        json_decref(o);
        text_free(&t);
        text_free(&x);
        text_free(&j);
    }
}
END_TEST

START_TEST(json_holds_the_text_itself)
{
    const char *given = "\033\x7f\xc2\x85\xe2\x80\xae\xf3\xa0\x81\x81\"\\\t\n";
    text j = { 0 };
    json_quoted(&j, given);
    ck_assert_str_eq(j.data, "\"\\u001b\\u007f\\u0085\\u202e\\udb40\\udc41\\\"\\\\\\u0009\\n\"");
    json_t *o = json_loads(j.data, JSON_DECODE_ANY, NULL);
    ck_assert_str_eq(json_string_value(o), given);
    json_decref(o);
    text_free(&j);
}
END_TEST

START_TEST(labels_are_quoted)
{
    text t = { 0 };
    show_xml(&t, "a<b>&\"c' \x01\xef\xbf\xbe");
    ck_assert_str_eq(t.data, "a&lt;b&gt;&amp;&quot;c&#39; \\x01\\ufffe");
    text_clear(&t);
    show_dot(&t, "a\"b\\\033 more", 5);
    ck_assert_str_eq(t.data, "a\\\"b\\\\\\\\x1b");
    text_free(&t);
}
END_TEST

START_TEST(texts_are_cut_between_characters)
{
    ck_assert_uint_eq(utf8_cut("a\xc3\xa9", 3), 3);
    ck_assert_uint_eq(utf8_cut("a\xc3\xa9", 2), 1);
    ck_assert_uint_eq(utf8_cut("\xf0\x9f\x94\xac", 3), 0);
    ck_assert_uint_eq(utf8_cut("abc", 2), 2);
    ck_assert_uint_eq(utf8_cut("", 0), 0);
    ck_assert_int_eq(utf8_count("a\xc3\xa9\xff", 4), 3);
}
END_TEST

TEST_MAIN("base show", what_a_terminal_acts_on_is_written_out, random_bytes_come_out_harmless,
          json_holds_the_text_itself, labels_are_quoted, texts_are_cut_between_characters)
