/* diffusion.*: D is found again from simulated anneals of known D; the arithmetic of layers and estimators. */
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STAGES = 4 };

/* Stages of one simulated history of the 3,788-atom particle; owned copies are kept alive by the calls. */
typedef struct history { op_call particle, anneal[STAGES]; } history;

static void make_history(history *m, const char *size, double D, int seed)
{
    static char options[STAGES + 2][64];
    memset(m, 0, sizeof *m);
    sprintf(options[STAGES], "diffusion=%g", D);
    sprintf(options[STAGES + 1], "seed=%d", seed);
    m->particle = (op_call){ .op = op_load("simulate.particle"), .params = { size, "disorder=0", options[STAGES + 1] } };
    op_must_run(&m->particle);
    static const int minutes[STAGES] = { 0, 30, 60, 120 };
    for (int k = 0; k < STAGES; k++) {
        sprintf(options[k], "minutes=%d", minutes[k]);
        m->anneal[k] = (op_call){ .op = op_load("simulate.anneal"), .params = { options[k], options[STAGES], options[STAGES + 1] } };
        op_input(&m->anneal[k], "atoms", op_output(&m->particle, "atoms"));
        op_must_run(&m->anneal[k]);
    }
}

static void end_history(history *m)
{
    op_end(&m->particle);
    for (int k = 0; k < STAGES; k++) op_end(&m->anneal[k]);
}

static op_call fick_of(const history *m)
{
    op_call c = { .op = op_load("diffusion.fick"), .params = { "bootstrap=0" } };
    for (int k = 0; k < STAGES; k++) op_input(&c, "stages", op_output(&m->anneal[k], "atoms"));
    return c;
}

static double attribute(const op_call *c, const char *name) { return value_attribute(op_output(c, "coefficients"), name)->number; }

START_TEST(the_lattice_estimator_finds_the_true_coefficient)
{
    static const double truths[] = { 2e-24, 8e-24, 2e-23 };
    for (int i = 0; i < 3; i++) {
        double mean = 0;
        for (int seed = 1; seed <= 4; seed++) {
            history m;
            make_history(&m, "size=atoms3788", truths[i], seed);
            op_call c = fick_of(&m);
            op_must_run(&c);
            ck_assert_double_eq_tol(attribute(&c, "D_E3") / truths[i], 1, 0.5);
            ck_assert(attribute(&c, "D_E1") > 0.2 * truths[i] && attribute(&c, "D_E1") < 2 * truths[i]);
            mean += attribute(&c, "D_E3") / truths[i] / 4;
            op_end(&c);
            end_history(&m);
        }
        ck_assert_double_eq_tol(mean, 1, 0.2);
    }
}
END_TEST

START_TEST(bootstrap_is_the_same_for_any_number_of_threads_and_brackets_the_estimate)
{
    history m;
    make_history(&m, "size=atoms852", 8e-24, 3);
    op_call c = fick_of(&m);
    c.params[0] = "bootstrap=20";
    op_must_be_deterministic(&c);
    const loom_value *v = op_output(&c, "coefficients");
    const double *d = value_array(v, "D")->data, *low = value_array(v, "low")->data, *high = value_array(v, "high")->data, *sd = value_array(v, "standard_error")->data;
    for (int e = 1; e < 3; e++) ck_assert(low[e] <= high[e] && sd[e] > 0 && low[e] < 1.5 * d[e] && high[e] > d[e] / 1.5);
    ck_assert_int_gt(value_array(op_output(&c, "layers"), "predicted")->dim[0], 3);
    op_end(&c);
    end_history(&m);
}
END_TEST

/* Identical stages: the search ends at its lower edge, and says so. */
START_TEST(nothing_moves_means_the_smallest_coefficient)
{
    history m;
    make_history(&m, "size=atoms852", 8e-24, 1);
    op_call c = { .op = op_load("diffusion.fick"), .params = { "bootstrap=0", "times=0, 1800" } };
    for (int k = 0; k < 2; k++) op_input(&c, "stages", op_output(&m.anneal[0], "atoms"));
    op_must_run(&c);
    ck_assert_double_lt(attribute(&c, "D_E3"), 1.1e-26);
    ck_assert(strstr(c.notes, "edge of the search") != NULL);
    ck_assert_double_eq_tol(attribute(&c, "D_E1"), 0, 1e-40);
    op_end(&c);
    end_history(&m);
}
END_TEST

START_TEST(profile_counts_atoms_by_depth)
{
    double position[6][3] = { { 0 }, { 3 }, { 6 }, { 9 }, { 12 }, { 15 } }, depth[6] = { 0, 0.9, 1.1, 2.9, 3.1, 2 };
    int32_t species[6] = { 0, 1, 1, 0, 0, 1 };
    loom_value *atoms = make_atoms(6, position[0], species, "Pd Ir");
    make_array(atoms, "depth", LOOM_F64, 1, (int64_t[]){ 6 }, "angstrom", depth);
    op_call c = { .op = op_load("diffusion.profile"), .params = { "width=2" } };
    op_input(&c, "atoms", atoms);
    op_must_run(&c);
    const loom_value *v = op_output(&c, "profile");
    const int64_t *n = value_array(v, "atoms")->data;
    const double *concentration = value_array(v, "concentration")->data, *standard = value_array(v, "error")->data;
    ck_assert_int_eq(value_array(v, "layer")->dim[0], 3);
    ck_assert(n[0] == 2 && n[1] == 3 && n[2] == 1);
    ck_assert_double_eq(concentration[0], 0.5);
    ck_assert_double_eq_tol(concentration[1], 2.0 / 3, 1e-15);
    ck_assert_double_eq_tol(standard[0], sqrt(0.125), 1e-15);
    c.params[1] = "element=Au";
    op_must_fail(&c, LOOM_E_PARAM, "element", "holds 'Pd Ir', not 'Au'");
    op_end(&c);
    value_free(atoms);
}
END_TEST

START_TEST(stages_that_do_not_fit_are_refused)
{
    history m;
    make_history(&m, "size=atoms336", 8e-24, 1);
    op_call c = fick_of(&m);
    c.params[0] = "times=0, 1800";
    op_must_fail(&c, LOOM_E_PARAM, "times", "2 times for 4 stages");
    c.params[0] = "times=0, 1800, 1800, 3600";
    op_must_fail(&c, LOOM_E_PARAM, "times", "times must ascend");
    c.params[0] = "steps=4";
    op_must_fail(&c, LOOM_E_PARAM, "steps", "step 4 does not exist");
    c.params[0] = "layers=5, 1";
    op_must_fail(&c, LOOM_E_PARAM, "layers", "first and the last");
    op_end(&c);
    double position[3] = { 0 };
    int32_t species = 0;
    loom_value *bare = make_atoms(1, position, &species, "Pd Ir");
    op_call b = { .op = c.op, .params = { "times=0, 1" } };
    op_input(&b, "stages", bare);
    op_input(&b, "stages", bare);
    op_must_fail(&b, LOOM_E_DATA, "stages", "structure.surface makes one");
    op_end(&b);
    value_free(bare);
    end_history(&m);
}
END_TEST

START_TEST(miscibility_is_the_ratio_of_temperatures)
{
    op_call c = { .op = op_load("diffusion.miscibility"), .params = { "labels=bulk, nanoparticle", "critical=1573, 673", "melting=1933, 1173" } };
    op_must_run(&c);
    const double *ratio = value_array(op_output(&c, "summary"), "ratio")->data;
    ck_assert_double_eq_tol(ratio[0], 0.814, 5e-4);
    ck_assert_double_eq_tol(ratio[1], 0.574, 5e-4);
    c.params[2] = "melting=1933";
    op_must_fail(&c, LOOM_E_PARAM, "melting", "give one of each");
    op_end(&c);
}
END_TEST

TEST_MAIN("diffusion", the_lattice_estimator_finds_the_true_coefficient, bootstrap_is_the_same_for_any_number_of_threads_and_brackets_the_estimate,
          nothing_moves_means_the_smallest_coefficient, profile_counts_atoms_by_depth, stages_that_do_not_fit_are_refused,
          miscibility_is_the_ratio_of_temperatures)
