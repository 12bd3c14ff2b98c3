/* simulate.multislice, simulate.prism, simulate.atom_profile: what wave optics demands, and a
 * published reference where it is at hand. */
#include "kit/kirkland.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define SMALL \
    "cell=12, 12, 8", "pixel_size=0.18", "detector_inner=10", "detector_outer=26", "semiangle=15", \
        "scan_size=4, 3", "scan_step=0.7"

static loom_value *few_atoms(void)
{
    static const double position[5][3] = {
        { 0, 0, 0 }, { 1.5, 0.3, -2 }, { -1.2, 1.1, 1 }, { 0.4, -1.7, 3 }, { 0.9, 0.8, -3.5 }
    };
    static const int32_t species[5] = { 0, 1, 0, 1, 1 };
    return make_atoms(5, position[0], species, "Pd Ir");
}

static const float *images(op_call *c)
{
    return value_array(op_output(c, "tilts"), "images")->data;
}

START_TEST(same_bytes_for_any_number_of_threads)
{
    static const char *const ids[] = { "simulate.multislice", "simulate.prism" };
    for (int i = 0; i < 2; i++) {
        loom_value *atoms = few_atoms();
        op_call c = { .op = op_load(ids[i]),
                      .params = { SMALL, "configurations=2", "displacement=0.1", "keep_bins=true",
                                  "theta=0, 30" } };
        if (i) c.params[11] = "interpolation=2";
        op_input(&c, "atoms", atoms);
        op_must_be_deterministic(&c);
        op_end(&c);
        value_free(atoms);
    }
}
END_TEST

START_TEST(no_electron_is_lost_inside_the_band)
{
    double far[3] = { 5, 5, 0 };
    int32_t species = 0;
    loom_value *atoms = make_atoms(1, far, &species, "H"); /* hardly scatters out of the band */
    op_call c = { .op = op_load("simulate.multislice"), .params = { SMALL, "keep_bins=true" } };
    op_input(&c, "atoms", atoms);
    op_must_run(&c);
    const loom_array *bins = value_array(op_output(&c, "bins"), "data");
    for (int64_t p = 0; p < 12; p++) {
        double sum = 0;
        for (int64_t b = 0; b < bins->dim[3]; b++)
            sum += (double)((float *)bins->data)[p * bins->dim[3] + b];
        ck_assert_double_eq_tol(sum, 1, 1e-3);
    }
    op_end(&c);
    value_free(atoms);
}
END_TEST

/* With every plane wave (f = 1) PRISM is multislice. */
START_TEST(prism_without_interpolation_is_multislice)
{
    loom_value *atoms = few_atoms();
    op_call m = { .op = op_load("simulate.multislice"), .params = { SMALL } },
            p = { .op = op_load("simulate.prism"), .params = { SMALL, "interpolation=1" } };
    op_input(&m, "atoms", atoms);
    op_input(&p, "atoms", atoms);
    op_must_run(&m);
    op_must_run(&p);
    ck_assert(loom_array_count(value_array(op_output(&m, "tilts"), "images")) == 12);
    for (int i = 0; i < 12; i++)
        ck_assert_double_eq_tol((double)images(&p)[i] / (double)images(&m)[i], 1, 2e-3);
    op_end(&m);
    op_end(&p);
    value_free(atoms);
}
END_TEST

/* Moving specimen and probes together changes nothing; the potential follows positions between
 * pixels. */
START_TEST(a_shift_of_atoms_and_scan_is_no_change)
{
    loom_value *atoms = few_atoms();
    loom_value *moved = few_atoms();
    double *x = value_array(moved, "position")->data;
    for (int i = 0; i < 5; i++) x[3 * i] += 0.3;
    op_call a = { .op = op_load("simulate.multislice"), .params = { SMALL } },
            b = { .op = a.op, .params = { SMALL, "scan_centre=0.3, 0" } };
    op_input(&a, "atoms", atoms);
    op_input(&b, "atoms", moved);
    op_must_run(&a);
    op_must_run(&b);
    for (int i = 0; i < 12; i++)
        ck_assert_double_eq_tol((double)images(&b)[i] / (double)images(&a)[i], 1, 5e-3);
    op_end(&a);
    op_end(&b);
    value_free(atoms);
    value_free(moved);
}
END_TEST

START_TEST(the_published_reference_is_met_at_some_probes)
{
    const char *path = test_data("multislice/cluster500_snap.xyz");
    if (!path) return;
    double cell[3];
    char cell_text[128];
    loom_value *atoms = cell_atoms_read(path, cell),
               *reference = npy_read(test_data("multislice/A1_m2D_bins.npy"));
    ck_assert(atoms && reference);
    sprintf(cell_text, "cell=%f, %f, %f", cell[0], cell[1], cell[2]);
    op_call c = { .op = op_load("simulate.multislice"),
                  .params = { cell_text, "potential=prismatic_2d", "pixel_size=0.1",
                              "detector_outer=49.2", "keep_bins=true", "scan_size=3, 2" } };
    op_input(&c, "atoms", atoms);
    op_must_run(&c);
    const loom_array *bins = value_array(op_output(&c, "bins"), "data");
    const float *ours = bins->data, *theirs = value_array(reference, "data")->data;
    double difference = 0, power = 0;
    for (int y = 0; y < 2;
         y++) /* the centre pixel of the scan (index 1, 1) is probe 40, 40 of the reference */
        for (int xp = 0; xp < 3; xp++)
            for (int k = 0; k < 246; k++) {
                double r = theirs[((39 + xp) * 80 + 39 + y) * 246 + k],
                       d = ours[(y * 3 + xp) * bins->dim[3] + k] - r;
                difference += d * d;
                power += r * r;
            }
    ck_assert_double_le(sqrt(difference / power), 1e-4);
    op_end(&c);
    value_free(atoms);
    value_free(reference);
}
END_TEST

START_TEST(what_cannot_be_imaged_is_refused_with_the_numbers)
{
    loom_value *atoms = few_atoms();
    op_call c = { .op = op_load("simulate.multislice"),
                  .params = { "cell=12, 12, 8", "pixel_size=0.1" } };
    op_input(&c, "atoms", atoms);
    op_must_fail(&c, LOOM_E_PARAM, "detector_outer",
                 "carries angles only up to 52.5 mrad; use pixel_size <= 0.02461");
    c.params[1] = "configurations=3";
    op_must_fail(&c, LOOM_E_PARAM, "displacement", "repeat identical work");
    c.params[1] = "detector_inner=300";
    op_must_fail(&c, LOOM_E_PARAM, "detector_inner", "the inner angle must be the smaller");
    c.params[0] = "cell=12, 12, 5";
    c.params[1] = NULL;
    op_must_fail(&c, LOOM_E_PARAM, "cell", "only 5 angstrom thick");
    ((int32_t *)value_array(atoms, "species")->data)[2] = 7;
    op_must_fail(&c, LOOM_E_DATA, "atoms", "atom 2 has species 7");
    op_end(&c);
    value_free(atoms);
}
END_TEST

/* For a light atom and a nearly parallel beam the profile integrates to the cross section into the
 * detector. */
START_TEST(one_atom_scatters_its_cross_section)
{
    op_call c = { .op = op_load("simulate.atom_profile"),
                  .params = { "element=Si", "detector_inner=40.6", "detector_outer=100", "radius=8",
                              "step=0.1", "semiangle=8" } };
    op_must_run(&c);
    const loom_value *profile = op_output(&c, "profile");
    double expected =
        loom_kirkland_cross_section(loom_kirkland(14), 0.0196875, 1 + 300 / 510.99906, 40.6, 100);
    ck_assert_double_eq_tol(value_attribute(profile, "cross_section")->number / expected, 1, 0.05);
    double before = value_attribute(profile, "cross_section")->number;
    c.params[6] = "source_size=0.8";
    op_must_run(&c);
    profile = op_output(&c, "profile");
    ck_assert_double_eq_tol(value_attribute(profile, "cross_section")->number / before, 1,
                            0.02); /* a blur keeps the flux */
    c.params[0] = "element=Qq";
    op_must_fail(&c, LOOM_E_PARAM, "element", "'Qq' is not an element");
    op_end(&c);
}
END_TEST

TEST_MAIN("simulate waves", same_bytes_for_any_number_of_threads,
          no_electron_is_lost_inside_the_band, prism_without_interpolation_is_multislice,
          a_shift_of_atoms_and_scan_is_no_change, the_published_reference_is_met_at_some_probes,
          what_cannot_be_imaged_is_refused_with_the_numbers, one_atom_scatters_its_cross_section)
