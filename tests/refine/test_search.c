/* refine.search: from a start with false, missing and doubled atoms come those that were imaged and
 * no others; a start without noise changes nothing; what chance makes is counted; bad input is
 * refused. */
#include "kit/rng.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

enum { ATOMS = 60, FALSE_ONES = 25, DOUBLES = 5, MISSING = 6, MOST = ATOMS + FALSE_ONES + DOUBLES };
#define APART 2.4 /* angstrom */

static double truth[3 * ATOMS];
static int32_t species[ATOMS], none[MOST];

static double distance(const double *p, const double *q)
{
    return hypot(hypot(p[0] - q[0], p[1] - q[1]), p[2] - q[2]);
}

/* A place in a ball, from the stream's next numbers. */
static void draw_place(uint64_t stream, uint64_t *draw, double radius, double p[3])
{
    do
        for (int i = 0; i < 3; i++) p[i] = radius * (2 * loom_uniform(21, stream, (*draw)++) - 1);
    while (distance(p, (double[3]){ 0 }) > radius);
}

static loom_value *make_truth(void)
{
    uint64_t draw = 0;
    for (int n = 0; n < ATOMS;) {
        bool good = true;
        draw_place(1, &draw, 8, truth + 3 * n);
        for (int j = 0; j < n && good; j++) good = distance(truth + 3 * n, truth + 3 * j) > APART;
        species[n] = n % 3 == 0;
        n += good;
    }
    return make_atoms(ATOMS, truth, species, "Pd Ir");
}

/* All but the first few, displaced by up to 0.3 angstrom; places where nothing is; and the last few
 * twice. */
static loom_value *make_start(void)
{
    double p[3 * MOST];
    uint64_t draw = 0;
    int n = 0;
    for (int j = MISSING; j < ATOMS; j++, n++)
        for (int i = 0; i < 3; i++)
            p[3 * n + i] =
                truth[3 * j + i] + 0.3 * (2 * loom_uniform(22, 1, (uint64_t)(3 * j + i)) - 1);
    for (int j = 0; j < FALSE_ONES; j++) draw_place(2, &draw, 10, p + 3 * n++);
    for (int j = 0; j < DOUBLES; j++, n++)
        for (int i = 0; i < 3; i++) p[3 * n + i] = truth[3 * (ATOMS - 1 - j) + i] + 0.4;
    return make_atoms(n, p, none, "X");
}

static op_call simulate(const loom_value *atoms)
{
    op_call c = { .op = op_load("simulate.tilt_series"),
                  .params = { "size=72", "tilts=25", "start=-72", "stop=72", "frames=1",
                              "dose=3e5" } };
    op_input(&c, "atoms", atoms);
    op_must_run(&c);
    return c;
}

static op_call search(const op_call *series, const loom_value *start, const char *param)
{
    op_call c = { .op = op_load("refine.search"), .params = { param } };
    op_input(&c, "tilts", op_output(series, "tilts"));
    op_input(&c, "atoms", start);
    return c;
}

static const loom_array *array(const op_call *c, const char *port, const char *name)
{
    const loom_array *a = value_array(op_output(c, port), name);
    ck_assert_msg(a != NULL, "no column %s", name);
    return a;
}
static double figure(const op_call *c, const char *name)
{
    return *(const double *)array(c, "figures", name)->data;
}

/* Found atoms within 0.5 angstrom of a true one each, and the rest. */
static void count(const op_call *c, int *right, int *wrong)
{
    const loom_array *a = array(c, "atoms", "position");
    const double *p = a->data;
    uint8_t taken[ATOMS] = { 0 };
    *right = *wrong = 0;
    for (int64_t j = 0; j < a->dim[0]; j++) {
        int hit = -1;
        for (int t = 0; t < ATOMS; t++)
            if (!taken[t] && distance(p + 3 * j, truth + 3 * t) < 0.5) hit = t;
        if (hit >= 0) taken[hit] = 1;
        *(hit >= 0 ? right : wrong) += 1;
    }
}

START_TEST(those_that_were_imaged_are_found)
{
    loom_value *atoms = make_truth(), *start = make_start();
    op_call series = simulate(atoms), c = search(&series, start, "expected_false=1e-3");
    int right, wrong;
    op_must_be_deterministic(&c);
    count(&c, &right, &wrong);
    ck_assert_int_eq(right, ATOMS);
    ck_assert_int_eq(wrong, 0);
    ck_assert_double_lt(figure(&c, "expected_false"), 0.1);
    ck_assert_double_lt(figure(&c, "expected_missed"), 0.5);
    ck_assert_double_eq(figure(&c, "prior"), 0);
    op_end(&c);
    op_end(&series);
    value_free(start);
    value_free(atoms);
}
END_TEST

/* A tail that is free while most atoms are missing would take up what they scatter. */
START_TEST(a_third_of_the_atoms_brings_the_others)
{
    double some[3 * ATOMS];
    loom_value *atoms = make_truth();
    for (int j = 0; j < ATOMS / 3; j++) memcpy(some + 3 * j, truth + 9 * j, 3 * sizeof(double));
    loom_value *start = make_atoms(ATOMS / 3, some, none, "X");
    op_call series = simulate(atoms), c = search(&series, start, NULL);
    int right, wrong;
    op_must_run(&c);
    count(&c, &right, &wrong);
    ck_assert_int_eq(right, ATOMS);
    ck_assert_int_eq(wrong, 0);
    op_end(&c);
    op_end(&series);
    value_free(start);
    value_free(atoms);
}
END_TEST

/* Of several starts the one that explains the images best, wherever it stands in the list; one
 * without atoms is skipped. */
START_TEST(the_best_start_is_taken)
{
    loom_value *atoms = make_truth(), *start = make_start(),
               *empty = make_atoms(0, truth, none, "X");
    op_call series = simulate(atoms), alone = search(&series, start, "searches=1"),
            first = search(&series, start, "searches=1"),
            last = search(&series, empty, "searches=1");
    loom_value *third = make_atoms(ATOMS / 3, truth, none, "X");
    op_input(&first, "atoms", third);
    op_input(&last, "atoms", third);
    op_input(&last, "atoms", start);
    op_must_run(&alone);
    op_must_be_deterministic(&first);
    op_must_run(&last);
    digest a = value_digest(op_output(&alone, "atoms")),
           b = value_digest(op_output(&first, "atoms")),
           c = value_digest(op_output(&last, "atoms"));
    ck_assert(digest_equal(&a, &b));
    ck_assert(digest_equal(&a, &c));
    op_end(&alone);
    op_end(&first);
    op_end(&last);
    op_end(&series);
    value_free(third);
    value_free(empty);
    value_free(start);
    value_free(atoms);
}
END_TEST

/* A table of shifts, as aligning makes it, is one of poses: angles then come from the series. */
START_TEST(shifts_alone_are_poses)
{
    loom_value *atoms = make_truth(), *shifts = make_value("table");
    double x[25], y[25];
    for (int k = 0; k < 25; k++) {
        x[k] = 0.001 * k;
        y[k] = 0.02 - 0.001 * k;
    }
    op_call series = simulate(atoms);
    make_array(shifts, "shift_x", LOOM_F64, 1, (int64_t[]){ 25 }, "pixel", x);
    op_call c = search(&series, atoms, "hold=[tail, shifts, angles, blur]");
    op_input(&c, "poses", shifts);
    op_must_fail(&c, LOOM_E_DATA, "poses", "no column 'shift_y'");
    make_array(shifts, "shift_y", LOOM_F64, 1, (int64_t[]){ 25 }, "pixel", y);
    op_end(&c);
    c = search(&series, atoms, "hold=[tail, shifts, angles, blur]");
    c.params[1] = "steps=1"; /* poses are held: the first step shows it */
    op_input(&c, "poses", shifts);
    op_must_run(&c);
    const double *theta = array(&c, "poses", "theta")->data;
    ck_assert_mem_eq(array(&c, "poses", "shift_x")->data, x, sizeof x);
    ck_assert_mem_eq(array(&c, "poses", "shift_y")->data, y, sizeof y);
    ck_assert_double_eq(theta[0], -72);
    ck_assert_double_eq(theta[24], 72);
    op_end(&c);
    op_end(&series);
    value_free(shifts);
    value_free(atoms);
}
END_TEST

/* Poses that are wrong, and held: what comes out is not taken for the specimen without a word. */
START_TEST(wrong_poses_are_warned_of)
{
    loom_value *atoms = make_truth(), *start = make_start();
    op_call series = simulate(atoms),
            c = search(&series, start, "hold=shifts, angles, blur, scale");
    op_must_run(&c);
    ck_assert_str_eq(c.warnings, "");
    ck_assert_double_lt(figure(&c, "residual_spread"), 1.6);
    op_end(&c);
    double *angles = value_array(op_output(&series, "tilts"), "angles")->data;
    for (int k = 0; k < 25; k++) angles[3 * k + 1] += k % 2 ? 15 : -15;
    c = search(&series, start, "hold=shifts, angles, blur, scale");
    op_must_run(&c);
    ck_assert_msg(strstr(c.warnings, "times as much as noise would") != NULL, "spread %g, '%s'",
                  figure(&c, "residual_spread"), c.warnings);
    op_end(&c);
    op_end(&series);
    value_free(start);
    value_free(atoms);
}
END_TEST

/* Each row of the table is a change, and together they lead from the start to the end. */
START_TEST(every_change_is_listed)
{
    loom_value *atoms = make_truth(), *start = make_start();
    op_call series = simulate(atoms), c = search(&series, start, "expected_false=1e-3");
    op_must_run(&c);
    const loom_array *kind = array(&c, "changes", "change"),
                     *gain = array(&c, "changes", "log_likelihood");
    int64_t n = value_array(start, "position")->dim[0];
    for (int64_t i = 0; i < kind->dim[0]; i++) {
        double k = ((const double *)kind->data)[i], g = ((const double *)gain->data)[i];
        n += k > 0 ? 1 : -1;
        ck_assert(k > 0 ? g > 0 : k < 0 ? g <= 0 : g == 0);
    }
    ck_assert_int_eq(n, array(&c, "atoms", "position")->dim[0]);
    op_end(&c);
    op_end(&series);
    value_free(start);
    value_free(atoms);
}
END_TEST

static double rms_to_truth(const op_call *c)
{
    const loom_array *a = array(c, "atoms", "position");
    double sum = 0;
    for (int64_t j = 0; j < a->dim[0]; j++) {
        double least = INFINITY;
        for (int t = 0; t < ATOMS; t++)
            least = fmin(least, distance((const double *)a->data + 3 * j, truth + 3 * t));
        sum += least * least;
    }
    return sqrt(sum / (double)a->dim[0]);
}

/* Atoms of one element are equally high, so heights need not be found one by one: positions become
 * better, and say so; heights stay those of every atom by itself. */
START_TEST(elements_help_positions_and_leave_heights)
{
    loom_value *atoms = make_truth(), *start = make_start();
    op_call series = simulate(atoms), without = search(&series, start, "elements=[]"),
            with = search(&series, start, "elements=[Pd, Ir]");
    op_must_run(&without);
    op_must_run(&with);
    const loom_array *h0 = array(&without, "atoms", "height"),
                     *h1 = array(&with, "atoms", "height");
    ck_assert_int_eq(h0->dim[0], h1->dim[0]);
    for (int64_t j = 0; j < h0->dim[0]; j++)
        ck_assert_double_eq(((const double *)h0->data)[j], ((const double *)h1->data)[j]);
    ck_assert_double_eq(figure(&without, "alike"), 0);
    ck_assert_double_eq(figure(&with, "alike"), 2);
    ck_assert_double_lt(figure(&with, "error"), figure(&without, "error"));
    ck_assert_double_lt(rms_to_truth(&with), 1.02 * rms_to_truth(&without));
    op_end(&with);
    op_end(&without);
    op_end(&series);
    value_free(start);
    value_free(atoms);
}
END_TEST

START_TEST(bad_input_is_refused)
{
    loom_value *atoms = make_truth(), *one = make_atoms(1, truth, species, "Pd Ir");
    double elsewhere[3 * ATOMS];
    for (int i = 0; i < 3 * ATOMS; i++) elsewhere[i] = truth[i] + (i % 3 == 1 ? 40 : 0);
    loom_value *wrong = make_atoms(ATOMS, elsewhere, species, "Pd Ir");
    op_call series = simulate(atoms), few = search(&series, one, NULL),
            word = search(&series, atoms, "hold=[shift]"),
            terms = search(&series, atoms, "background_terms=2"),
            none_left = search(&series, wrong, NULL);
    op_must_fail(&few, LOOM_E_DATA, "atoms", "1 atom;");
    op_must_fail(&word, LOOM_E_PARAM, "hold", "'shift' is not an unknown");
    op_must_fail(&terms, LOOM_E_PARAM, "background_terms", "2 terms");
    op_must_fail(&none_left, LOOM_E_DATA, "atoms", "no atoms are left");
    op_end(&few);
    op_end(&word);
    op_end(&terms);
    op_end(&none_left);
    op_end(&series);
    value_free(wrong);
    value_free(one);
    value_free(atoms);
}
END_TEST

TEST_MAIN_WITH("refine.search",
               ((suite_options){ .numbers = NUMBERS(those_that_were_imaged_are_found,
                                                    a_third_of_the_atoms_brings_the_others,
                                                    wrong_poses_are_warned_of,
                                                    elements_help_positions_and_leave_heights) }),
               the_best_start_is_taken, shifts_alone_are_poses, every_change_is_listed,
               bad_input_is_refused)
