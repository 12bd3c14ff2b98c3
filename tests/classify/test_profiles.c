/* classify.profile and classify.local: atoms of two heights come apart by the density about them,
 * peaks that are none are dropped, what dims a whole region does not decide once labels are
 * compared locally. */
#include "kit/rng.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

enum { EDGE = 6, ATOMS = EDGE * EDGE * EDGE, V = 56 };
#define VOXEL 0.4
#define SPACING 3.0
static int32_t truth[ATOMS], given[ATOMS];
static double position[3 * ATOMS];

/* A cubic lattice of Gaussian atoms of height 1 or 1.6, times 1 - dim at one end of x to 1 at the
 * other; every `hole`th is not there (0: all are). */
static loom_value *make(double dim, int hole)
{
    loom_value *v = make_volume(V, V, V, VOXEL, NULL);
    float *d = value_array(v, "density")->data;
    for (int i = 0; i < ATOMS; i++) {
        int cell[3] = { i % EDGE, i / EDGE % EDGE, i / EDGE / EDGE };
        for (int a = 0; a < 3; a++)
            position[3 * i + a] = SPACING * (cell[a] - (EDGE - 1) / 2.0)
                                  + 0.1 * (loom_uniform(1, (uint64_t)a, (uint64_t)i) - 0.5);
        truth[i] = loom_uniform(1, 7, (uint64_t)i) < 0.4;
        double height = (truth[i] ? 1.6 : 1) * (1 - dim * (EDGE - 1 - cell[0]) / (EDGE - 1.0));
        if (hole && i % hole == 0) height = 0.05;
        for (int z = 0; z < V; z++)
            for (int y = 0; y < V; y++)
                for (int x = 0; x < V; x++) {
                    double r2 = pow((x - V / 2) * VOXEL - position[3 * i], 2)
                                + pow((y - V / 2) * VOXEL - position[3 * i + 1], 2)
                                + pow((z - V / 2) * VOXEL - position[3 * i + 2], 2);
                    if (r2 < 9) d[(z * V + y) * V + x] += (float)(height * exp(-r2 / 0.98));
                }
    }
    return v;
}

static const int32_t *species_of(const op_call *c)
{
    return value_array(op_output(c, "atoms"), "species")->data;
}

static int wrong_in(const int32_t *species)
{
    int wrong = 0;
    for (int i = 0; i < ATOMS; i++) wrong += species[i] != truth[i];
    return wrong;
}

START_TEST(two_heights_come_apart)
{
    loom_value *v = make(0, 0), *atoms = make_atoms(ATOMS, position, NULL, "X");
    static const char *const windows[] = { "window=box", "window=ball" };
    for (int i = 0; i < 2; i++) {
        op_call c = { .op = op_load("classify.profile"),
                      .params = { windows[i], "symbols=[Pd, Ir]" } };
        op_input(&c, "atoms", atoms);
        op_input(&c, "volume", v);
        op_must_be_deterministic(&c);
        ck_assert_int_eq(wrong_in(species_of(&c)), 0);
        op_end(&c);
    }
    value_free(atoms);
    value_free(v);
}
END_TEST

START_TEST(peaks_that_are_no_atoms_are_dropped)
{
    loom_value *v = make(0, 9), *atoms = make_atoms(ATOMS, position, NULL, "X"),
               *mask = make_value("mask");
    uint8_t *inside = make_array(mask, "mask", LOOM_U8, 3, (int64_t[]){ V, V, V }, NULL, NULL);
    value_set_number(mask, "voxel_size", VOXEL, "angstrom", NULL);
    for (int i = 0; i < V * V * V; i++) inside[i] = i % V >= V / 2;
    for (int masked = 0; masked < 2; masked++) {
        op_call c = { .op = op_load("classify.profile"), .params = { "non_atoms=true" } };
        op_input(&c, "atoms", atoms);
        op_input(&c, "volume", v);
        if (masked) op_input(&c, "support", mask);
        op_must_run(&c);
        int expected = 0;
        for (int i = 0; i < ATOMS; i++) expected += masked ? i % EDGE >= EDGE / 2 : i % 9 != 0;
        ck_assert_int_eq(value_array(op_output(&c, "atoms"), "species")->dim[0], expected);
        op_end(&c);
    }
    value_free(mask);
    value_free(atoms);
    value_free(v);
}
END_TEST

START_TEST(what_dims_a_region_does_not_decide)
{
    loom_value *v = make(0.5, 0), *atoms = make_atoms(ATOMS, position, NULL, "X");
    op_call global = { .op = op_load("classify.profile"), .params = { "symbols=[Pd, Ir]" } };
    op_input(&global, "atoms", atoms);
    op_input(&global, "volume", v);
    op_must_run(&global);
    int before = wrong_in(species_of(&global));
    op_call local = { .op = op_load("classify.local"), .params = { "reach=5" } };
    op_input(&local, "atoms", op_output(&global, "atoms"));
    op_input(&local, "volume", v);
    op_must_be_deterministic(&local);
    ck_assert_int_gt(before, 10);
    ck_assert_int_lt(wrong_in(species_of(&local)), before / 3);
    op_end(&local);
    op_end(&global);
    /* right labels stay */
    memcpy(given, truth, sizeof given);
    loom_value *right = make_atoms(ATOMS, position, given, "Pd Ir"), *even = make(0, 0);
    op_call still = { .op = op_load("classify.local") };
    op_input(&still, "atoms", right);
    op_input(&still, "volume", even);
    op_must_run(&still);
    ck_assert_int_eq(wrong_in(species_of(&still)), 0);
    op_end(&still);
    value_free(right);
    value_free(even);
    value_free(atoms);
    value_free(v);
}
END_TEST

START_TEST(bad_input_is_refused)
{
    loom_value *v = make(0, 0), *atoms = make_atoms(ATOMS, position, NULL, "X"),
               *thin = make_volume(3, V, V, VOXEL, NULL);
    op_call c = { .op = op_load("classify.profile"), .params = { "symbols=[Pd]" } },
            d = { .op = op_load("classify.local") };
    op_input(&c, "atoms", atoms);
    op_input(&c, "volume", v);
    op_must_fail(&c, LOOM_E_PARAM, "symbols", "1 entries for 2 classes");
    op_input(&d, "atoms", atoms);
    op_input(&d, "volume", thin);
    op_must_fail(&d, LOOM_E_DATA, "volume", "at least 4 voxels");
    op_end(&c);
    op_end(&d);
    value_free(atoms);
    value_free(v);
    value_free(thin);
}
END_TEST

TEST_MAIN("classify profiles", two_heights_come_apart, peaks_that_are_no_atoms_are_dropped,
          what_dims_a_region_does_not_decide, bad_input_is_refused)
