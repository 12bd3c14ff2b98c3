/* atoms.column and table.column: numbers, units, gaps and names. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

enum { N = 12 };

static loom_value *particle(void)
{
    double position[3 * N], depth[N], width[N];
    int32_t species[N];
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < 3; k++) position[3 * i + k] = 3.0 * i - k;
        depth[i] = 0.5 * i;
        width[i] = 0.1 * i;
        species[i] = i % 3 == 0;
    }
    loom_value *v = make_atoms(N, position, species, "Pd Ir");
    make_array(v, "depth", LOOM_F64, 1, (int64_t[]){ N }, "angstrom", depth);
    make_array(v, "width", LOOM_F64, 1, (int64_t[]){ N }, "nm", width);
    make_array(v, "fate", LOOM_I32, 1, (int64_t[]){ N }, NULL, species);
    ck_assert(value_set_text(v, "categories.fate", "kept\nlost", NULL));
    return v;
}

static double at(const loom_array *a, int i) { return ((const double *)a->data)[i]; }

static const char *unit_of(op_call *c, const char *value, const char *unit)
{
    c->params[1] = value;
    c->params[2] = unit;
    op_must_run(c);
    return value_array(op_output(c, "atoms"), "new")->unit;
}

START_TEST(numbers_are_those_of_the_expression)
{
    loom_value *v = particle();
    op_call c = { .op = op_load("atoms.column"),
                  .params = { "name=new", "value=sqrt(x^2 + y^2) + 2 * index" } };
    op_input(&c, "atoms", v);
    op_must_be_deterministic(&c);
    const loom_value *out = op_output(&c, "atoms");
    for (int i = 0; i < N; i++)
        ck_assert_double_eq_tol(at(value_array(out, "new"), i), hypot(3.0 * i, 3.0 * i - 1) + 2 * i,
                                1e-12);
    ck_assert_str_eq(value_attribute(out, "categories.fate")->text, "kept\nlost");
    c.params[1] = "value=species == 'Ir' and depth > 1";
    op_must_run(&c);
    const loom_array *a = value_array(op_output(&c, "atoms"), "new");
    ck_assert_int_eq(a->dtype, LOOM_U8);
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(((const uint8_t *)a->data)[i], i % 3 == 0 && 0.5 * i > 1);
    c.params[1] = "value=depth / 0.3";
    c.params[2] = "whole=true";
    op_must_run(&c);
    a = value_array(op_output(&c, "atoms"), "new");
    ck_assert_int_eq(((const int32_t *)a->data)[11], 18);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(units_follow_and_are_converted)
{
    loom_value *v = particle();
    op_call c = { .op = op_load("atoms.column"), .params = { "name=new" } };
    op_input(&c, "atoms", v);
    ck_assert_str_eq(unit_of(&c, "value=2 * depth + 1", NULL), "angstrom");
    ck_assert_str_eq(unit_of(&c, "value=max(depth, x)", NULL), "angstrom");
    ck_assert_str_eq(unit_of(&c, "value=depth / (x + 100)", NULL), "");
    ck_assert_str_eq(unit_of(&c, "value=depth * x", NULL), "");
    ck_assert_msg(strstr(c.notes, "does not follow"), "%s", c.notes);
    ck_assert_str_eq(unit_of(&c, "value=depth * x", "unit=angstrom^2"), "angstrom^2");
    ck_assert_str_eq(unit_of(&c, "value=depth", "unit=nm"), "nm");
    ck_assert_double_eq_tol(at(value_array(op_output(&c, "atoms"), "new"), 4), 0.2, 1e-12);
    unit_of(&c, "value=depth + width", NULL);
    ck_assert_msg(strstr(c.warnings, "+ of numbers in 'angstrom' and in 'nm'"), "%s", c.warnings);
    c.params[1] = "value=depth";
    c.params[2] = "unit=degree";
    op_must_fail(&c, LOOM_E_PARAM, "unit", "is in 'angstrom', which is no degree");
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(gaps_are_named_or_filled)
{
    loom_value *v = particle();
    op_call c = { .op = op_load("atoms.column"), .params = { "name=new", "value=1 / depth" } };
    op_input(&c, "atoms", v);
    op_must_fail(&c, LOOM_E_PARAM, "value", "no number in 1 of 12 rows, first in row 0");
    c.params[2] = "missing=-1";
    op_must_run(&c);
    ck_assert_double_eq(at(value_array(op_output(&c, "atoms"), "new"), 0), -1);
    ck_assert_double_eq(at(value_array(op_output(&c, "atoms"), "new"), 4), 0.5);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(names_that_are_taken_are_refused)
{
    loom_value *v = particle();
    op_call c = { .op = op_load("atoms.column"), .params = { "name=depth", "value=2 * depth" } };
    op_input(&c, "atoms", v);
    op_must_fail(&c, LOOM_E_PARAM, "name", "there is a column 'depth' already");
    c.params[2] = "replace=true";
    op_must_run(&c);
    ck_assert_double_eq(at(value_array(op_output(&c, "atoms"), "depth"), 3), 3);
    c.params[0] = "name=fate"; /* its words go with it */
    op_must_run(&c);
    ck_assert_ptr_null(value_attribute(op_output(&c, "atoms"), "categories.fate"));
    c.params[0] = "name=x";
    op_must_fail(&c, LOOM_E_PARAM, "name", "means something else");
    c.params[0] = "name=my depth";
    op_must_fail(&c, LOOM_E_PARAM, "name", "is no name");
    c.params[0] = "name=new";
    c.params[1] = "value=species";
    op_must_fail(&c, LOOM_E_PARAM, "value", "column of words");
    c.params[1] = "value=depht";
    op_must_fail(&c, LOOM_E_PARAM, "value", "letter 1: there is no column 'depht'");
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(tables_may_have_gaps)
{
    int64_t n = 3;
    loom_value *v = make_value("table");
    make_array(v, "x", LOOM_F64, 1, &n, "nm", (double[]){ 0, 1, 4 });
    make_array(v, "seen", LOOM_F64, 1, &n, NULL, (double[]){ 1, NAN, 2 });
    ck_assert(value_set_text(v, "missing.seen", "nan", NULL));
    op_call c = { .op = op_load("table.column"), .params = { "name=ratio", "value=seen / x" } };
    op_input(&c, "table", v);
    op_must_run(&c);
    const loom_value *out = op_output(&c, "table");
    ck_assert_ptr_nonnull(value_attribute(out, "missing.ratio"));
    ck_assert(isnan(at(value_array(out, "ratio"), 0)) && isnan(at(value_array(out, "ratio"), 1)));
    ck_assert_double_eq(at(value_array(out, "ratio"), 2), 0.5);
    c.params[1] = "value=x";
    c.params[2] = "unit=angstrom";
    op_must_run(&c);
    ck_assert_double_eq(at(value_array(op_output(&c, "table"), "ratio"), 2), 40);
    ck_assert_ptr_null(value_attribute(op_output(&c, "table"), "missing.ratio"));
    c.params[0] = "name=seen"; /* whole again: no gap is left */
    c.params[3] = "replace=true";
    op_must_run(&c);
    ck_assert_ptr_null(value_attribute(op_output(&c, "table"), "missing.seen"));
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("atoms.column", numbers_are_those_of_the_expression, units_follow_and_are_converted,
          gaps_are_named_or_filled, names_that_are_taken_are_refused, tables_may_have_gaps)
