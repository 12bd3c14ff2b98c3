/* atoms.join: no atom and no number is lost or put to another atom. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

/* `n` atoms along x from `from`, with a depth in `unit`. */
static loom_value *row_of(int n, double from, const char *symbols, const char *unit)
{
    double position[300] = { 0 }, depth[100];
    int32_t species[100];
    ck_assert_int_le(n, 100);
    for (int i = 0; i < n; i++) {
        position[3 * i] = from + 3 * i;
        depth[i] = from + i;
        species[i] = i % 2;
    }
    loom_value *v = make_atoms(n, position, species, symbols);
    make_array(v, "depth", LOOM_F64, 1, (int64_t[]){ n }, unit, depth);
    ck_assert(value_set_number(v, "lattice", 3.9, "angstrom", NULL));
    return v;
}

static double at(const loom_value *v, const char *name, int i)
{
    return ((const double *)value_array(v, name)->data)[i];
}

static int whole(const loom_value *v, const char *name, int i)
{
    return ((const int32_t *)value_array(v, name)->data)[i];
}

START_TEST(atoms_keep_symbols_and_numbers)
{
    loom_value *a = row_of(5, 0, "Pd Ir", "angstrom"), *b = row_of(4, 100, "Ir  Au", "nm");
    op_call c = { .op = op_load("atoms.join") };
    op_input(&c, "atoms", a);
    op_input(&c, "atoms", b);
    op_must_be_deterministic(&c);
    const loom_value *out = op_output(&c, "atoms");
    ck_assert_str_eq(value_attribute(out, "symbols")->text, "Pd Ir Au");
    ck_assert_int_eq(value_array(out, "position")->dim[0], 9);
    ck_assert_double_eq(at(out, "position", 3 * 5), 100);
    ck_assert_int_eq(whole(out, "species", 1), 1);
    ck_assert_int_eq(whole(out, "species", 5), 1); /* Ir */
    ck_assert_int_eq(whole(out, "species", 6), 2); /* Au */
    ck_assert_double_eq(at(out, "depth", 4), 4);
    ck_assert_double_eq(at(out, "depth", 6), 1010); /* nm in the unit of the first */
    ck_assert_double_eq(value_attribute(out, "lattice")->number, 3.9);
    ck_assert_str_eq(c.warnings, "");
    op_end(&c);
    value_free(a);
    value_free(b);
}
END_TEST

START_TEST(columns_of_one_set_are_left_out_or_filled)
{
    loom_value *a = row_of(3, 0, "Pd Ir", "angstrom"), *b = row_of(2, 50, "Pd Ir", "angstrom");
    int64_t n = 2;
    make_array(b, "cn", LOOM_I32, 1, &n, NULL, (int32_t[]){ 12, 9 });
    make_array(b, "height", LOOM_F64, 1, &n, NULL, (double[]){ 1.5, 2.5 });
    op_call c = { .op = op_load("atoms.join") };
    op_input(&c, "atoms", a);
    op_input(&c, "atoms", b);
    op_must_run(&c);
    ck_assert_ptr_null(value_array(op_output(&c, "atoms"), "cn"));
    ck_assert_msg(strstr(c.warnings, "left out ('lacking: fill' keeps them): cn, height"), "%s",
                  c.warnings);
    c.params[0] = "lacking=fill";
    op_must_run(&c);
    ck_assert_int_eq(whole(op_output(&c, "atoms"), "cn", 0), -1);
    ck_assert_int_eq(whole(op_output(&c, "atoms"), "cn", 4), 9);
    ck_assert_double_eq(at(op_output(&c, "atoms"), "height", 2), 0);
    ck_assert_double_eq(at(op_output(&c, "atoms"), "height", 3), 1.5);
    op_end(&c);
    value_free(a);
    value_free(b);
}
END_TEST

START_TEST(words_are_put_together)
{
    loom_value *a = row_of(2, 0, "Pd Ir", "angstrom"), *b = row_of(2, 50, "Pd Ir", "angstrom");
    int64_t n = 2;
    make_array(a, "fate", LOOM_I32, 1, &n, NULL, (int32_t[]){ 0, 1 });
    make_array(b, "fate", LOOM_I32, 1, &n, NULL, (int32_t[]){ 0, 1 });
    ck_assert(value_set_text(a, "categories.fate", "kept\nlost", NULL));
    ck_assert(value_set_text(b, "categories.fate", "new\nkept", NULL));
    op_call c = { .op = op_load("atoms.join"), .params = { "labels=first, second" } };
    op_input(&c, "atoms", a);
    op_input(&c, "atoms", b);
    op_must_run(&c);
    const loom_value *out = op_output(&c, "atoms");
    ck_assert_str_eq(value_attribute(out, "categories.fate")->text, "kept\nlost\nnew");
    ck_assert_int_eq(whole(out, "fate", 2), 2);
    ck_assert_int_eq(whole(out, "fate", 3), 0);
    ck_assert_str_eq(value_attribute(out, "categories.part")->text, "first\nsecond");
    ck_assert_int_eq(whole(out, "part", 2), 1);
    c.params[0] = "labels=one";
    op_must_fail(&c, LOOM_E_PARAM, "labels", "1 labels for 2 sets");
    c.params[0] = "labels=one, two";
    c.params[1] = "heading=fate";
    op_must_fail(&c, LOOM_E_PARAM, "heading", "a column already");
    op_end(&c);
    value_free(a);
    value_free(b);
}
END_TEST

START_TEST(atoms_at_one_place_are_warned_of_or_left_out)
{
    /* b has its atoms at 6.05, 9.05, 12.05: the first two are those of a again */
    loom_value *a = row_of(4, 0, "Pd Ir", "angstrom"), *b = row_of(3, 6.05, "Pd Ir", "angstrom");
    op_call c = { .op = op_load("atoms.join") };
    op_input(&c, "atoms", a);
    op_input(&c, "atoms", b);
    op_must_run(&c);
    ck_assert_int_eq(value_array(op_output(&c, "atoms"), "depth")->dim[0], 7);
    ck_assert_msg(strstr(c.warnings, "2 pairs of atoms at one place"), "%s", c.warnings);
    c.params[0] = "apart=1";
    *c.warnings = 0;
    op_must_be_deterministic(&c);
    ck_assert_int_eq(value_array(op_output(&c, "atoms"), "depth")->dim[0], 5);
    ck_assert_double_eq(at(op_output(&c, "atoms"), "position", 12), 12.05);
    ck_assert_str_eq(c.warnings, "");
    op_end(&c);
    value_free(a);
    value_free(b);
}
END_TEST

TEST_MAIN("atoms.join", atoms_keep_symbols_and_numbers, columns_of_one_set_are_left_out_or_filled,
          words_are_put_together, atoms_at_one_place_are_warned_of_or_left_out)
