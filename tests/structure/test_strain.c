/* structure.strain: crystals that are stretched by formula have the strain that the formula says,
 * and noise makes the errors that are reported. */
#include "kit/geometry.h"
#include "kit/linalg.h"
#include "support/op_test.h"
#include "support/particles.h"
#include "support/suite.h"

static const int part_of[6][2] = { { 0, 0 }, { 1, 1 }, { 2, 2 }, { 1, 2 }, { 0, 2 }, { 0, 1 } };
static const char *const names[6] = { "strain_11", "strain_22", "strain_33",
                                      "strain_23", "strain_13", "strain_12" };

static const double *column(const op_call *c, const char *name)
{
    const loom_array *a = value_array(op_output(c, "atoms"), name);
    ck_assert_msg(a != NULL, "no column '%s'", name);
    return a->data;
}
static bool known(const op_call *c, int64_t i)
{
    return ((const uint8_t *)value_array(op_output(c, "atoms"), "strain_known")->data)[i];
}
static double figure(const op_call *c, const char *name)
{
    return *(const double *)value_array(op_output(c, "table"), name)->data;
}

/* x -> m x of every atom */
static void deform(particle *t, const double m[9])
{
    for (int64_t i = 0; i < t->n; i++) {
        double x[3];
        memcpy(x, t->x[i], sizeof x);
        loom_apply3(m, x, t->x[i]);
    }
}

START_TEST(a_perfect_crystal_has_none)
{
    static const double turn[3][3] = { { 0, 0, 0 }, { 12, -7, 21 }, { 80, 35, -60 } };
    for (int k = 0; k < 3; k++) {
        double r[9];
        particle t = truncated_octahedron(3.89, 3.5, 5.5);
        loom_euler(turn[k], r);
        deform(&t, r);
        loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
        op_call c = { .op = op_load("structure.strain") };
        op_input(&c, "atoms", v);
        op_must_be_deterministic(&c);
        for (int64_t i = 0; i < t.n; i++) {
            ck_assert(known(&c, i));
            for (int p = 0; p < 6; p++) ck_assert_double_le(fabs(column(&c, names[p])[i]), 1e-12);
            ck_assert_double_le(fabs(column(&c, "strain_volume")[i]), 1e-12);
        }
        ck_assert(!value_array(op_output(&c, "atoms"), "error_strain_volume"));
        ck_assert_double_eq_tol(figure(&c, "a"), 3.89, 1e-9);
        ck_assert_double_eq(figure(&c, "atoms"), (double)t.n);
        op_end(&c);
        value_free(v);
        particle_free(&t);
    }
}
END_TEST

/* The same stretch everywhere, larger than a linear formula allows, in several orientations: all
 * atoms, those of corners included, have it, along the cube and along x, y, z. */
START_TEST(an_even_strain_is_exact)
{
    static const double turn[3][3] = { { 0, 0, 0 }, { 12, -7, 21 }, { 80, 35, -60 } };
    static const double stretch[9] = {
        1.03, 0.012, -0.004, 0.012, 0.98, 0.007, -0.004, 0.007, 1.01
    };
    for (int k = 0; k < 6; k++) {
        double r[9], m[9], back[9], e[9];
        bool crystal = k % 2 == 0;
        particle t = truncated_octahedron(3.9, 3.5, 5.5);
        loom_euler(turn[k / 2], r);
        loom_multiply3(r, stretch, m);
        deform(&t, m);
        loom_transpose3(r, back);
        loom_multiply3(m, back, e);
        loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
        op_call c = { .op = op_load("structure.strain"),
                      .params = { "a=3.9", "min_neighbours=3",
                                  crystal ? "axes=crystal" : "axes=particle",
                                  k < 3 ? "shells=1" : "shells=5" } };
        op_input(&c, "atoms", v);
        op_must_run(&c);
        double volume = loom_det3(stretch) - 1;
        for (int64_t i = 0; i < t.n; i++) {
            ck_assert_double_eq_tol(column(&c, "strain_volume")[i], volume, 1e-10);
            for (int p = 0; p < 6; p++) {
                int a = part_of[p][0], b = part_of[p][1];
                /* the last orientation is described along other, equal, axes of the cube */
                if (crystal && k / 2 == 2) continue;
                ck_assert_double_eq_tol(column(&c, names[p])[i],
                                        (crystal ? stretch : e)[3 * a + b] - (a == b), 1e-10);
            }
        }
        ck_assert_double_eq_tol(figure(&c, "mean_volume"), volume, 1e-10);
        ck_assert_double_le(figure(&c, "deviation_volume"), 1e-10);
        op_end(&c);
        value_free(v);
        particle_free(&t);
    }
}
END_TEST

/* Displacement q x^2 / 2 along x: strain_11 is q x, exactly so where the surroundings are the same
 * on both sides. */
START_TEST(a_growing_strain_is_local)
{
    const double q = 0.002;
    particle t = truncated_octahedron(3.9, 4.5, 7.5);
    double *x = malloc((size_t)t.n * sizeof *x);
    for (int64_t i = 0; i < t.n; i++) {
        x[i] = t.x[i][0];
        t.x[i][0] += q * x[i] * x[i] / 2;
    }
    loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("structure.strain"),
                  .params = { "a=3.9", "shells=3", "min_neighbours=42" } };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    int64_t inside = 0;
    double largest = 0;
    for (int64_t i = 0; i < t.n; i++) {
        if (!known(&c, i)) {
            ck_assert(!(fabs(column(&c, "strain_11")[i]) > 0));
            continue;
        }
        inside++;
        largest = fmax(largest, q * x[i]);
        for (int p = 0; p < 6; p++)
            ck_assert_double_eq_tol(column(&c, names[p])[i], p ? 0 : q * x[i], 1e-10);
        ck_assert_double_eq_tol(column(&c, "strain_volume")[i], q * x[i], 1e-10);
    }
    ck_assert_int_gt(inside, 200);
    ck_assert_double_gt(largest, 0.015);
    op_end(&c);
    value_free(v);
    free(x);
    particle_free(&t);
}
END_TEST

/* Positions of an unstrained crystal with errors that differ between axes and atoms: strain over
 * its error has a spread of 1, in every part, at the surface too. */
START_TEST(errors_are_those_of_noise)
{
    enum { COPIES = 40 };
    for (int axes = 0; axes < 2; axes++) {
        double sum2[7] = { 0 }, count = 0, r[9];
        loom_euler((double[3]){ 5, 9, -14 }, r);
        for (int copy = 0; copy < COPIES; copy++) {
            particle t = truncated_octahedron(3.9, 2.5, 4);
            deform(&t, r);
            double *sigma = malloc(3 * (size_t)t.n * sizeof *sigma), two[2];
            for (int64_t k = 0; k < 3 * t.n; k++) { /* axis by axis */
                int64_t i = k % t.n, x = k / t.n;
                sigma[k] = (x == 2 ? 0.06 : 0.02) * (1 + 0.5 * (double)(i % 3));
                loom_normal2(47, (uint64_t)copy, (uint64_t)k, two);
                t.x[i][x] += sigma[k] * two[0];
            }
            loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
            make_array(v, "error_x", LOOM_F64, 1, &t.n, "angstrom", sigma);
            make_array(v, "error_y", LOOM_F64, 1, &t.n, "angstrom", sigma + t.n);
            make_array(v, "error_z", LOOM_F64, 1, &t.n, "angstrom", sigma + 2 * t.n);
            op_call c = { .op = op_load("structure.strain"),
                          .params = { "a=3.9", axes ? "axes=particle" : "axes=crystal" } };
            op_input(&c, "atoms", v);
            op_must_run(&c);
            for (int p = 0; p < 7; p++) {
                char name[32];
                snprintf(name, sizeof name, "error_%s", p < 6 ? names[p] : "strain_volume");
                const double *e = column(&c, name), *s = column(&c, name + 6);
                for (int64_t i = 0; i < t.n; i++)
                    if (known(&c, i)) sum2[p] += s[i] / e[i] * (s[i] / e[i]);
            }
            count += figure(&c, "atoms");
            op_end(&c);
            value_free(v);
            free(sigma);
            particle_free(&t);
        }
        for (int p = 0; p < 7; p++) ck_assert_double_eq_tol(sqrt(sum2[p] / count), 1, 0.05);
    }
}
END_TEST

START_TEST(refuses_atoms_without_surroundings)
{
    particle t = truncated_octahedron(3.9, 2.5, 4);
    loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("structure.strain"),
                  .params = { "shells=1", "min_neighbours=13" } };
    op_input(&c, "atoms", v);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "no atom has 13 neighbours");
    op_end(&c);
    value_free(v);
    particle_free(&t);
}
END_TEST

TEST_MAIN("structure.strain", a_perfect_crystal_has_none, an_even_strain_is_exact,
          a_growing_strain_is_local, errors_are_those_of_noise, refuses_atoms_without_surroundings)
