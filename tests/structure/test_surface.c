/* structure.surface: published surfaces come out vertex for vertex; closed forms for lattices,
 * cavities and depths. */
#include "support/op_test.h"
#include "support/particles.h"
#include "support/suite.h"

static double figure(const op_call *c, const char *name)
{
    return *(const double *)value_array(op_output(c, "table"), name)->data;
}

static void check_published(const char *file, double area, double volume, int faces)
{
    const char *path = test_data(file);
    int64_t rows;
    int columns;
    double *want = path ? rows_read(path, &rows, &columns) : NULL;
    if (!want) return;
    loom_value *v = particle_read(path, 5);
    op_call c = { .op = op_load("structure.surface"),
                  .params = { strstr(file, "mea1") ? "alpha=3.49" : "alpha=3.47",
                              "cavities=surface" },
                  .threads = 2 };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    const uint8_t *on_mesh = value_array(op_output(&c, "atoms"), "on_mesh")->data;
    int64_t wrong = 0;
    for (int64_t i = 0; i < rows; i++) wrong += on_mesh[i] != (want[i * columns + 4] != 0);
    ck_assert_int_eq(wrong, 0);
    ck_assert_double_eq_tol(figure(&c, "area"), area, 1e-6 * area);
    ck_assert_double_eq_tol(figure(&c, "volume"), volume, 1e-6 * volume);
    ck_assert_double_eq(figure(&c, "faces"), faces);
    op_end(&c);
    free(want);
    value_free(v);
}

START_TEST(published_surfaces)
{
    check_published("oracles/mea1_atoms.csv", 5932.624, 35349.627, 1262);
    check_published("oracles/mea4_atoms.csv", 4652.337, 24591.294, 1072);
}
END_TEST

START_TEST(palladium_platinum)
{
    const char *path = test_data("oracles/derived_TO.csv");
    int64_t rows;
    int columns;
    double *want = path ? rows_read(path, &rows, &columns) : NULL, worst = 0;
    if (!want) return;
    loom_value *v = particle_read_xyz(test_data("pdpt/TO.xyz"));
    op_call c = { .op = op_load("structure.surface"),
                  .params = { "alpha=2.75", "cavities=surface" } };
    op_input(&c, "atoms", v);
    op_must_be_deterministic(&c);
    const double *depth = value_array(op_output(&c, "atoms"), "depth")->data;
    for (int64_t i = 0; i < rows; i++) worst = fmax(worst, fabs(depth[i] - want[i * columns + 3]));
    ck_assert_double_le(worst, 1e-6);
    ck_assert_double_eq_tol(figure(&c, "area"), 13320.168, 1e-3);
    ck_assert_double_eq_tol(figure(&c, "volume"), 113389.415, 1e-3);
    ck_assert_double_eq(figure(&c, "faces"), 3672);
    ck_assert_double_eq(figure(&c, "vertices"), 1840);
    op_end(&c);
    free(want);
    value_free(v);
}
END_TEST

/* fcc between {100} and {111} planes: the alpha shape is the convex polyhedron of the atoms, so
 * depths are distances to its planes. */
START_TEST(ideal_particle_has_the_depths_of_its_planes)
{
    double a = 3.89;
    particle t = truncated_octahedron(a, 4.5, 7.5);
    loom_value *v = make_atoms(t.n, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("structure.surface") };
    op_input(&c, "atoms", v);
    op_must_be_deterministic(&c);
    const double *depth = value_array(op_output(&c, "atoms"), "depth")->data;
    double deepest = 0, planes[14] = { 0 };
    double normal[14][3];
    for (int k = 0; k < 14; k++)
        for (int x = 0; x < 3; x++)
            normal[k][x] = k < 8              ? (k >> x & 1 ? 1 : -1) / sqrt(3)
                           : (k - 8) / 2 == x ? (k % 2 ? 1 : -1)
                                              : 0;
    for (int k = 0; k < 14; k++)
        for (int64_t i = 0; i < t.n; i++)
            planes[k] = fmax(planes[k], normal[k][0] * t.x[i][0] + normal[k][1] * t.x[i][1]
                                            + normal[k][2] * t.x[i][2]);
    for (int64_t i = 0; i < t.n; i++) {
        double least = INFINITY;
        for (int k = 0; k < 14; k++)
            least = fmin(least, planes[k]
                                    - (normal[k][0] * t.x[i][0] + normal[k][1] * t.x[i][1]
                                       + normal[k][2] * t.x[i][2]));
        ck_assert_msg(depth[i] >= least - 1e-5, "atom %ld: depth %g, planes at %g", (long)i,
                      depth[i], least);
        if (least > 2) ck_assert_double_eq_tol(depth[i], least, 1e-5);
        deepest = fmax(deepest, depth[i]);
    }
    ck_assert_double_gt(deepest, 10);
    ck_assert_double_eq(figure(&c, "outside"), 0);
    ck_assert_double_eq(figure(&c, "parts"), 1);
    op_end(&c);
    value_free(v);
    particle_free(&t);
}
END_TEST

/* A hole of 13 atoms in the middle: one cavity, apart from the surface; V - E + F = 2 for the
 * surface. */
START_TEST(a_cavity_is_kept_apart)
{
    particle t = truncated_octahedron(3.89, 3.5, 5.5);
    int64_t n = 0;
    double centre[3] = { -0.25 * 3.89, -0.25 * 3.89, 0 };
    for (int64_t i = 0; i < t.n; i++)
        if (distance(t.x[i], centre) > 3) memcpy(t.x[n++], t.x[i], sizeof *t.x);
    ck_assert_int_eq(t.n - n, 13);
    loom_value *v = make_atoms(n, t.x[0], t.species, "Pd Ir");
    op_call c = { .op = op_load("structure.surface"), .params = { "alpha=2.75" } };
    op_input(&c, "atoms", v);
    op_must_run(&c);
    ck_assert_double_eq(figure(&c, "cavities"), 1);
    ck_assert_double_eq(figure(&c, "vertices") - figure(&c, "faces") / 2, 2);
    ck_assert(op_output(&c, "cavities") != NULL);
    double apart = figure(&c, "volume"), hole = figure(&c, "cavity_volume");
    c.params[1] = "cavities=surface";
    op_must_run(&c);
    ck_assert_double_eq_tol(figure(&c, "volume"), apart - hole, 1e-6);
    ck_assert(op_output(&c, "cavities") == NULL);
    op_end(&c);
    value_free(v);
    particle_free(&t);
}
END_TEST

/* Two copies side by side are cut into blocks elsewhere than one alone. Depths, vertices and faces
 * are the same. */
START_TEST(blocks_do_not_show)
{
    particle t = truncated_octahedron(3.89, 8.5, 14.5);
    shake(&t, 0.1, 6);
    double(*two)[3] = calloc(2 * (size_t)t.n, sizeof *two);
    int32_t *species = calloc(2 * (size_t)t.n, sizeof *species);
    for (int64_t i = 0; i < 2 * t.n; i++) {
        memcpy(two[i], t.x[i % t.n], sizeof *two);
        if (i >= t.n) two[i][0] += 75;
    }
    loom_value *one = make_atoms(t.n, t.x[0], species, "Pd"),
               *both = make_atoms(2 * t.n, two[0], species, "Pd");
    op_call c = { .op = op_load("structure.surface"),
                  .params = { "alpha=2.75", "cavities=surface" },
                  .threads = 2 },
            d = c;
    op_input(&c, "atoms", one);
    op_input(&d, "atoms", both);
    op_must_run(&c);
    op_must_run(&d);
    const double *depth = value_array(op_output(&c, "atoms"), "depth")->data,
                 *depths = value_array(op_output(&d, "atoms"), "depth")->data;
    const uint8_t *vertex = value_array(op_output(&c, "atoms"), "on_mesh")->data,
                  *vertices = value_array(op_output(&d, "atoms"), "on_mesh")->data;
    for (int64_t i = 0; i < 2 * t.n; i++) {
        ck_assert_int_eq(vertices[i], vertex[i % t.n]);
        ck_assert_double_eq_tol(depths[i], depth[i % t.n], 1e-9);
    }
    ck_assert_double_eq(figure(&d, "faces"), 2 * figure(&c, "faces"));
    ck_assert_double_eq(figure(&d, "cavities"), 2 * figure(&c, "cavities"));
    ck_assert_double_eq_tol(figure(&d, "volume"), 2 * figure(&c, "volume"), 1e-6);
    op_end(&c);
    op_end(&d);
    value_free(one);
    value_free(both);
    free(two);
    free(species);
    particle_free(&t);
}
END_TEST

START_TEST(refuses_what_has_no_body)
{
    double plane[16][3];
    int32_t species[16] = { 0 };
    for (int i = 0; i < 16; i++) {
        plane[i][0] = 2.75 * (i % 4);
        plane[i][1] = 2.75 * (i / 4);
        plane[i][2] = 0;
    }
    loom_value *flat = make_atoms(16, plane[0], species, "Pd"),
               *few = make_atoms(3, plane[0], species, "Pd");
    op_call c = { .op = op_load("structure.surface"), .params = { "alpha=3" } };
    op_input(&c, "atoms", flat);
    op_must_fail(&c, LOOM_E_DATA, "alpha", "one plane");
    c.input[0].value = few;
    op_must_fail(&c, LOOM_E_DATA, "atoms", "at least 4");
    op_end(&c);
    value_free(flat);
    value_free(few);
}
END_TEST

TEST_MAIN("structure.surface", published_surfaces, palladium_platinum,
          ideal_particle_has_the_depths_of_its_planes, a_cavity_is_kept_apart, blocks_do_not_show,
          refuses_what_has_no_body)
