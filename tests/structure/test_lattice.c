/* structure.lattice: site, cell, orientation and strain of a known crystal are recovered. */
#include "kit/geometry.h"
#include "kit/linalg.h"
#include "support/op_test.h"
#include "support/particles.h"
#include "support/suite.h"

static double figure(const op_call *c, const char *name)
{
    return *(const double *)value_array(op_output(c, "table"), name)->data;
}

/* x -> r (1 + e) x */
START_TEST(cell_orientation_and_strain_are_recovered)
{
    particle t = truncated_octahedron(3.89, 4.5, 7.5);
    double r[9], e[9] = { 1.01, 0.004, 0, 0.004, 0.995, 0, 0, 0, 0.99 }, m[9], x[3];
    loom_euler((double[3]){ 6, -4, 9 }, r);
    loom_multiply3(r, e, m);
    for (int64_t i = 0; i < t.n; i++) {
        memcpy(x, t.x[i], sizeof x);
        loom_apply3(m, x, t.x[i]);
    }
    loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("structure.lattice") };
    op_input(&c, "atoms", v);
    op_must_be_deterministic(&c);
    ck_assert_double_eq(figure(&c, "fraction"), 1);
    ck_assert_double_le(figure(&c, "rms"), 1e-9);
    double mean = cbrt(loom_det3(e));
    ck_assert_double_eq_tol(figure(&c, "a"), 3.89 * mean, 1e-9);
    for (int k = 0; k < 9; k++) {
        char name[8];
        snprintf(name, sizeof name, "r%d%d", k / 3 + 1, k % 3 + 1);
        ck_assert_double_eq_tol(figure(&c, name), r[k], 1e-9);
        *name = 'e';
        ck_assert_double_eq_tol(figure(&c, name), e[k] / mean - (k % 4 == 0), 1e-9);
    }
    const int32_t(*site)[3] = value_array(op_output(&c, "atoms"), "site")->data;
    for (int64_t i = 0; i < t.n; i++) /* the same up to one whole translation */
        for (int a = 0; a < 3; a++)
            ck_assert_int_eq(site[i][a] - site[0][a], t.site[i][a] - t.site[0][a]);
    op_end(&c);
    value_free(v);
    particle_free(&t);
}
END_TEST

START_TEST(noise_and_vacancies)
{
    particle t = truncated_octahedron(3.89, 5.5, 9.5);
    shake(&t, 0.12, 4);
    int64_t n = 0;
    for (int64_t i = 0; i < t.n; i++)
        if (loom_random(8, 0, (uint64_t)i) % 50) memcpy(t.x[n++], t.x[i], sizeof *t.x);
    loom_value *v = make_atoms(n, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("structure.lattice") };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    ck_assert_double_ge(figure(&c, "fraction"), 0.995);
    ck_assert_double_eq_tol(figure(&c, "a"), 3.89, 0.002);
    ck_assert_double_eq_tol(figure(&c, "rms"), 0.12 * sqrt(3), 0.01);
    op_end(&c);
    value_free(v);
    particle_free(&t);
}
END_TEST

/* A cube in any orientation is found whole; stretched along an axis, a_cubic is the mean over axes
 * that least squares makes of it, and the free cell fits better. */
START_TEST(the_cubic_fit)
{
    static const double turn[3][3] = { { 0, 0, 0 }, { 12, -7, 21 }, { 80, 35, -60 } };
    for (int k = 0; k < 3; k++) {
        particle t = truncated_octahedron(4.05, 4.5, 7.5);
        double r[9], c[9], x[3], stretched = k == 2 ? 1.02 : 1, xx[3] = { 0 };
        loom_euler(turn[k], r);
        for (int64_t i = 0; i < t.n; i++) {
            for (int a = 0; a < 3; a++) xx[a] += t.x[i][a] * t.x[i][a];
            memcpy(x, t.x[i], sizeof x);
            x[2] *= stretched;
            loom_apply3(r, x, t.x[i]);
        }
        loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
        op_call call = { .op = op_load("structure.lattice") };
        op_input(&call, "atoms", v);
        op_must_be_deterministic(&call);
        double want = 4.05 * (xx[0] + xx[1] + stretched * xx[2]) / (xx[0] + xx[1] + xx[2]);
        ck_assert_double_eq_tol(figure(&call, "a_cubic"), want, 1e-9);
        ck_assert(k == 2 ? figure(&call, "rms_cubic") > 0.05 : figure(&call, "rms_cubic") < 1e-9);
        ck_assert_double_le(figure(&call, "rms"), 1e-9);
        ck_assert(!value_array(op_output(&call, "table"), "error_a"));
        for (int i = 0; i < 9; i++) {
            char name[8];
            snprintf(name, sizeof name, "c%d%d", i / 3 + 1, i % 3 + 1);
            c[i] = figure(&call, name);
            if (k == 1) ck_assert_double_eq_tol(c[i], r[i], 1e-9);
        }
        ck_assert_double_eq_tol(loom_det3(c), 1, 1e-12);
        op_end(&call);
        value_free(v);
        particle_free(&t);
    }
}
END_TEST

/* Over noisy copies of one crystal, whose errors differ between axes and atoms, both lattice
 * parameters scatter as much as their errors say. */
START_TEST(errors_are_those_of_repeated_crystals)
{
    enum { COPIES = 200 };
    double sum2[2] = { 0 }, said[2] = { 0 };
    for (int copy = 0; copy < COPIES; copy++) {
        particle t = truncated_octahedron(3.9, 2.5, 4);
        double *sigma[3];
        for (int a = 0; a < 3; a++) {
            sigma[a] = malloc((size_t)t.n * sizeof **sigma);
            for (int64_t i = 0; i < t.n; i++) {
                double r = sqrt(t.x[i][0] * t.x[i][0] + t.x[i][1] * t.x[i][1]);
                sigma[a][i] = (a == 2 ? 0.12 : 0.05) * (1 + r / 10);
            }
        }
        for (int64_t i = 0; i < 3 * t.n; i++) {
            double two[2];
            loom_normal2(31, (uint64_t)copy, (uint64_t)i, two);
            t.x[i / 3][i % 3] += sigma[i % 3][i / 3] * two[0];
        }
        loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
        for (int a = 0; a < 3; a++)
            make_array(v, (const char *[]){ "error_x", "error_y", "error_z" }[a], LOOM_F64, 1, &t.n,
                       "angstrom", sigma[a]);
        op_call call = { .op = op_load("structure.lattice") };
        op_input(&call, "atoms", v);
        op_must_run(&call);
        static const char *const names[2][2] = { { "a", "error_a" },
                                                 { "a_cubic", "error_a_cubic" } };
        for (int k = 0; k < 2; k++) {
            double off = figure(&call, names[k][0]) - 3.9, error_of = figure(&call, names[k][1]);
            sum2[k] += off * off / COPIES;
            said[k] += error_of * error_of / COPIES;
        }
        op_end(&call);
        value_free(v);
        particle_free(&t);
        for (int a = 0; a < 3; a++) free(sigma[a]);
    }
    for (int k = 0; k < 2; k++) /* 200 copies know a standard deviation to 5 % */
        ck_assert_double_eq_tol(sqrt(sum2[k] / said[k]), 1, 0.15);
}
END_TEST

START_TEST(refuses_broken_errors)
{
    particle t = truncated_octahedron(3.9, 2.5, 4);
    double *sigma = calloc((size_t)t.n, sizeof *sigma);
    loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    make_array(v, "error_x", LOOM_F64, 1, &t.n, "angstrom", sigma);
    op_call c = { .op = op_load("structure.lattice") };
    op_input(&c, "atoms", v);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "only some of error_x");
    sigma[5] = -0.1;
    make_array(v, "error_y", LOOM_F64, 1, &t.n, "angstrom", sigma);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "'error_y' of atom 5");
    op_end(&c);
    value_free(v);
    free(sigma);
    particle_free(&t);
}
END_TEST

START_TEST(palladium_platinum)
{
    const char *path = test_data("pdpt/TO.xyz");
    if (!path) return;
    loom_value *v = particle_read_xyz(path);
    op_call c = { .op = op_load("structure.lattice") };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    ck_assert_double_ge(figure(&c, "indexed"), 8455);
    ck_assert_double_eq_tol(figure(&c, "rms"), 0.222, 0.005);
    ck_assert_double_eq_tol(figure(&c, "a"), 3.9175, 0.001);
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(refuses_a_glass)
{
    const char *path = test_data("oracles/mg_atoms_boo.csv");
    if (!path) return;
    loom_value *v = particle_read(path, 4);
    op_call c = { .op = op_load("structure.lattice") };
    op_input(&c, "atoms", v);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "no fcc order");
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("structure.lattice", cell_orientation_and_strain_are_recovered, noise_and_vacancies,
          the_cubic_fit, errors_are_those_of_repeated_crystals, refuses_broken_errors,
          palladium_platinum, refuses_a_glass)
