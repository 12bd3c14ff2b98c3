/* structure.curvature: a sphere, a cylinder, a plane and the inside of a sphere have the curvatures
 * they must have. */
#include "kit/geometry.h"
#include "support/op_test.h"
#include "support/particles.h"
#include "support/suite.h"

enum { MOST = 20000 };
static double x[MOST][3];
static int32_t species[MOST];
static uint8_t surface[MOST];
static int64_t n;

static void add(double px, double py, double pz, bool outer)
{
    memcpy(x[n], (double[3]){ px, py, pz }, sizeof *x);
    surface[n++] = outer;
}

/* Points spread evenly over a sphere, with bulk atoms at 0.8 (or, for a cavity, 1.2) of the radius
 * so that inside is known. */
static void sphere(double radius, int count, double bulk)
{
    n = 0;
    for (int layer = 0; layer < 2; layer++)
        for (int k = 0; k < count; k++) {
            double z = 1 - (2 * k + 1.0) / count, rho = sqrt(1 - z * z),
                   phase = k * LOOM_PI * (3 - sqrt(5)), r = layer ? bulk * radius : radius;
            add(r * rho * cos(phase), r * rho * sin(phase), r * z, !layer);
        }
}

static loom_value *atoms_with_surface(void)
{
    loom_value *v = make_atoms(n, x[0], species, "Pd");
    make_array(v, "surface", LOOM_U8, 1, &n, "", surface);
    return v;
}

/* Mean over the surface atoms in the middle band |z| < band. */
static double mean_of(const op_call *c, const char *name, double band)
{
    const double *value = value_array(op_output(c, "atoms"), name)->data;
    const uint8_t *known = value_array(op_output(c, "atoms"), "curved")->data;
    double sum = 0, count = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!surface[i]) {
            ck_assert_int_eq(known[i], 0);
            continue;
        }
        if (fabs(x[i][2]) > band) continue;
        ck_assert_int_eq(known[i], 1);
        sum += value[i];
        count++;
    }
    ck_assert_double_gt(count, 50);
    return sum / count;
}

START_TEST(spheres)
{
    static const double radii[] = { 20, 32.5 }, bulks[] = { 0.87, 1.13 };
    for (int k = 0; k < 2; k++)
        for (int side = 0; side < 2; side++) {
            double radius = radii[k], sign = side ? -1 : 1;
            sphere(radius, (int)(4 * LOOM_PI * radius * radius / (0.866 * 2.75 * 2.75)),
                   bulks[side]);
            loom_value *v = atoms_with_surface();
            op_call c = { .op = op_load("structure.curvature"), .params = { "r1=2.75" } };
            op_input(&c, "atoms", v);
            op_must_be_deterministic(&c);
            ck_assert_double_eq_tol(mean_of(&c, "curvature", 1e9) * radius, sign, 0.03);
            ck_assert_double_eq_tol(mean_of(&c, "gauss_curvature", 1e9) * radius * radius, 1, 0.06);
            op_end(&c);
            value_free(v);
        }
}
END_TEST

START_TEST(cylinder_and_plane)
{
    double radius = 20, d = 2.75;
    n = 0;
    for (int layer = 0; layer < 2; layer++)
        for (int row = -20; row <= 20; row++)
            for (int k = 0; k < 45; k++) {
                double phase = 2 * LOOM_PI * (k + 0.5 * (row & 1)) / 45, r = radius - layer * d;
                add(r * cos(phase), r * sin(phase), row * 0.866 * d, !layer);
            }
    loom_value *v = atoms_with_surface();
    op_call c = { .op = op_load("structure.curvature"), .params = { "r1=2.75" } };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    ck_assert_double_eq_tol(mean_of(&c, "curvature", 30) * radius, 0.5, 0.015);
    ck_assert_double_eq_tol(mean_of(&c, "curvature_1", 30) * radius, 1, 0.03);
    ck_assert_double_eq_tol(mean_of(&c, "curvature_2", 30) * radius, 0, 0.01);
    ck_assert_double_eq_tol(mean_of(&c, "gauss_curvature", 30) * radius * radius, 0, 0.01);
    value_free(v);
    n = 0;
    for (int layer = 0; layer < 2; layer++)
        for (int row = -12; row <= 12; row++)
            for (int k = -12; k <= 12; k++)
                add((k + 0.5 * (row & 1)) * d, row * 0.866 * d, -layer * d, !layer);
    c.input[0].value = v = atoms_with_surface();
    op_must_run(&c);
    ck_assert_double_eq_tol(mean_of(&c, "curvature", 1e9), 0, 1e-9);
    ck_assert_double_eq_tol(mean_of(&c, "normal_z", 1e9), 1, 1e-9);
    op_end(&c);
    value_free(v);
}
END_TEST

/* With the mesh of structure.surface, whose normals replace the fitted planes. */
START_TEST(ball_with_its_mesh)
{
    double radius = 20, a = 3.89;
    n = 0;
    for (int i = -12; i <= 12; i++)
        for (int j = -12; j <= 12; j++)
            for (int k = -12; k <= 12; k++)
                if ((i + j + k) % 2 == 0 && i * i + j * j + k * k <= 4 * radius * radius / (a * a))
                    add(0.5 * a * i, 0.5 * a * j, 0.5 * a * k, false);
    loom_value *v = make_atoms(n, x[0], species, "Pd");
    op_call s = { .op = op_load("structure.surface") };
    op_input(&s, "atoms", v);
    op_must_run(&s);
    op_call c = { .op = op_load("structure.curvature"), .params = { "atoms_used=mesh" } };
    op_input(&c, "atoms", op_output(&s, "atoms"));
    op_input(&c, "mesh", op_output(&s, "mesh"));
    op_must_be_deterministic(&c);
    const double *mean = value_array(op_output(&c, "table"), "mean")->data;
    ck_assert_double_gt(*mean * radius, 0.8); /* steps of a lattice, not a smooth sphere */
    ck_assert_double_lt(*mean * radius, 1.6);
    op_end(&c);
    op_end(&s);
    value_free(v);
}
END_TEST

START_TEST(refuses_atoms_without_a_surface)
{
    sphere(20, 200, 0.8);
    loom_value *bare = make_atoms(n, x[0], species, "Pd");
    memset(surface, 0, sizeof surface);
    loom_value *none = atoms_with_surface();
    op_call c = { .op = op_load("structure.curvature"), .params = { "r1=2.75" } };
    op_input(&c, "atoms", bare);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "structure.coordination");
    c.input[0].value = none;
    op_must_fail(&c, LOOM_E_DATA, "atoms", "too few");
    double far[3][3] = { { 500 }, { 500, 3 }, { 500, 0, 3 } };
    int32_t face[3] = { 0, 1, 2 };
    loom_value *mesh = make_value("mesh");
    make_array(mesh, "vertex", LOOM_F64, 2, (int64_t[]){ 3, 3 }, "angstrom", far);
    make_array(mesh, "face", LOOM_I32, 2, (int64_t[]){ 1, 3 }, "", face);
    sphere(20, 200, 0.8);
    loom_value *v = atoms_with_surface();
    c.input[0].value = v;
    op_input(&c, "mesh", mesh);
    op_must_fail(&c, LOOM_E_DATA, "mesh", "0 of 200 surface atoms");
    value_free(mesh);
    value_free(v);
    op_end(&c);
    value_free(bare);
    value_free(none);
}
END_TEST

TEST_MAIN("structure.curvature", spheres, cylinder_and_plane, ball_with_its_mesh,
          refuses_atoms_without_a_surface)
