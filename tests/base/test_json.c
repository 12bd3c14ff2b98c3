/* Property: whatever goes in, what comes out is JSON that reads back as the same. */
#include "base/json.h"
#include "support/suite.h"
#include <math.h>

static void must_write(const char *s, const char *expected)
{
    text t = { 0 };
    json_quoted(&t, s);
    ck_assert_str_eq(t.data, expected);
    text_free(&t);
}

START_TEST(texts_are_escaped)
{
    must_write("plain", "\"plain\"");
    must_write("a \"b\" \\ c", "\"a \\\"b\\\" \\\\ c\"");
    must_write("line\nnext\ttab\x01", "\"line\\nnext\\u0009tab\\u0001\"");
    must_write("\xc3\xa5ngstr\xc3\xb6m \xe2\x84\xab \xf0\x9f\x94\xac",
               "\"\xc3\xa5ngstr\xc3\xb6m \xe2\x84\xab \xf0\x9f\x94\xac\"");
    must_write(NULL, "null");
}
END_TEST

#define FFFD "\xef\xbf\xbd"
START_TEST(bytes_that_are_no_text_are_replaced)
{
    must_write("a\xff"
               "b",
               "\"a" FFFD "b\"");
    must_write("\xc0\x80", "\"" FFFD FFFD "\"");          /* overlong */
    must_write("\xed\xa0\x80", "\"" FFFD FFFD FFFD "\""); /* half of a surrogate pair */
    must_write("\xf5\x80\x80\x80", "\"" FFFD FFFD FFFD FFFD "\"");
    must_write("cut \xe2\x84", "\"cut " FFFD FFFD "\"");
}
END_TEST

START_TEST(members_are_separated_and_numbers_are_short)
{
    text t = { 0 };
    text_putc(&t, '{');
    json_member(&t, "name", "x");
    json_member_number(&t, "third", 0.1);
    json_member_number(&t, "none", INFINITY);
    json_name(&t, "inner");
    text_putc(&t, '{');
    json_member_number(&t, "n", -3);
    text_puts(&t, "}}");
    ck_assert_str_eq(t.data,
                     "{\"name\": \"x\", \"third\": 0.1, \"none\": null, \"inner\": {\"n\": -3}}");
    text_free(&t);
}
END_TEST

TEST_MAIN("base json", texts_are_escaped, bytes_that_are_no_text_are_replaced,
          members_are_separated_and_numbers_are_short)
