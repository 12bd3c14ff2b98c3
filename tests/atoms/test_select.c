/* atoms.select: what is chosen, and that all that belongs to an atom follows it. */
#include "support/op_test.h"
#include "support/suite.h"
#include <string.h>

enum { N = 40 };

static loom_value *particle(void)
{
    double position[3 * N], depth[N];
    int32_t species[N], site[3 * N];
    for (int i = 0; i < N; i++) {
        for (int k = 0; k < 3; k++) {
            position[3 * i + k] = 3.0 * i + k;
            site[3 * i + k] = 100 * i + k;
        }
        depth[i] = i % 7;
        species[i] = i % 2;
    }
    loom_value *v = make_atoms(N, position, species, "Pd Ir");
    make_array(v, "depth", LOOM_F64, 1, (int64_t[]){ N }, "angstrom", depth);
    make_array(v, "site", LOOM_I32, 2, (int64_t[]){ N, 3 }, NULL, site);
    ck_assert(value_set_number(v, "cutoff", 3.5, "angstrom", NULL));
    return v;
}

START_TEST(all_columns_follow_their_atoms)
{
    loom_value *v = particle();
    op_call c = { .op = op_load("atoms.select"),
                  .params = { "where=depth > 4 and species == 'Ir'" } };
    op_input(&c, "atoms", v);
    op_must_be_deterministic(&c);
    const loom_value *chosen = op_output(&c, "atoms"), *others = op_output(&c, "others");
    const loom_array *position = value_array(chosen, "position"),
                     *site = value_array(chosen, "site"), *depth = value_array(chosen, "depth");
    int64_t k = 0;
    for (int i = 0; i < N; i++) {
        if (i % 7 <= 4 || i % 2 != 1) continue;
        ck_assert_int_eq(((int32_t *)site->data)[3 * k + 1], 100 * i + 1);
        ck_assert_double_eq(((double *)position->data)[3 * k + 2], 3.0 * i + 2);
        ck_assert_double_eq(((double *)depth->data)[k], i % 7);
        k++;
    }
    ck_assert_int_eq(position->dim[0], k);
    ck_assert_int_eq(value_array(others, "depth")->dim[0], N - k);
    ck_assert_str_eq(depth->unit, "angstrom");
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(nothing_and_nonsense_are_refused)
{
    loom_value *v = particle();
    op_call c = { .op = op_load("atoms.select"), .params = { "where=depth > 100" } };
    op_input(&c, "atoms", v);
    op_must_fail(&c, LOOM_E_PARAM, "where", "holds for none of the 40 atoms");
    c.params[0] = "where=dept > 1";
    op_must_fail(&c, LOOM_E_PARAM, "where", "'dept > 1', letter 1: there is no column 'dept'");
    c.params[0] = "where=species";
    op_must_fail(&c, LOOM_E_PARAM, "where", "species == 'word'");
    c.params[0] = "where=z < cutoff or species == 'Au'";
    op_must_run(&c);
    ck_assert_msg(strstr(c.warnings, "'Au' is not among the words of the column 'species' (Pd Ir)"),
                  "%s", c.warnings);
    ck_assert_int_eq(value_array(op_output(&c, "atoms"), "depth")->dim[0], 1);
    c.params[0] = "where=index >= 0"; /* all: there are no others */
    op_must_run(&c);
    ck_assert_ptr_null(op_output(&c, "others"));
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("atoms.select", all_columns_follow_their_atoms, nothing_and_nonsense_are_refused)
