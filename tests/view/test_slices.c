/* view.slices: the slices hold the densities of the planes asked for, averaged over the slab; atoms
 * are marked where they are cut. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NZ = 40, NY = 56, NX = 48 };

/* Density x + 100 y + 10000 z. */
static loom_value *coded_volume(double voxel)
{
    float *v = malloc(sizeof(float) * NZ * NY * NX);
    for (int i = 0; i < NZ * NY * NX; i++)
        v[i] = (float)(i % NX + 100 * (i / NX % NY) + 10000 * (i / (NX * NY)));
    loom_value *volume = make_volume(NZ, NY, NX, voxel, v);
    free(v);
    return volume;
}

static float at(const op_call *c, const char *name, int64_t row, int64_t column)
{
    const loom_array *a = value_array(op_output(c, "panel"), name);
    ck_assert_ptr_nonnull(a);
    return ((const float *)a->data)[row * a->dim[1] + column];
}

START_TEST(slices_hold_the_densities_of_their_planes)
{
    loom_value *v = coded_volume(0.5);
    op_call c = { .op = op_load("view.slices"), .params = { "at=[1, -2, 3]" } };
    op_input(&c, "volume", v);
    op_must_be_deterministic(&c);
    int x = NX / 2 + 2, y = NY / 2 - 4, z = NZ / 2 + 6;
    ck_assert(at(&c, "xy", 7, 9) == (float)(9 + 700 + 10000 * z));
    ck_assert(at(&c, "zy", 7, 9) == (float)(x + 700 + 90000));
    ck_assert(at(&c, "xz", 7, 9) == (float)(9 + 100 * y + 70000));
    const loom_value *panel = op_output(&c, "panel");
    ck_assert(value_attribute(panel, "pixel_size")->number == 0.5);
    ck_assert_str_eq(value_attribute(panel, "pixel_size")->unit, "angstrom");
    ck_assert_str_eq(value_attribute(panel, "renderer")->text, "image");
    op_end(&c);
    value_free(v);
}
END_TEST

START_TEST(slab_is_the_mean_of_its_slices)
{
    float density[4 * 8 * 8] = { 0 };
    for (int i = 0; i < 64; i++) density[64 + i] = 1; /* z = 1 of 0 .. 3 */
    loom_value *v = make_volume(4, 8, 8, 1, density);
    op_call c = { .op = op_load("view.slices"), .params = { "slab=2", "at=[0, 0, -0.5]" } };
    op_input(&c, "volume", v);
    op_must_run(&c);
    ck_assert(at(&c, "xy", 4, 4) == 0.5f);
    op_end(&c);
    value_free(v);
}
END_TEST

/* An atom in the plane z = 0 is marked in that slice alone, at its voxel. */
START_TEST(atoms_are_marked_where_they_are_cut)
{
    loom_value *v = coded_volume(0.5);
    loom_value *atoms = make_atoms(2, (double[]){ 3, 4, 0, 9, 9, 9 }, (int32_t[]){ 1, 0 }, "Pd Ir");
    op_call c = { .op = op_load("view.slices"), .params = { "at=[0, 0, 0]" } };
    op_input(&c, "volume", v);
    op_input(&c, "atoms", atoms);
    op_must_run(&c);
    const loom_array *mark = value_array(op_output(&c, "panel"), "mark");
    ck_assert_int_eq(mark->dim[0], 1);
    const double *m = mark->data;
    ck_assert(m[0] == 0 && m[1] == NY / 2 + 8 && m[2] == NX / 2 + 6);
    ck_assert_int_eq(*(const int32_t *)value_array(op_output(&c, "panel"), "mark_word")->data, 1);
    op_end(&c);
    value_free(atoms);
    value_free(v);
}
END_TEST

/* Nothing asked for: the slices meet in the atom of the volume that is nearest its centre, which
 * all three mark. */
START_TEST(slices_meet_in_the_atom_nearest_the_centre)
{
    loom_value *v = coded_volume(0.5);
    loom_value *atoms =
        make_atoms(3, (double[]){ 5, 5, 5, 3, 4, -2, 60, 0, 0 }, (int32_t[]){ 1, 0, 1 }, "Pd Ir");
    op_call c = { .op = op_load("view.slices") };
    op_input(&c, "volume", v);
    op_input(&c, "atoms", atoms);
    op_must_be_deterministic(&c);
    const loom_array *mark = value_array(op_output(&c, "panel"), "mark");
    ck_assert_int_eq(mark->dim[0], 3);
    for (int s = 0; s < 3; s++) ck_assert_double_eq(((const double *)mark->data)[3 * s], s);
    ck_assert(at(&c, "xy", 7, 9) == (float)(9 + 700 + 10000 * (NZ / 2 - 4)));
    op_end(&c);
    value_free(atoms);
    value_free(v);
}
END_TEST

START_TEST(refuses_what_it_cannot_show)
{
    loom_value *v = coded_volume(0.5);
    op_call c = { .op = op_load("view.slices"), .params = { "at=[0, 0, 50]" } };
    op_input(&c, "volume", v);
    op_must_fail(&c, LOOM_E_PARAM, "at", "outside the volume");
    c.params[0] = "at=[0, 0]";
    op_must_fail(&c, LOOM_E_PARAM, "at", "has 2 entries, expected 0 or 3");
    c.params[0] = "low=2";
    op_must_fail(&c, LOOM_E_PARAM, "high", "below low");
    op_end(&c);
    value_free(v);
}
END_TEST

TEST_MAIN("view.slices", slices_hold_the_densities_of_their_planes, slab_is_the_mean_of_its_slices,
          atoms_are_marked_where_they_are_cut, slices_meet_in_the_atom_nearest_the_centre,
          refuses_what_it_cannot_show)
