/* table.truth: rows of figures, truths and demands are read, judged and refused as written. */
#include "support/op_test.h"
#include "support/suite.h"
#include <stdio.h>
#include <string.h>

/* Two tables: `score`, a row per stage, and `fick`, a row per estimator. */
static loom_value *make_score(void)
{
    static const double minutes[] = { 0, 30 }, found[] = { 99, 96 }, truth[] = { 100, 98 };
    loom_value *v = make_value("table");
    make_array(v, "minutes", LOOM_F64, 1, (int64_t[]){ 2 }, "minute", minutes);
    make_array(v, "found", LOOM_F64, 1, (int64_t[]){ 2 }, NULL, found);
    make_array(v, "truth", LOOM_F64, 1, (int64_t[]){ 2 }, NULL, truth);
    return v;
}
static loom_value *make_fick(void)
{
    static const int32_t code[] = { 0, 1 };
    static const double D[] = { 5e-24, 9e-24 }, low[] = { 6e-24, 7e-24 },
                        high[] = { 9e-24, 11e-24 };
    error e = { 0 };
    loom_value *v = make_value("table");
    make_array(v, "estimator", LOOM_I32, 1, (int64_t[]){ 2 }, NULL, code);
    make_array(v, "D", LOOM_F64, 1, (int64_t[]){ 2 }, NULL, D);
    make_array(v, "low", LOOM_F64, 1, (int64_t[]){ 2 }, NULL, low);
    make_array(v, "high", LOOM_F64, 1, (int64_t[]){ 2 }, NULL, high);
    ck_assert(value_set_text(v, "categories.estimator", "E1\nE3", &e));
    return v;
}

static op_call judge(const loom_value *score, const loom_value *fick, const char *figures)
{
    op_call c = { .op = op_load("table.truth"), .params = { "names=[score, fick]", figures } };
    op_input(&c, "tables", score);
    op_input(&c, "tables", fick);
    return c;
}

/* The word of a row. */
static const char *word(const op_call *c, const char *column, int64_t row)
{
    static char found[256];
    char key[64];
    const loom_array *a = value_array(op_output(c, "table"), column);
    ck_assert_msg(a != NULL, "no column %s", column);
    snprintf(key, sizeof key, "categories.%s", column);
    const char *from = value_attribute(op_output(c, "table"), key)->text;
    for (int32_t k = ((const int32_t *)a->data)[row]; k > 0; k--) from = strchr(from, '\n') + 1;
    snprintf(found, sizeof found, "%.*s", (int)strcspn(from, "\n"), from);
    return found;
}

START_TEST(values_are_what_the_rows_say)
{
    static const struct {
        const char *row;
        const char *value;
    } cases[] = { { "a: 2 + 3 * (4 - 1) / 2", "6.5" },
                  { "a: -2 * -3", "6" },
                  { "a: ---2", "-2" },
                  { "a: 1e-3", "0.001" },
                  { "a: sum score.found / sum score.truth", "0.9848" },
                  { "a: mean score.found", "97.5" },
                  { "a: min score.found", "96" },
                  { "a: max score.found", "99" },
                  { "a: first score.found - last score.found", "3" },
                  { "a: score.found[minutes=30]", "96" },
                  { "a: fick.D[estimator=E3]", "9e-24" } };
    loom_value *score = make_score(), *fick = make_fick();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char param[128];
        snprintf(param, sizeof param, "figures=[\"%s\"]", cases[k].row);
        op_call c = judge(score, fick, param);
        op_must_run(&c);
        ck_assert_str_eq(word(&c, "found", 0), cases[k].value);
        ck_assert_str_eq(word(&c, "met", 0), "-");
        op_end(&c);
    }
    value_free(score);
    value_free(fick);
}
END_TEST

START_TEST(what_is_asked_is_judged)
{
    static const struct {
        const char *row;
        bool met;
    } cases[] = { { "a: 5 >= 5", true },
                  { "a: 5 >= 5.1", false },
                  { "a: 5 <= 5", true },
                  { "a: 5 >= 1 <= 4", false },
                  { "a: 5 truth 4 within 1", true },
                  { "a: 5 within 0.9 truth 4", false },
                  { "a: 5 truth 4 within 25 %", true },
                  { "a: 5 truth 4 within 24 %", false },
                  { "a: 5 truth 4 within 1.25 times", true },
                  { "a: 4 truth 5 within 1.25 times", true },
                  { "a: 5 truth 4 within 1.24 times", false },
                  { "a: 5 from 4 to 6 truth 6 holds", true },
                  { "a: 5 from 4 to 6 truth 6.1 holds", false },
                  { "a: 0 / 0 <= 1", false },
                  { "a: 5 truth 0 / 0 within 100", false } };
    loom_value *score = make_score(), *fick = make_fick();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char param[128];
        snprintf(param, sizeof param, "figures=[\"%s\"]", cases[k].row);
        op_call c = judge(score, fick, param);
        op_must_run(&c);
        ck_assert_msg(!strcmp(word(&c, "met", 0), cases[k].met ? "met" : "MISSED"), "%s",
                      cases[k].row);
        ck_assert_double_eq(value_attribute(op_output(&c, "table"), "asked")->number, 1);
        ck_assert_double_eq(value_attribute(op_output(&c, "table"), "missed")->number,
                            !cases[k].met);
        ck_assert_int_eq(strstr(c.warnings, "asked was") != NULL, !cases[k].met);
        op_end(&c);
    }
    value_free(score);
    value_free(fick);
}
END_TEST

START_TEST(a_row_says_all_it_knows)
{
    loom_value *score = make_score(), *fick = make_fick();
    op_call c = judge(score, fick,
                      "figures=[\"D by E1: fick.D[estimator=E1] from fick.low[estimator=E1] to "
                      "fick.high[estimator=E1] truth 8e-24 paper 8.1e-24 within 2 times holds\", "
                      "\"found: sum score.found\"]");
    op_must_be_deterministic(&c);
    static const char
        *const columns[] = { "figure", "found", "interval", "truth", "paper", "asked" },
               *const rows[2][6] = { { "D by E1", "5e-24", "6e-24 to 9e-24", "8e-24", "8.1e-24",
                                       "within 2 times holds" },
                                     { "found", "195", "-", "-", "-", "-" } };
    for (int row = 0; row < 2; row++)
        for (int k = 0; k < 6; k++) ck_assert_str_eq(word(&c, columns[k], row), rows[row][k]);
    op_end(&c);
    value_free(score);
    value_free(fick);
}
END_TEST

START_TEST(a_row_that_may_be_absent_is_unknown_and_asks_nothing)
{
    loom_value *score = make_score(), *fick = make_fick();
    op_call c =
        judge(score, fick,
              "figures=[\"a: fick.D[estimator=E2] truth 8e-24 within 2 times where known\", "
              "\"b: fick.D[estimator=E1] truth 8e-24 within 2 times where known\"]");
    op_must_run(&c);
    ck_assert_str_eq(word(&c, "found", 0), "-");
    ck_assert_str_eq(word(&c, "asked", 0), "-");
    ck_assert_str_eq(word(&c, "met", 0), "-");
    ck_assert_str_eq(word(&c, "found", 1), "5e-24");
    ck_assert_str_eq(word(&c, "met", 1), "met");
    ck_assert_double_eq(value_attribute(op_output(&c, "table"), "asked")->number, 1);
    op_end(&c);
    value_free(score);
    value_free(fick);
}
END_TEST

START_TEST(faults_are_told_with_their_place)
{
    static const char *const cases[][2] = {
        { "no label", "character 1 of \"no label\": expected a label" },
        { "a: score.found", "character 15 of \"a: score.found\": 'score' has 2 rows; pick one" },
        { "a: scroe.found", "there is no table 'scroe'; `names` has score, fick" },
        { "a: score.fond", "has no column 'fond'; it has minutes, found, truth" },
        { "a: score.found[minutes=31]", "no row of the table has '31' for 'minutes'" },
        { "a: fick.D[estimator=E2]", "no row of the table has 'E2' for 'estimator'" },
        { "a: fick.D[estimator=E3", "expected an entry of the column and ']'" },
        { "a: (1 + 2", "expected ')'" },
        { "a: 1 + ", "expected the name of a table, or a number" },
        { "a: 1 about 2", "expected from, truth, paper" },
        { "a: 1 within 2", "add `truth VALUE`" },
        { "truth: 1 within 2", "add `truth VALUE`" },
        { "from: 1 truth 2 holds", "add `from VALUE to VALUE`" },
        { "a\tb: 1", "a control character" },
        { "a: 1 truth 2 holds", "add `from VALUE to VALUE`" },
        { "a: 1 truth 2 within 0.5 times", "expected a factor of 1 or more" },
        /* the table and the column must be there */
        { "a: fick.F[estimator=E2] where known", "has no column 'F'" },
        { "a: where known", "there is no table 'where'" },
        { "a: ((((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))))",
          "more than 32 brackets" },
    };
    loom_value *score = make_score(), *fick = make_fick();
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char param[160];
        snprintf(param, sizeof param, "figures=[\"%s\"]", cases[k][0]);
        op_call c = judge(score, fick, param);
        op_must_fail(&c, LOOM_E_PARAM, "figures", cases[k][1]);
        op_end(&c);
    }
    op_call names = { .op = op_load("table.truth"), .params = { "names=a", "figures=[\"a: 1\"]" } };
    op_input(&names, "tables", score);
    op_input(&names, "tables", fick);
    op_must_fail(&names, LOOM_E_PARAM, "names", "1 names for 2 tables");
    op_end(&names);
    value_free(score);
    value_free(fick);
}
END_TEST

TEST_MAIN("table.truth", values_are_what_the_rows_say, what_is_asked_is_judged,
          a_row_says_all_it_knows, a_row_that_may_be_absent_is_unknown_and_asks_nothing,
          faults_are_told_with_their_place)
