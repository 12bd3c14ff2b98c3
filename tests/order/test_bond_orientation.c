/* order.bond_orientation: a perfect crystal has its textbook values, rotations change nothing,
 * published values come out. */
#include "kit/geometry.h"
#include "support/op_test.h"
#include "support/particles.h"
#include "support/suite.h"

START_TEST(fcc_in_any_orientation)
{
    particle t = truncated_octahedron(3.89, 3.5, 5.5);
    double r[9], x[3];
    for (int turn = 0; turn < 2; turn++) {
        loom_euler((double[3]){ 33 * turn, 71 * turn, -12 * turn }, r);
        for (int64_t i = 0; i < t.n; i++) {
            memcpy(x, t.x[i], sizeof x);
            for (int a = 0; a < 3; a++)
                t.x[i][a] = r[3 * a] * x[0] + r[3 * a + 1] * x[1] + r[3 * a + 2] * x[2];
        }
        loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
        op_call c = { .op = op_load("order.bond_orientation") };
        op_input(&c, "atoms", v);
        op_must_be_deterministic(&c);
        const loom_value *out = op_output(&c, "atoms");
        int64_t deep = 0;
        for (int64_t i = 0; i < t.n; i++) {
            double from_centre = 0;
            for (int a = 0; a < 3; a++) from_centre += t.x[i][a] * t.x[i][a];
            if (from_centre > 16) continue;
            ck_assert_double_eq_tol(((const double *)value_array(out, "q4")->data)[i], 0.190941,
                                    1e-6);
            ck_assert_double_eq_tol(((const double *)value_array(out, "q6")->data)[i], 0.574524,
                                    1e-6);
            ck_assert_double_eq_tol(((const double *)value_array(out, "boo")->data)[i], 1, 2e-6);
            deep++;
        }
        ck_assert_int_gt(deep, 10);
        op_end(&c);
        value_free(v);
    }
    particle_free(&t);
}
END_TEST

static double worst_of(const op_call *c, const char *name, const double *want, int columns, int at,
                       int64_t rows)
{
    const double *got = value_array(op_output(c, "atoms"), name)->data;
    double worst = 0;
    for (int64_t i = 0; i < rows; i++) worst = fmax(worst, fabs(got[i] - want[i * columns + at]));
    return worst;
}

START_TEST(published_values)
{
    static const struct {
        const char *file, *cutoff, *column[2];
    } models[] = {
        { "oracles/mg_atoms_boo.csv", "cutoff=3.688", { "q4", "q6" } },
        { "oracles/hea4_atoms.csv", "cutoff=3.825", { "boo", NULL } },
    };
    for (int m = 0; m < 2; m++) {
        const char *path = test_data(models[m].file);
        int64_t rows;
        int columns;
        double *want = path ? rows_read(path, &rows, &columns) : NULL;
        if (!want) return;
        loom_value *v = particle_read(path, 5);
        double *x = value_array(v, "position")
                        ->data; /* published in single precision, printed with nine or ten digits */
        for (int64_t i = 0; i < 3 * rows; i++) x[i] = (double)(float)x[i];
        op_call c = { .op = op_load("order.bond_orientation"),
                      .params = { models[m].cutoff },
                      .threads = 2 };
        op_input(&c, "atoms", v);
        op_must_run(&c);
        for (int k = 0; k < 2 && models[m].column[k]; k++)
            ck_assert_double_le(worst_of(&c, models[m].column[k], want, columns, 4 + k, rows),
                                1e-12);
        op_end(&c);
        free(want);
        value_free(v);
    }
}
END_TEST

START_TEST(refuses_a_lone_atom)
{
    double x[3] = { 0 };
    int32_t species = 0;
    loom_value *v = make_atoms(1, x, &species, "Pd");
    op_call c = { .op = op_load("order.bond_orientation") };
    op_input(&c, "atoms", v);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "at least 2");
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("order.bond_orientation", fcc_in_any_orientation, published_values, refuses_a_lone_atom)
