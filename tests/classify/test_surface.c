/* classify.surface: dim surface atoms get their own threshold; each guard keeps the labels. */
#include "kit/rng.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>

enum { ATOMS = 400 };
static int32_t truth[ATOMS];

/* Half of the atoms are at the surface and `dim` times as bright; labels as one threshold over all
 * of them gives. */
static loom_value *make(double dim, double ratio, double share)
{
    static double position[3 * ATOMS], intensity[ATOMS];
    static int32_t species[ATOMS];
    static uint8_t surface[ATOMS];
    int64_t n = ATOMS;
    for (int i = 0; i < ATOMS; i++) {
        surface[i] = i % 2;
        truth[i] = loom_uniform(2, 1, (uint64_t)i) < share;
        intensity[i] = (truth[i] ? ratio : 1) * (surface[i] ? dim : 1)
                       * (1 + 0.1 * (loom_uniform(2, 2, (uint64_t)i) - 0.5));
        species[i] = intensity[i] > 0.5 * (1 + ratio);
        for (int a = 0; a < 3; a++) position[3 * i + a] = 2.7 * (i / (int)pow(8, a) % 8);
    }
    loom_value *v = make_atoms(ATOMS, position, species, "Pd Ir");
    make_array(v, "intensity", LOOM_F64, 1, &n, NULL, intensity);
    make_array(v, "surface", LOOM_U8, 1, &n, NULL, surface);
    return v;
}

static op_call classify(const loom_value *atoms, const char *set)
{
    op_call c = { .op = op_load("classify.surface"), .params = { set } };
    op_input(&c, "atoms", atoms);
    return c;
}

static int cell(const op_call *c, const char *name)
{
    return ((int32_t *)value_array(op_output(c, "classes"), name)->data)[0];
}

START_TEST(the_surface_has_its_own_threshold)
{
    loom_value *atoms = make(0.6, 1.6, 0.4);
    op_call c = classify(atoms, "min_atoms=50");
    op_must_be_deterministic(&c);
    const int32_t *species = value_array(op_output(&c, "atoms"), "species")->data,
                  *before = value_array(op_output(&c, "atoms"), "species_before")->data;
    int wrong = 0, wrong_before = 0;
    for (int i = 0; i < ATOMS; i++) {
        wrong += species[i] != truth[i];
        wrong_before += before[i] != truth[i];
        if (i % 2 == 0) ck_assert_int_eq(species[i], before[i]);
    }
    ck_assert_int_eq(wrong, 0);
    ck_assert_int_gt(wrong_before, 50);
    ck_assert_int_eq(cell(&c, "changed"), wrong_before);
    ck_assert_int_eq(cell(&c, "surface"), ATOMS / 2);
    op_end(&c);
    value_free(atoms);
}
END_TEST

static void check_kept(loom_value *atoms, const char *set)
{
    op_call c = classify(atoms, set);
    op_must_run(&c);
    ck_assert_int_eq(cell(&c, "accepted"), 0);
    ck_assert_int_eq(cell(&c, "changed"), 0);
    op_end(&c);
}

START_TEST(guards_keep_the_labels)
{
    loom_value *atoms = make(0.6, 1.6, 0.4), *rare = make(0.6, 1.6, 0.01);
    check_kept(atoms, "min_atoms=201");
    check_kept(atoms, "min_separation=90");
    check_kept(rare, "min_fraction=0.05");
    value_free(atoms);
    value_free(rare);
}
END_TEST

START_TEST(missing_columns_are_named)
{
    double position[6] = { 0, 0, 0, 3, 0, 0 };
    loom_value *bare = make_atoms(2, position, NULL, "Pd Ir");
    op_call c = classify(bare, "min_atoms=2");
    op_must_fail(&c, LOOM_E_DATA, "atoms", "surface");
    op_end(&c);
    value_free(bare);
}
END_TEST

TEST_MAIN("classify surface", the_surface_has_its_own_threshold, guards_keep_the_labels,
          missing_columns_are_named)
