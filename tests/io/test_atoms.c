/* io.atoms: positions and types in every layout that people have become the same atoms. */
#include "support/op_test.h"
#include "support/suite.h"

static const double rows[] = { 0, 0, 0, 2, 1, 0, 0, 2, 4, 1, 1, 1 };
enum { N = 4 };

static loom_value *array_of(int rank, int64_t a, int64_t b, const double *v)
{
    loom_value *out = make_value("array");
    make_array(out, "data", LOOM_F64, rank, (int64_t[]){ a, b }, NULL, v);
    return out;
}

static void check(loom_value *positions, loom_value *types, const char *const *params, double scale,
                  const char *symbols, const int32_t *species)
{
    op_call c = { .op = op_load("io.atoms"), .params = { params[0], params[1], params[2] } };
    op_input(&c, "positions", positions);
    if (types) op_input(&c, "types", types);
    op_must_run(&c);
    const loom_value *atoms = op_output(&c, "atoms");
    const double *x = value_array(atoms, "position")->data;
    for (int i = 0; i < 3 * N; i++) ck_assert_double_eq(x[i], rows[i] * scale);
    ck_assert_str_eq(value_attribute(atoms, "symbols")->text, symbols);
    ck_assert_mem_eq(value_array(atoms, "species")->data, species, N * sizeof *species);
    op_end(&c);
}

START_TEST(every_layout_gives_the_same_atoms)
{
    double columns[3 * N], one[] = { 1, 2, 2, 1 }, zero[] = { 0, 1, 1, 0 },
                           z[] = { 46, 77, 77, 46 };
    const int32_t species[] = { 0, 1, 1, 0 }, same[N] = { 0 };
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 3; k++) columns[k * N + i] = rows[3 * i + k];
    loom_value *r = array_of(2, N, 3, rows), *c = array_of(2, 3, N, columns),
               *from_one = array_of(2, 1, N, one), *from_zero = array_of(1, N, 1, zero),
               *numbers = array_of(2, N, 1, z);
    check(r, from_one, (const char *[]){ "symbols=[Pd, Ir]", NULL, NULL }, 1, "Pd Ir", species);
    check(c, from_zero, (const char *[]){ "symbols=[Pd, Ir]", "unit_length=1 nm", NULL }, 10,
          "Pd Ir", species);
    check(c, numbers, (const char *[]){ "types_are=atomic_number", NULL, NULL }, 1, "Pd Ir",
          species);
    check(r, NULL, (const char *[]){ "symbols=Si", NULL, NULL }, 1, "Si", same);
    loom_value *all[] = { r, c, from_one, from_zero, numbers };
    for (int i = 0; i < 5; i++) value_free(all[i]);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    double types[] = { 1, 2, 3, 1 }, odd[] = { 1, 1.5, 1, 1 };
    loom_value *r = array_of(2, N, 3, rows), *t = array_of(1, N, 1, types),
               *o = array_of(1, N, 1, odd), *few = array_of(1, 3, 1, types),
               *flat = array_of(1, 12, 1, rows);
    op_call c = { .op = op_load("io.atoms"), .params = { "symbols=[Pd, Ir]" } };
    op_input(&c, "positions", r);
    op_must_fail(&c, LOOM_E_PARAM, "symbols", "2 symbols");
    op_input(&c, "types", t);
    op_must_fail(&c, LOOM_E_PARAM, "symbols", "types reach from 1 to 3");
    c.input[1].value = o;
    op_must_fail(&c, LOOM_E_DATA, "types", "1.5");
    c.input[1].value = few;
    op_must_fail(&c, LOOM_E_DATA, "types", "3 types, but 4 positions");
    c.input[0].value = flat;
    op_must_fail(&c, LOOM_E_DATA, "positions", "[n][3] or [3][n]");
    op_end(&c);
    loom_value *all[] = { r, t, o, few, flat };
    for (int i = 0; i < 5; i++) value_free(all[i]);
}
END_TEST

TEST_MAIN("io.atoms", every_layout_gives_the_same_atoms, what_does_not_fit_is_refused)
