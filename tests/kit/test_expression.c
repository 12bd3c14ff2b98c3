/* Expressions: every operator against C's own, what binds most, three truths, and places of errors.
 */
#include "kit/expression.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

enum { ROWS = 4 };
static const double depth[ROWS] = { 1, 5.5, -2, NAN }, odd[ROWS] = { 2, 3, 4, 5 };
static const int32_t species[ROWS] = { 0, 1, 1, 0 }, fate[ROWS] = { 1, 0, 2, 1 };
static const uint8_t surface[ROWS] = { 1, 0, 0, 1 };
static const double cutoff = 3.5;
static const loom_expression_column columns[] = {
    { "depth", LOOM_F64, depth, 1, NULL, 0, NULL },
    { "odd name (nm)", LOOM_F64, odd, 1, NULL, 0, NULL },
    { "species", LOOM_I32, species, 1, "Pd Ir", ' ', NULL },
    { "before", LOOM_I32, fate, 1, "Pd Ir", ' ', NULL },
    { "fate", LOOM_I32, fate, 1, "same\nnew\nlost for good", '\n', NULL },
    { "surface", LOOM_U8, surface, 1, NULL, 0, NULL },
    { "index", LOOM_I64, NULL, 1, NULL, 0, NULL },
    { "cutoff", LOOM_F64, &cutoff, 0, NULL, 0, NULL },
};
enum { COLUMNS = sizeof columns / sizeof *columns };

static loom_expression e;

static double value(const char *text, int64_t row)
{
    loom_expression_error error;
    ck_assert_msg(loom_expression_parse(text, &e, &error), "%s: %s", text, error.text);
    ck_assert_msg(loom_expression_bind(&e, columns, COLUMNS, &error), "%s: %s", text, error.text);
    return loom_expression_at(&e, row);
}

static void is(const char *text, double expected)
{
    ck_assert_msg(fabs(value(text, 1) - expected) <= 1e-12 * fabs(expected),
                  "%s is %.17g, not %.17g", text, value(text, 1), expected);
}

/* Each row's truth as a letter: t, f, or ? for neither. */
static void holds(const char *text, const char *expected)
{
    char found[ROWS + 1] = "";
    for (int i = 0; i < ROWS; i++) {
        double v = value(text, i);
        found[i] = isnan(v) ? '?' : v != 0 ? 't' : 'f';
    }
    ck_assert_msg(!strcmp(found, expected), "%s holds for %s, not %s", text, found, expected);
}

START_TEST(numbers_bind_as_in_mathematics)
{
    is("1 + 2 * 3", 7);
    is("(1 + 2) * 3", 9);
    is("-2^2", -4);
    is("2^-1", 0.5);
    is("2^3^2", 512);
    is("8 / 4 / 2", 1);
    is("1 - 2 - 3", -4);
    is("-depth + +1", -4.5);
    is("3e-2 + .5 + 2.", 2.53);
    is("1e3-1", 999);
    is("2*`odd name (nm)`", 6);
    is("min(3, depth, 1e1)", 3);
    is("max(3,depth)", 5.5);
    is("abs(-2) + sqrt(16) + log(exp(2)) + log10(1000)", 11);
    is("floor(-1.5) + round(1.5)", 0);
    is("sin(30) + cos(60) + tan(45)", 2);
    is("index", 1);
    is("cutoff * 2", 7);
}
END_TEST

START_TEST(truths_follow_from_comparisons)
{
    holds("depth > 1", "ftf?");
    holds("depth >= 1", "ttf?");
    holds("depth < 1", "fft?");
    holds("depth <= 1", "tft?");
    holds("depth == 1", "tff?");
    holds("depth != 1", "ftt?");
    holds("species == 'Ir'", "fttf");
    holds("species != \"ir\"", "tfft"); /* symbols in any case */
    holds("'Ir' == species", "fttf");
    holds("species == Ir", "fttf");
    holds("fate == 'lost for good'", "fftf");
    holds("fate == 'found'", "ffff");
    holds("not surface", "fttf");
    holds("surface and index < 2", "tfff");
    holds("species == Ir or surface", "tttt");
    holds("not surface and not depth < 0", "ftff");
    holds("(depth > 1) and surface", "fff?");
    holds("depth > 1 or surface", "ttft"); /* true whatever the missing number is */
    holds("not depth > 1", "tft?");
    holds("depth > cutoff", "ftf?");
    holds("sqrt(depth) > 2", "ft??");
    holds("fate == 'new' or fate == 'same'", "ttft");
}
END_TEST

/* `place` is what the error points at. */
static void refused(const char *text, const char *place, const char *fragment)
{
    loom_expression_error error = { 0 };
    bool good = loom_expression_parse(text, &e, &error)
                && loom_expression_bind(&e, columns, COLUMNS, &error);
    ck_assert_msg(!good, "'%s' is taken", text);
    ck_assert_msg(strstr(error.text, fragment), "'%s': %s", text, error.text);
    ck_assert_msg(error.length == (int)strlen(place)
                      && !strncmp(text + error.at, place, strlen(place)),
                  "'%s' points at %d, %d bytes", text, error.at, error.length);
}

START_TEST(errors_have_a_place)
{
    refused("", "", "ends here");
    refused("depth >", "", "ends here");
    refused("depth >> 5", ">", "found '>'");
    refused("(depth > 5", "", "an operator or )");
    refused("depth > 5)", ")", "an operator or the end");
    refused("1 < depth < 3", "<", "write 'a < b and b < c'");
    refused("depth = 3", "=", "== to compare");
    refused("surface && depth", "&", "expected and");
    refused("surface || depth", "|", "expected or");
    refused("!surface", "!", "write not");
    refused("depth ** 2", "*", "^ for a power");
    refused("dept > 2", "dept", "there is no column 'dept'; there are depth odd name (nm)");
    refused("sinh(2)", "sinh", "there is no function 'sinh'");
    refused("sin(2, 3)", "sin", "takes one number");
    refused("min(2)", "min", "takes two numbers or more");
    refused("3 and 'word'", "word", "needs comparisons, found a word");
    refused("(depth > 2) + 1", ">", "needs numbers, found a comparison");
    refused("species + 1", "species", "needs numbers, found a word");
    refused("species < 'Pd'", "species", "words have no order");
    refused("species == 1", "1", "column of words");
    refused("species == fate", "fate", "different words");
    refused("'Pd' == 'Pd'", "Pd", "a word is compared with a column");
    refused("depth == Pd", "Pd", "there is no column 'Pd'");
    refused("species == 'Pd", "'", "never closed");
    refused("species == ''", "''", "nothing stands");
    refused("1.2.3", "1.2.3", "is no number");
    refused("1e999", "1e999", "is no number");
    refused("2x", "2", "is no number");
    refused("and", "and", "found 'and'");
    refused("depth > \xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9", "no column");
}
END_TEST

START_TEST(depth_and_length_are_bounded)
{
    enum { N = 100000 };
    static char text[N + 1];
    loom_expression_error error;
    for (const char *c = "(-"; *c; c++) {
        memset(text, *c, 60000);
        text[60000] = 0;
        ck_assert(!loom_expression_parse(text, &e, &error));
        ck_assert_msg(strstr(error.text, "nested more than"), "%s", error.text);
    }
    text[0] = 0;
    for (int i = 0; i < 5000; i++) strcat(text + 4 * i, "not ");
    ck_assert(!loom_expression_parse(text, &e, &error));
    ck_assert_msg(strstr(error.text, "nested more than"), "%s", error.text);
    text[0] = '1';
    for (int i = 0; i < 1000; i++) memcpy(text + 1 + 2 * i, "+1", 3);
    ck_assert(!loom_expression_parse(text, &e, &error));
    ck_assert_msg(strstr(error.text, "too long"), "%s", error.text);
    memset(text, ' ', N);
    ck_assert(!loom_expression_parse(text, &e, &error));
    memset(text, '(', 60);
    memcpy(text + 60, "1", 1);
    memset(text + 61, ')', 60);
    text[121] = 0;
    is(text, 1);
}
END_TEST

START_TEST(columns_of_the_same_words_are_compared)
{
    holds("species == before", "ffff");
    holds("before != species", "tttt");
}
END_TEST

TEST_MAIN("expression", numbers_bind_as_in_mathematics, truths_follow_from_comparisons,
          errors_have_a_place, depth_and_length_are_bounded, columns_of_the_same_words_are_compared)
