/* simulate.particle: exact counts and coordination of the ideal particle, depths on facet planes,
 * exact composition, rigid poses. */
#include "kit/geometry.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

static const double *column(const loom_value *v, const char *name)
{
    return value_array(v, name)->data;
}
static const int32_t *codes(const loom_value *v, const char *name)
{
    return value_array(v, name)->data;
}
static int64_t count_of(const loom_value *atoms) { return value_array(atoms, "species")->dim[0]; }

static bool is_among(const int32_t *v, int64_t n, int32_t key)
{
    for (int64_t i = 0; i < n; i++)
        if (v[i] == key) return true;
    return false;
}

START_TEST(sizes_have_the_exact_counts_and_surface)
{
    static const struct {
        const char *size;
        int atoms, surface;
    } known[] = {
        { "size=atoms336", 336, 178 },    { "size=atoms852", 852, 354 },
        { "size=atoms1976", 1976, 638 },  { "size=atoms3788", 3788, 1002 },
        { "size=atoms5970", 5970, 1382 }, { "size=atoms13366", 13366, 2410 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        op_call c = { .op = op_load("simulate.particle"), .params = { known[i].size } };
        op_must_run(&c);
        const loom_value *atoms = op_output(&c, "atoms");
        int surface = 0;
        ck_assert_int_eq(count_of(atoms), known[i].atoms);
        for (int n = 0; n < known[i].atoms; n++) surface += codes(atoms, "cn")[n] < 12;
        ck_assert_int_eq(surface, known[i].surface);
        op_end(&c);
    }
}
END_TEST

START_TEST(full_size_has_the_coordination_histogram_and_composition)
{
    int histogram[13] = { 0 }, shell = 0;
    op_call c = { .op = op_load("simulate.particle"), .params = { "size=atoms13366" } };
    op_must_be_deterministic(&c);
    const loom_value *atoms = op_output(&c, "atoms");
    for (int n = 0; n < 13366; n++) {
        histogram[codes(atoms, "cn")[n]]++;
        shell += codes(atoms, "species")[n];
    }
    ck_assert_int_eq(histogram[6], 24);
    ck_assert_int_eq(histogram[7], 306);
    ck_assert_int_eq(histogram[8], 704);
    ck_assert_int_eq(histogram[9], 1376);
    ck_assert_int_eq(histogram[12], 10956);
    ck_assert_int_eq(shell, 2662); /* 69 wt% Pd */
    ck_assert_str_eq(value_attribute(atoms, "symbols")->text, "Pd Ir");
    op_end(&c);
}
END_TEST

START_TEST(roughening_keeps_count_and_coordination_agrees_with_distances)
{
    op_call rest = { .op = op_load("simulate.particle"), .params = { "size=atoms852" } };
    op_call c = { .op = op_load("simulate.particle"),
                  .params = { "size=atoms852", "disorder=0", "roughen=0.05", "seed=3" } };
    op_must_run(&rest);
    op_must_run(&c);
    const loom_value *ideal = op_output(&rest, "atoms");
    const loom_value *atoms = op_output(&c, "atoms");
    const double *x = column(atoms, "position");
    ck_assert_int_eq(count_of(atoms), 852); /* roughening moves atoms, none is lost */
    for (int i = 0; i < 852; i++) {
        int near = 0;
        for (int j = 0; j < 852; j++)
            near += j != i
                    && hypot(hypot(x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1]),
                             x[3 * i + 2] - x[3 * j + 2])
                           < 1.2 * 3.89 / sqrt(2);
        ck_assert_int_eq(near, codes(atoms, "cn")[i]);
    }
    int outside = 0;
    for (int i = 0; i < 852; i++)
        outside += !is_among(codes(ideal, "site"), 852, codes(atoms, "site")[i]);
    ck_assert_int_eq(outside, 43); /* 5 % */
    ck_assert_int_eq(((const int64_t *)value_array(op_output(&c, "truth"), "roughened")->data)[0],
                     43);
    op_end(&rest);
    op_end(&c);
}
END_TEST

START_TEST(depth_counts_facet_planes)
{
    op_call c = { .op = op_load("simulate.particle"), .params = { "size=atoms3788" } };
    op_must_run(&c);
    const loom_value *atoms = op_output(&c, "atoms");
    double a = 3.89;
    for (int64_t n = 0; n < count_of(atoms); n++) {
        double d = column(atoms, "depth")[n], in100 = d / (a / 2), in111 = d / (a / sqrt(3));
        ck_assert(fabs(in100 - round(in100)) < 1e-6 || fabs(in111 - round(in111)) < 1e-6);
        if (codes(atoms, "cn")[n] == 12)
            ck_assert_double_gt(d, 1); /* what has all its neighbours lies below the first plane */
    }
    op_end(&c);
}
END_TEST

START_TEST(profile_alone_gives_its_fraction_at_every_depth)
{
    op_call c = { .op = op_load("simulate.particle"),
                  .params = { "size=atoms13366", "profile_depth=[0, 30]",
                              "profile_fraction=[0.3, 0.3]", "shell_fraction=-1", "core=Ni",
                              "shell=Au" } };
    op_must_run(&c);
    const loom_value *atoms = op_output(&c, "atoms");
    double shell = 0;
    for (int n = 0; n < 13366; n++) shell += codes(atoms, "species")[n];
    ck_assert_double_eq_tol(shell / 13366, 0.3, 4 * sqrt(0.21 / 13366));
    ck_assert_str_eq(value_attribute(atoms, "symbols")->text, "Ni Au");
    op_end(&c);
}
END_TEST

START_TEST(pose_is_the_rigid_motion_it_reports)
{
    op_call still = { .op = op_load("simulate.particle"), .params = { "seed=5" } };
    op_call posed = { .op = op_load("simulate.particle"),
                      .params = { "seed=5", "euler=[10, -20, 30]", "translation=[1, 2, 3]",
                                  "euler_spread=5", "translation_spread=2" } };
    op_must_run(&still);
    op_must_run(&posed);
    const loom_value *truth = op_output(&posed, "truth"), *a = op_output(&still, "atoms"),
                     *b = op_output(&posed, "atoms");
    double euler[3] = { *column(truth, "phi"), *column(truth, "theta"), *column(truth, "psi") },
           r[9];
    double shift[3] = { *column(truth, "x"), *column(truth, "y"), *column(truth, "z") };
    ck_assert(fabs(euler[0] - 10) <= 5 && fabs(euler[1] + 20) <= 5 && fabs(euler[2] - 30) <= 5
              && euler[0] != 10);
    ck_assert(fabs(shift[0] - 1) <= 2 && fabs(shift[1] - 2) <= 2 && fabs(shift[2] - 3) <= 2);
    loom_euler(euler, r);
    for (int n = 0; n < 336; n++) {
        const double *x = column(a, "position") + 3 * n, *y = column(b, "position") + 3 * n;
        double back[3], moved[3] = { y[0] - shift[0], y[1] - shift[1], y[2] - shift[2] };
        loom_to_detector(r, moved, back);
        for (int k = 0; k < 3; k++) ck_assert_double_eq_tol(back[k], x[k], 1e-12);
    }
    op_end(&still);
    op_end(&posed);
}
END_TEST

START_TEST(disorder_has_the_width_asked_for)
{
    op_call rest = { .op = op_load("simulate.particle"),
                     .params = { "size=atoms13366", "disorder=0" } };
    op_call moved = { .op = op_load("simulate.particle"),
                      .params = { "size=atoms13366", "disorder=0.08" } };
    op_must_run(&rest);
    op_must_run(&moved);
    const double *x = column(op_output(&rest, "atoms"), "position"),
                 *y = column(op_output(&moved, "atoms"), "position");
    double square = 0;
    for (int i = 0; i < 3 * 13366; i++) square += (x[i] - y[i]) * (x[i] - y[i]);
    ck_assert_double_eq_tol(sqrt(square / (3 * 13366)), 0.08, 0.08 * 4 / sqrt(2 * 3 * 13366.0));
    op_end(&rest);
    op_end(&moved);
}
END_TEST

START_TEST(refuses_what_makes_no_particle)
{
    op_call c = { .op = op_load("simulate.particle"), .params = { "h100=3" } };
    op_must_fail(&c, LOOM_E_PARAM, "h100", "size: custom");
    c.params[0] = "size=custom";
    op_must_fail(&c, LOOM_E_PARAM, "h100", "1 or more");
    c.params[0] = "core=Xx";
    op_must_fail(&c, LOOM_E_PARAM, "core", "'Xx' is not a chemical symbol");
    c.params[0] = "core=pt";
    c.params[1] = "shell=PT";
    op_must_fail(&c, LOOM_E_PARAM, "shell", "both");
    c.params[1] = "shell=ir"; /* any case is the element */
    op_must_run(&c);
    ck_assert_str_eq(value_attribute(op_output(&c, "atoms"), "symbols")->text, "Pt Ir");
    c.params[0] = "shell_fraction=0.9";
    c.params[1] = "profile_depth=[0, 1]";
    c.params[2] = "profile_fraction=[0.5, 0]";
    op_must_fail(&c, LOOM_E_PARAM, "shell_fraction", "above 0 for");
    c.params[1] = "profile_depth=[1, 0]";
    op_must_fail(&c, LOOM_E_PARAM, "profile_depth", "ascending");
    op_end(&c);
}
END_TEST

TEST_MAIN("simulate.particle", sizes_have_the_exact_counts_and_surface,
          full_size_has_the_coordination_histogram_and_composition,
          roughening_keeps_count_and_coordination_agrees_with_distances, depth_counts_facet_planes,
          profile_alone_gives_its_fraction_at_every_depth, pose_is_the_rigid_motion_it_reports,
          disorder_has_the_width_asked_for, refuses_what_makes_no_particle)
