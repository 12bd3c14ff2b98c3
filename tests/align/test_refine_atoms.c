/* align.refine with atoms: they find angles that voxels do not, with the same bytes for any number
 * of threads, on a background that was not taken off well as without one; where no atoms are seen,
 * the poses are those of the voxels. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

enum { TILTS = 21 };

/* A particle of 336 atoms on images that show atoms, or do not: `sigma` is the width of their
 * images; and a background, NULL for none. The caller ends both. */
static void make_series(op_call *particle, op_call *series, const char *sigma,
                        const char *background)
{
    *particle = (op_call){ .op = op_load("simulate.particle") };
    op_must_run(particle);
    *series =
        (op_call){ .op = op_load("simulate.tilt_series"),
                   .params = { "size=72", "pixel_size=0.352", "tilts=21", "start=-72", "stop=72",
                               "dose=3e6", "frames=1", "angle_error=[0.2, 0.3, 0.2]",
                               "shift_error=0.5", sigma, background } };
    op_input(series, "atoms", op_output(particle, "atoms"));
    op_must_run(series);
}

static op_call refine(const op_call *series, const char *atoms, const char *background)
{
    op_call c = { .op = op_load("align.refine"),
                  .params = { "binning=1.5", "iterations=24", atoms, background } };
    op_input(&c, "tilts", op_output(series, "tilts"));
    return c;
}

/* The atoms of the last stage are those that were imaged, and make the images under the angles and
 * displacements that came with them. */
static void must_be_the_particle(const op_call *c, const op_call *particle, const op_call *series)
{
    op_call score = { .op = op_load("compare.atoms") },
            again = { .op = op_load("refine.atoms"),
                      .params = { "hold=[positions, widths, tail, background, scale, shifts, "
                                  "angles, blur]",
                                  "width=0.65", "steps=4" } };
    op_input(&score, "found", op_output(c, "atoms"));
    op_input(&score, "truth", op_output(particle, "atoms"));
    op_must_run(&score);
    const loom_value *table = op_output(&score, "table");
    ck_assert_int_eq(((const int64_t *)value_array(table, "matched")->data)[0], 336);
    ck_assert_double_lt(((const double *)value_array(table, "rmsd_pm")->data)[0], 10);
    op_input(&again, "tilts", op_output(series, "tilts"));
    op_input(&again, "atoms", op_output(c, "atoms"));
    op_input(&again, "poses", op_output(c, "parameters"));
    op_must_run(&again);
    const loom_value *figures = op_output(&again, "figures");
    ck_assert_double_lt(((const double *)value_array(figures, "r_factor")->data)[0],
                        1.1 * ((const double *)value_array(figures, "r_noise")->data)[0]);
    op_end(&again);
    op_end(&score);
}

/* Root mean square error of an angle but for its mean, degrees. */
static double error_of(const op_call *c, const op_call *series, const char *name)
{
    const double *found = value_array(op_output(c, "parameters"), name)->data,
                 *truth = value_array(op_output(series, "truth"), name)->data;
    double mean = 0, sum = 0;
    for (int k = 0; k < TILTS; k++) mean += (found[k] - truth[k]) / TILTS;
    for (int k = 0; k < TILTS; k++)
        sum += (found[k] - truth[k] - mean) * (found[k] - truth[k] - mean);
    return sqrt(sum / TILTS);
}

START_TEST(atoms_find_what_voxels_do_not)
{
    op_call particle, series;
    make_series(&particle, &series, "sigma=0.65", NULL);
    op_call voxels = refine(&series, "atoms=false", NULL),
            atoms = refine(&series, "atoms=true", NULL);
    op_must_run(&voxels);
    op_must_be_deterministic(&atoms);
    ck_assert_msg(strstr(atoms.notes, "atoms: 336,") != NULL, "%s",
                  atoms.notes); /* every one, and no other */
    must_be_the_particle(&atoms, &particle, &series);
    const char *const names[3] = { "phi", "theta", "psi" };
    for (int i = 0; i < 3; i++) {
        ck_assert_double_lt(error_of(&atoms, &series, names[i]),
                            0.75 * error_of(&voxels, &series, names[i]));
        ck_assert_double_lt(error_of(&atoms, &series, names[i]), 0.13);
    }
    op_end(&atoms);
    op_end(&voxels);
    op_end(&series);
    op_end(&particle);
}
END_TEST

/* The constant is known, its variation of a fifth (a third of an atom's peak) is not. */
START_TEST(a_background_left_behind_does_no_harm)
{
    op_call particle, series;
    make_series(&particle, &series, "sigma=0.65", "background=0.005");
    op_call voxels = refine(&series, "atoms=false", "background=88"),
            atoms = refine(&series, "atoms=true", "background=88");
    op_must_run(&voxels);
    op_must_run(&atoms);
    ck_assert_msg(strstr(atoms.notes, "atoms: 336,") != NULL, "%s", atoms.notes);
    ck_assert_double_lt(error_of(&atoms, &series, "theta"),
                        0.75 * error_of(&voxels, &series, "theta"));
    op_end(&atoms);
    op_end(&voxels);
    op_end(&series);
    op_end(&particle);
}
END_TEST

START_TEST(without_atoms_the_voxels_decide)
{
    op_call particle, series;
    make_series(&particle, &series, "sigma=1.6", NULL);
    op_call voxels = refine(&series, "atoms=false", NULL),
            atoms = refine(&series, "atoms=true", NULL);
    op_must_run(&voxels);
    op_must_run(&atoms);
    ck_assert_msg(strstr(atoms.notes, "poses are those of the voxels") != NULL, "%s", atoms.notes);
    ck_assert_int_eq(value_array(op_output(&atoms, "atoms"), "height")->dim[0], 0);
    const char *const ports[4] = { "tilts", "parameters", "convergence", "volume" };
    for (int i = 0; i < 4; i++) {
        digest a = value_digest(op_output(&atoms, ports[i])),
               b = value_digest(op_output(&voxels, ports[i]));
        ck_assert(digest_equal(&a, &b));
    }
    op_end(&atoms);
    op_end(&voxels);
    op_end(&series);
    op_end(&particle);
}
END_TEST

TEST_MAIN_WITH("align.refine_atoms",
               ((suite_options){ .numbers = NUMBERS(atoms_find_what_voxels_do_not,
                                                    a_background_left_behind_does_no_harm) }),
               without_atoms_the_voxels_decide)
