/* structure.coordination: ideal particles have the coordination they must have, measured ones the
 * one found independently. */
#include "support/op_test.h"
#include "support/particles.h"
#include "support/suite.h"

static void check_histogram(double h100, double h111, int64_t atoms, const int64_t want[13])
{
    particle t = truncated_octahedron(3.89, h100, h111);
    ck_assert_int_eq(t.n, atoms);
    loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("structure.coordination"), .threads = 2 };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    const loom_array *count = value_array(op_output(&c, "table"), "count");
    int64_t outer = 0;
    ck_assert_int_eq(count->dim[0], 13);
    for (int k = 0; k < 13; k++) {
        int64_t n = ((const int64_t *)count->data)[k];
        ck_assert_msg(n == want[k], "%ld atoms of coordination %d, expected %ld", (long)n, k,
                      (long)want[k]);
        if (k < 12) outer += n;
    }
    const uint8_t *surface = value_array(op_output(&c, "atoms"), "surface")->data;
    for (int64_t i = 0; i < t.n; i++) outer -= surface[i];
    ck_assert_int_eq(outer, 0);
    ck_assert_double_eq_tol(value_attribute(op_output(&c, "table"), "cutoff")->number,
                            1.207 * 3.89 / sqrt(2), 0.03);
    op_end(&c);
    value_free(v);
    particle_free(&t);
}

START_TEST(ideal_particles)
{
    check_histogram(8.5, 14.5, 13366,
                    (int64_t[13]){ [6] = 24, [7] = 306, [8] = 704, [9] = 1376, [12] = 10956 });
    static const struct {
        double h100, h111;
        int64_t n, outer;
    } sizes[] = { { 2.5, 4, 336, 178 },
                  { 3.5, 5.5, 852, 354 },
                  { 4.5, 7.5, 1976, 638 },
                  { 5.5, 9.5, 3788, 1002 },
                  { 6.5, 11, 5970, 1382 } };
    for (int k = 0; k < 5; k++) {
        particle t = truncated_octahedron(3.89, sizes[k].h100, sizes[k].h111);
        loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
        op_call c = { .op = op_load("structure.coordination") };
        op_input(&c, "atoms", v);
        op_must_run(&c);
        const uint8_t *surface = value_array(op_output(&c, "atoms"), "surface")->data;
        int64_t outer = 0;
        for (int64_t i = 0; i < t.n; i++) outer += surface[i];
        ck_assert_int_eq(t.n, sizes[k].n);
        ck_assert_int_eq(outer, sizes[k].outer);
        op_end(&c);
        value_free(v);
        particle_free(&t);
    }
}
END_TEST

START_TEST(partial_numbers_add_up)
{
    particle t = truncated_octahedron(3.89, 3.5, 5.5);
    shake(&t, 0.1, 3);
    loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("structure.coordination"),
                  .params = { "cutoff=3.4", "partial=true" } };
    op_input(&c, "atoms", v);
    op_must_be_deterministic(&c);
    const loom_value *out = op_output(&c, "atoms");
    const int32_t *cn = value_array(out, "cn")->data, *pd = value_array(out, "cn_Pd")->data,
                  *ir = value_array(out, "cn_Ir")->data;
    int64_t pd_of_ir = 0, ir_of_pd = 0;
    for (int64_t i = 0; i < t.n; i++) {
        ck_assert_int_eq(cn[i], pd[i] + ir[i]);
        if (t.species[i]) pd_of_ir += pd[i];
        else ir_of_pd += ir[i];
    }
    ck_assert_int_eq(pd_of_ir, ir_of_pd); /* every bond has two ends */
    op_call again = {
        .op = c.op, .params = { "cutoff=3.4", "partial=true" }
    }; /* columns that are there already are replaced */
    op_input(&again, "atoms", out);
    op_must_run(&again);
    ck_assert_int_eq(value_array(op_output(&again, "atoms"), "cn")->dim[0], t.n);
    op_end(&again);
    op_end(&c);
    value_free(v);
    particle_free(&t);
}
END_TEST

START_TEST(palladium_platinum)
{
    const char *path = test_data("oracles/derived_TO.csv");
    int64_t rows;
    int columns;
    double *want = path ? rows_read(path, &rows, &columns) : NULL;
    if (!want) return;
    loom_value *v = particle_read_xyz(test_data("pdpt/TO.xyz"));
    op_call c = { .op = op_load("structure.coordination"), .params = { "cutoff=3.45" } };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    const int32_t *cn = value_array(op_output(&c, "atoms"), "cn")->data;
    for (int64_t i = 0; i < rows; i++) ck_assert_int_eq(cn[i], (int)want[i * columns]);
    op_end(&c);
    free(want);
    value_free(v);
}
END_TEST

START_TEST(refuses_a_bad_table)
{
    particle t = truncated_octahedron(3.89, 2.5, 4);
    loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir"), *table = make_value("table"),
               *one = make_atoms(1, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("structure.coordination") };
    op_input(&c, "atoms", v);
    op_input(&c, "pdf", table);
    op_must_fail(&c, LOOM_E_DATA, "pdf", "structure.pdf");
    op_call lone = { .op = c.op };
    op_input(&lone, "atoms", one);
    op_must_fail(&lone, LOOM_E_DATA, "cutoff", "no first shell");
    op_end(&lone);
    op_end(&c);
    value_free(v);
    value_free(one);
    value_free(table);
    particle_free(&t);
}
END_TEST

TEST_MAIN("structure.coordination", ideal_particles, partial_numbers_add_up, palladium_platinum,
          refuses_a_bad_table)
