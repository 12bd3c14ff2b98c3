/* refine.atoms and compare.bound: the truth is found where there is no noise, errors are true where
 * there is, what is held stays, tilts that are left out tell a right model from a wrong one; the
 * same bytes for any number of threads. */
#include "kit/rng.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

enum { ATOMS = 60, TILTS = 25 };
#define APART 2.4 /* angstrom */

static double truth[3 * ATOMS];
static int32_t species[ATOMS];

/* Disordered atoms of two elements in a ball, none nearer than APART. */
static loom_value *make_truth(void)
{
    uint64_t draw = 0;
    for (int n = 0; n < ATOMS;) {
        double p[3], far = 0;
        for (int i = 0; i < 3; i++) {
            p[i] = 8 * (2 * loom_uniform(11, 1, draw++) - 1);
            far += p[i] * p[i];
        }
        bool good = far < 64;
        for (int j = 0; j < n && good; j++)
            good =
                hypot(hypot(p[0] - truth[3 * j], p[1] - truth[3 * j + 1]), p[2] - truth[3 * j + 2])
                > APART;
        if (!good) continue;
        memcpy(truth + 3 * n, p, sizeof p);
        species[n] = n % 3 == 0;
        n++;
    }
    return make_atoms(ATOMS, truth, species, "Pd Ir");
}

/* The truth displaced by up to `by` angstrom along each axis, without labels that know better. */
static loom_value *make_start(double by)
{
    double p[3 * ATOMS];
    for (int i = 0; i < 3 * ATOMS; i++)
        p[i] = truth[i] + by * (2 * loom_uniform(12, 1, (uint64_t)i) - 1);
    return make_atoms(ATOMS, p, species, "Pd Ir");
}

static op_call simulate(const loom_value *atoms, const char *poisson, const char *dose)
{
    op_call c = { .op = op_load("simulate.tilt_series"),
                  .params = { "size=72", "tilts=25", "start=-72", "stop=72", "frames=1", poisson,
                              dose } };
    op_input(&c, "atoms", atoms);
    op_must_run(&c);
    return c;
}

static op_call refine(const op_call *series, const loom_value *start, const char *hold,
                      const char *more)
{
    op_call c = { .op = op_load("refine.atoms"), .params = { hold, more } };
    op_input(&c, "tilts", op_output(series, "tilts"));
    op_input(&c, "atoms", start);
    return c;
}

static const double *column(const op_call *c, const char *port, const char *name)
{
    const loom_array *a = value_array(op_output(c, port), name);
    ck_assert_msg(a != NULL, "no column %s", name);
    return a->data;
}

static double rms_of(const op_call *c)
{
    const double *p = column(c, "atoms", "position");
    double sum = 0;
    for (int i = 0; i < 3 * ATOMS; i++) sum += (p[i] - truth[i]) * (p[i] - truth[i]);
    return sqrt(sum / ATOMS);
}

START_TEST(the_truth_is_found_without_noise)
{
    loom_value *atoms = make_truth(), *start = make_start(0.3);
    op_call series = simulate(atoms, "poisson=false", "dose=3e5"),
            c = refine(&series, start, "hold=[tail,blur,shifts,angles,scale]", "tolerance=1e-5");
    op_must_run(&c);
    ck_assert_double_lt(rms_of(&c), 2e-3);
    ck_assert_double_lt(fabs(*column(&c, "figures", "width_0") - 0.65), 2e-3);
    ck_assert_double_lt(fabs(*column(&c, "figures", "width_1") - 0.65), 2e-3);
    /* no tilt was left out: a figure of 0 would look like a perfect one */
    ck_assert_ptr_null(value_array(op_output(&c, "figures"), "r_free"));
    op_end(&c);
    op_end(&series);
    value_free(start);
    value_free(atoms);
}
END_TEST

/* Over all coordinates of all atoms: (x - truth) / error has a root mean square near 1, and the
 * bound says the same as the errors. */
START_TEST(errors_are_true)
{
    loom_value *atoms = make_truth(), *start = make_start(0.2);
    op_call series = simulate(atoms, "poisson=true", "dose=2e5"),
            c = refine(&series, start, "hold=[tail,blur,shifts,angles,scale]", "probes=24");
    op_must_be_deterministic(&c);
    static const char *const names[3] = { "error_x", "error_y", "error_z" };
    const double *p = column(&c, "atoms", "position");
    double sum = 0;
    for (int k = 0; k < 3; k++) {
        const double *e = column(&c, "atoms", names[k]);
        for (int j = 0; j < ATOMS; j++)
            sum += pow((p[3 * j + k] - truth[3 * j + k]) / e[j], 2) / (3 * ATOMS);
    }
    ck_assert_double_gt(sqrt(sum), 0.85); /* 180 numbers: 1 +- 0.053 */
    ck_assert_double_lt(sqrt(sum), 1.17);
    ck_assert_double_lt(fabs(*column(&c, "figures", "chi_square") - 1), 0.03);
    op_call bound = { .op = op_load("compare.bound"),
                      .params = { "hold=[tail,blur,shifts,angles,scale]" } };
    op_input(&bound, "tilts", op_output(&series, "tilts"));
    op_input(&bound, "atoms", atoms);
    op_input(&bound, "poses", op_output(&c, "poses")); /* as pipelines do: each in its unit */
    op_must_run(&bound);
    ck_assert_double_lt(
        fabs(*column(&bound, "table", "bound") / *column(&c, "figures", "error") - 1), 0.1);
    op_end(&bound);
    op_end(&c);
    op_end(&series);
    value_free(start);
    value_free(atoms);
}
END_TEST

START_TEST(what_is_held_stays)
{
    loom_value *atoms = make_truth();
    op_call series = simulate(atoms, "poisson=true", "dose=2e5"),
            c = refine(&series, atoms, "hold=[positions,widths,tail,blur,shifts,angles]",
                       "width=0.65");
    op_must_run(&c);
    const double *p = column(&c, "atoms", "position"), *theta = column(&c, "poses", "theta"),
                 *scale = column(&c, "poses", "scale");
    const double *angles = value_array(op_output(&series, "tilts"), "angles")->data;
    double moved = 0, turned = 0, scaled = 0;
    for (int i = 0; i < 3 * ATOMS; i++) moved = fmax(moved, fabs(p[i] - truth[i]));
    for (int k = 0; k < TILTS; k++) {
        turned = fmax(turned, fabs(theta[k] - angles[3 * k + 1]));
        scaled = fmax(scaled, fabs(scale[k] - 1));
    }
    ck_assert_double_lt(moved, 1e-12);
    ck_assert_double_lt(turned, 1e-12);
    ck_assert_double_gt(scaled, 1e-6);
    ck_assert_double_lt(fabs(*column(&c, "figures", "width_0") - 0.65), 1e-12);
    op_end(&c);
    op_end(&series);
    value_free(atoms);
}
END_TEST

/* R of the tilts left out: low for the atoms that were imaged, above 0.9 of the images' content for
 * atoms that were not. */
START_TEST(left_out_tilts_know_a_wrong_model)
{
    loom_value *atoms = make_truth(), *start = make_start(0.1);
    double elsewhere[3 * ATOMS];
    for (int i = 0; i < 3 * ATOMS; i++) elsewhere[i] = truth[i] + (i % 3 == 0 ? 9 : -7);
    loom_value *wrong = make_atoms(ATOMS, elsewhere, species, "Pd Ir");
    op_call series = simulate(atoms, "poisson=true", "dose=3e5");
    op_call good = refine(&series, start, "hold=[tail,blur,shifts,angles,scale]", "free_every=5");
    op_call bad = refine(&series, wrong, "hold=[tail,blur,shifts,angles,scale]", "free_every=5");
    op_must_run(&good);
    double right = *column(&good, "figures", "r_free"),
           fitted = *column(&good, "figures", "r_factor");
    ck_assert_double_lt(fabs(right / fitted - 1),
                        0.05); /* 240 unknowns do not overfit 100,000 pixels */
    op_must_fail(&bad, LOOM_E_DATA, "tilts", "R_free is");
    op_end(&bad);
    op_end(&good);
    op_end(&series);
    value_free(wrong);
    value_free(start);
    value_free(atoms);
}
END_TEST

START_TEST(poses_come_back)
{
    loom_value *atoms = make_truth(), *start = make_start(0.05);
    op_call series = { .op = op_load("simulate.tilt_series"),
                       .params = { "size=72", "tilts=25", "start=-72", "stop=72", "frames=1",
                                   "dose=3e6", "angle_error=[0.2, 0.2, 0.2]", "shift_error=0.4" } };
    op_input(&series, "atoms", atoms);
    op_must_run(&series);
    op_call c = refine(&series, start, "hold=[tail,blur,scale]", "steps=40");
    op_must_run(&c);
    static const char *const names[] = { "phi", "theta", "psi" };
    for (int i = 0; i < 3; i++) { /* but for the specimen's own rotation */
        const double *found = column(&c, "poses", names[i]),
                     *wanted = value_array(op_output(&series, "truth"), names[i])->data;
        double mean = 0, sum = 0;
        for (int k = 0; k < TILTS; k++) mean += (found[k] - wanted[k]) / TILTS;
        for (int k = 0; k < TILTS; k++) sum += pow(found[k] - wanted[k] - mean, 2) / TILTS;
        ck_assert_msg(sqrt(sum) < 0.12, "%s is off by %g degrees", names[i], sqrt(sum));
    }
    op_end(&c);
    op_end(&series);
    value_free(start);
    value_free(atoms);
}
END_TEST

/* The same atoms with the angles in another order, or so far away that no image shows them. */
START_TEST(other_images_are_told)
{
    loom_value *atoms = make_truth(), *start = make_start(0.05);
    double away[3 * ATOMS];
    for (int i = 0; i < 3 * ATOMS; i++) away[i] = truth[i] + (i % 3 == 1 ? 60 : 0);
    loom_value *nowhere = make_atoms(ATOMS, away, species, "Pd Ir");
    op_call series = simulate(atoms, "poisson=true", "dose=3e5"),
            right = refine(&series, start, "hold=[tail, blur, shifts, angles]", "free_every=5");
    op_must_run(&right);
    ck_assert_msg(!strstr(right.warnings, "R_free"), "%s", right.warnings);
    ck_assert_double_lt(*column(&right, "figures", "r_factor"),
                        1.05 * *column(&right, "figures", "r_noise"));
    ck_assert_double_gt(*column(&right, "figures", "r_factor"),
                        0.9 * *column(&right, "figures", "r_noise"));
    double *angle = (double *)value_array(op_output(&series, "tilts"), "angles")->data;
    int64_t tilts = value_array(op_output(&series, "tilts"), "angles")->dim[0];
    for (int64_t k = 0; k < tilts; k++) angle[3 * k + 1] = -72 + 6 * (double)(7 * k % tilts);
    op_call turned = refine(&series, start, "hold=[tail, blur, shifts, angles]", "free_every=5");
    op_must_run(&turned);
    ck_assert_msg(strstr(turned.warnings, "only part of the images") != NULL, "R %g, R_free %g",
                  *column(&turned, "figures", "r_factor"), *column(&turned, "figures", "r_free"));
    op_call other = refine(&series, nowhere, "hold=[tail, blur, shifts, angles, scale]", NULL);
    op_must_fail(&other, LOOM_E_DATA, "tilts", "explain nothing of the images");
    op_end(&other);
    op_end(&turned);
    op_end(&right);
    op_end(&series);
    value_free(nowhere);
    value_free(start);
    value_free(atoms);
}
END_TEST

START_TEST(bad_input_is_refused)
{
    loom_value *atoms = make_truth(), *one = make_atoms(1, truth, species, "Pd Ir");
    op_call series = simulate(atoms, "poisson=true", "dose=2e5");
    op_call few = refine(&series, one, "steps=1", NULL),
            word = refine(&series, atoms, "hold=[shift]", NULL),
            terms = refine(&series, atoms, "background_terms=2", NULL);
    op_call out = refine(&series, atoms, "free_every=20", NULL);
    op_must_fail(&few, LOOM_E_DATA, "atoms", "1 atom;");
    op_must_fail(&word, LOOM_E_PARAM, "hold", "'shift' is not an unknown");
    op_must_fail(&terms, LOOM_E_PARAM, "background_terms", "2 terms");
    op_must_fail(&out, LOOM_E_PARAM, "free_every", "too few");
    op_end(&few);
    op_end(&word);
    op_end(&terms);
    op_end(&out);
    op_end(&series);
    value_free(one);
    value_free(atoms);
}
END_TEST

TEST_MAIN_WITH("refine.atoms",
               ((suite_options){ .numbers = NUMBERS(the_truth_is_found_without_noise,
                                                    errors_are_true,
                                                    left_out_tilts_know_a_wrong_model,
                                                    poses_come_back, other_images_are_told) }),
               what_is_held_stays, bad_input_is_refused)
