/* table.select and table.sort: rows with all that belongs to them, in a stable order. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

static loom_value *sample(void)
{
    loom_value *v = make_value("table");
    int64_t n = 5;
    make_array(v, "tilt", LOOM_I64, 1, &n, NULL, (int64_t[]){ 0, 1, 2, 3, 4 });
    make_array(v, "r1", LOOM_F64, 1, &n, NULL, (double[]){ 0.3, 0.1, 0.2, 0.1, 0.5 });
    make_array(v, "fate", LOOM_I32, 1, &n, NULL, (int32_t[]){ 1, 0, 1, 1, 0 });
    ck_assert(value_set_text(v, "categories.fate", "good\nbad", NULL));
    ck_assert(value_set_number(v, "r1_mean", 0.24, NULL, NULL));
    return v;
}

static const char *text_of(const loom_value *v, const char *name)
{
    const loom_attribute *a = value_attribute(v, name);
    return a ? a->text : NULL;
}

static void rows_are(const loom_value *t, int n, const int64_t *tilts)
{
    const loom_array *a = value_array(t, "tilt");
    ck_assert_int_eq(a->dim[0], n);
    for (int i = 0; i < n; i++) ck_assert_int_eq(((int64_t *)a->data)[i], tilts[i]);
}

START_TEST(rows_are_chosen_by_an_expression)
{
    loom_value *v = sample();
    op_call c = { .op = op_load("table.select"),
                  .params = { "where=fate == 'bad' and r1 < 0.25" } };
    op_input(&c, "table", v);
    op_must_be_deterministic(&c);
    rows_are(op_output(&c, "table"), 2, (int64_t[]){ 2, 3 });
    ck_assert_str_eq(text_of(op_output(&c, "table"), "categories.fate"), "good\nbad");
    c.params[0] = "columns=tilt,r1";
    op_must_run(&c);
    rows_are(op_output(&c, "table"), 5, (int64_t[]){ 0, 1, 2, 3, 4 });
    ck_assert_ptr_null(value_array(op_output(&c, "table"), "fate"));
    ck_assert_ptr_null(text_of(op_output(&c, "table"), "categories.fate"));
    c.params[0] = "where=r1 > r1_mean";
    op_must_run(&c);
    rows_are(op_output(&c, "table"), 2, (int64_t[]){ 0, 4 });
    c.params[0] = "where=r1 > 1";
    op_must_run(&c);
    rows_are(op_output(&c, "table"), 0, NULL);
    ck_assert(strstr(c.warnings, "none of the 5 rows") != NULL);
    c.params[0] = "columns=r2";
    op_must_fail(&c, LOOM_E_PARAM, "columns", "no column 'r2'");
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(equal_rows_stay_in_their_order)
{
    loom_value *v = sample();
    op_call c = { .op = op_load("table.sort"), .params = { "by=r1" } };
    op_input(&c, "table", v);
    op_must_be_deterministic(&c);
    rows_are(op_output(&c, "table"), 5, (int64_t[]){ 1, 3, 2, 0, 4 });
    c.params[1] = "descending=true";
    op_must_run(&c);
    rows_are(op_output(&c, "table"), 5, (int64_t[]){ 4, 0, 2, 1, 3 });
    c.params[0] = "by=fate";
    op_must_run(&c);
    rows_are(op_output(&c, "table"), 5, (int64_t[]){ 0, 2, 3, 1, 4 });
    c.params[0] = "by=abs(tilt - 2.1)";
    c.params[1] = NULL;
    op_must_run(&c);
    rows_are(op_output(&c, "table"), 5, (int64_t[]){ 2, 3, 1, 4, 0 });
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("table.rows", rows_are_chosen_by_an_expression, equal_rows_stay_in_their_order)
