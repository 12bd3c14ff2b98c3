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
          palladium_platinum, refuses_a_glass)
