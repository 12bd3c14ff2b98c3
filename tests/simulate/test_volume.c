/* simulate.volume: the sum is the sum of weights, atoms lie where they are, and summed along z it
 * is the tilt series' image. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>

static const double position[] = { 1.3, -2.1, 0.7, -4, 3.3, -2.6, 2, 4, 5.5 };
static const int32_t species[] = { 0, 1, 1 };
static const float *density(const op_call *c)
{
    return value_array(op_output(c, "volume"), "density")->data;
}

START_TEST(sum_and_centre_are_those_of_the_atoms)
{
    loom_value *atoms = make_atoms(3, position, species, "Pd Ir");
    op_call c = { .op = op_load("simulate.volume"),
                  .params = { "size=[40, 44, 48]", "voxel_size=0.5", "sigma=[0.6, 0.7]" } };
    op_input(&c, "atoms", atoms);
    op_must_be_deterministic(&c);
    double sum = 0, at[3] = { 0 }, weights[2] = { 46, 77 }, want[3] = { 0 };
    for (int iz = 0; iz < 40; iz++)
        for (int iy = 0; iy < 44; iy++)
            for (int ix = 0; ix < 48; ix++) {
                double v = density(&c)[(iz * 44 + iy) * 48 + ix];
                sum += v;
                at[0] += v * (ix - 24) * 0.5;
                at[1] += v * (iy - 22) * 0.5;
                at[2] += v * (iz - 20) * 0.5;
            }
    for (int i = 0; i < 3; i++)
        for (int a = 0; a < 3; a++) want[a] += weights[species[i]] * position[3 * i + a];
    ck_assert_double_eq_tol(sum, 200, 200e-6);
    for (int a = 0; a < 3; a++) ck_assert_double_eq_tol(at[a] / sum, want[a] / 200, 1e-4);
    op_end(&c);
    value_free(atoms);
}
END_TEST

START_TEST(summed_along_the_beam_it_is_the_image_at_zero_tilt)
{
    loom_value *atoms = make_atoms(3, position, species, "Pd Ir");
    op_call c = { .op = op_load("simulate.volume"),
                  .params = { "size=48", "voxel_size=0.5", "weight=[0.01, 0.02]" } };
    op_call image = { .op = op_load("simulate.tilt_series"),
                      .params = { "size=48", "pixel_size=0.5", "angles=0",
                                  "cross_section=[0.01, 0.02]", "dose=1", "frames=1",
                                  "poisson=false" } };
    op_input(&c, "atoms", atoms);
    op_input(&image, "atoms", atoms);
    op_must_run(&c);
    op_must_run(&image);
    const float *seen = value_array(op_output(&image, "tilts"), "images")->data;
    for (int i = 0; i < 48 * 48; i++) {
        double sum = 0;
        for (int iz = 0; iz < 48; iz++) sum += density(&c)[iz * 48 * 48 + i];
        ck_assert_double_eq_tol(sum, seen[i], 1e-8);
    }
    op_end(&c);
    op_end(&image);
    value_free(atoms);
}
END_TEST

START_TEST(atoms_outside_leave_nothing_and_lists_are_checked)
{
    static const double far[3] = { 100, 0, 0 };
    loom_value *lost = make_atoms(1, far, species, "Pd"),
               *odd = make_atoms(1, far, species, "Vacancy");
    op_call c = { .op = op_load("simulate.volume"), .params = { "size=16" } };
    op_input(&c, "atoms", lost);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "size: 1 of 1 atoms lie outside the volume, atom 1"));
    for (int i = 0; i < 4096; i++) ck_assert_float_eq(density(&c)[i], 0);
    c.params[1] = "weight=[1, 2]";
    op_must_fail(&c, LOOM_E_PARAM, "weight", "2 values for 1 species");
    c.params[1] = "size=[4, 4]";
    op_must_fail(&c, LOOM_E_PARAM, "size", "has 2 entries, expected 1 or 3");
    c.params[1] = NULL;
    c.input_count = 0;
    op_input(&c, "atoms", odd);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "not an element");
    op_end(&c);
    value_free(lost);
    value_free(odd);
}
END_TEST

TEST_MAIN("simulate.volume", sum_and_centre_are_those_of_the_atoms,
          summed_along_the_beam_it_is_the_image_at_zero_tilt,
          atoms_outside_leave_nothing_and_lists_are_checked)
