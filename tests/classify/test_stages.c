/* classify.stages: labels of sites that mostly stay get better and their probabilities stay true;
 * the exchange is found, and none where there is none; stages that have nothing to do with each
 * other are left as they were; what does not fit is refused. */
#include "kit/rng.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SITES = 8000, STAGES = 4 };
static int32_t truth[STAGES][SITES];
static loom_value *stage[STAGES], *pairs[STAGES - 1];

static double normal(uint64_t stream, uint64_t i)
{
    double z[2];
    loom_normal2(77, stream, i, z);
    return z[0];
}

/* Heights 1 and 1.6 of spread `spread`; the exact probabilities of the heavier, a fifth of all. */
static loom_value *look(int s, double spread)
{
    static double position[3 * SITES], p[SITES], q[SITES];
    int64_t n = SITES;
    for (int i = 0; i < SITES; i++) {
        double x = (truth[s][i] ? 1.6 : 1) + spread * normal((uint64_t)(10 + s), (uint64_t)i);
        double l0 = 0.8 * exp(-0.5 * pow((x - 1) / spread, 2)),
               l1 = 0.2 * exp(-0.5 * pow((x - 1.6) / spread, 2));
        p[i] = l1 / (l0 + l1);
        q[i] = l0 / (l0 + l1);
        for (int a = 0; a < 3; a++) position[3 * i + a] = 2.7 * (i / (int)pow(20, a) % 20) + s;
    }
    loom_value *v = make_atoms(SITES, position, NULL, "Pd Ir");
    make_array(v, "p_Pd", LOOM_F64, 1, &n, NULL, q);
    make_array(v, "p_Ir", LOOM_F64, 1, &n, NULL, p);
    return v;
}

/* Sites of which a share `redraw` takes a new element at each step, seen with that spread; stage s
 * is put in an order of its own where `shuffled`, so that pairs mean nothing. */
static void make_stages(double redrawn, double spread, bool shuffled)
{
    static int32_t pair[2 * SITES];
    for (int s = 0; s < STAGES; s++)
        for (int i = 0; i < SITES; i++) {
            double u = loom_uniform(5, (uint64_t)s, (uint64_t)i),
                   v = loom_uniform(6, (uint64_t)s, (uint64_t)i);
            truth[s][i] = s == 0 || shuffled || u < redrawn ? v < 0.2 : truth[s - 1][i];
        }
    for (int i = 0; i < 2 * SITES; i++) pair[i] = i / 2;
    for (int s = 0; s < STAGES; s++) {
        stage[s] = look(s, spread);
        if (s + 1 == STAGES) continue;
        pairs[s] = make_value("pairs");
        make_array(pairs[s], "pair", LOOM_I32, 2, (int64_t[]){ SITES, 2 }, NULL, pair);
    }
}

static void free_stages(void)
{
    for (int s = 0; s < STAGES; s++) value_free(stage[s]);
    for (int s = 0; s + 1 < STAGES; s++) value_free(pairs[s]);
}

static op_call classify(int shown, const char *set)
{
    op_call c = { .op = op_load("classify.stages"), .params = { set } };
    op_input(&c, "atoms", stage[shown]);
    for (int s = 0; s < STAGES; s++) op_input(&c, "stages", stage[s]);
    for (int s = 0; s + 1 < STAGES; s++) op_input(&c, "pairs", pairs[s]);
    return c;
}

static const double *column(const op_call *c, const char *port, const char *name)
{
    const loom_array *a = value_array(op_output(c, port), name);
    ck_assert_msg(a != NULL, "no column %s", name);
    return a->data;
}

static int wrong_by(const double *p, int s)
{
    int wrong = 0;
    for (int i = 0; i < SITES; i++) wrong += (p[i] > 0.5) != truth[s][i];
    return wrong;
}

/* In ten bins of p_Ir the real share is within 3.5 standard errors. */
static void check_calibration(const double *p, int s)
{
    double sum[10] = { 0 }, variance[10] = { 0 }, real[10] = { 0 };
    for (int i = 0; i < SITES; i++) {
        int bin = (int)fmin(9, 10 * p[i]);
        sum[bin] += p[i];
        variance[bin] += p[i] * (1 - p[i]);
        real[bin] += truth[s][i];
    }
    for (int b = 0; b < 10; b++)
        ck_assert_msg(fabs(real[b] - sum[b]) <= 3.5 * sqrt(variance[b]) + 2,
                      "stage %d bin %d: %g are, %g expected", s, b, real[b], sum[b]);
}

START_TEST(exchange_is_found)
{
    make_stages(0.05 / 0.32, 0.25, false); /* a share of 0.05 changes */
    op_call c = classify(1, "rate=common"), each = classify(1, "rate=each");
    op_must_be_deterministic(&c);
    op_must_run(&each);
    double found = column(&c, "steps", "exchange")[0], off = column(&c, "steps", "error")[0];
    ck_assert_double_le(fabs(found / 0.05 - 1), 0.1);
    ck_assert_double_lt(off, 0.1 * 0.05);
    ck_assert_double_le(fabs(found - 0.05), 4 * off);
    for (int s = 0; s + 1 < STAGES; s++) {
        double low = column(&each, "steps", "low")[s], high = column(&each, "steps", "high")[s],
               at = column(&each, "steps", "exchange")[s];
        ck_assert(low <= at && at <= high && low > 0);
        ck_assert_double_le(fabs(at - 0.05), 4 * column(&each, "steps", "error")[s]);
    }
    const double *alone = column(&c, "atoms", "alone_Ir"), *p = column(&c, "atoms", "p_Ir");
    ck_assert_int_lt(wrong_by(p, 1), 0.65 * wrong_by(alone, 1));
    check_calibration(p, 1);
    double expected = 0;
    for (int k = 0; k < 2; k++)
        expected += column(&c, "classes", "count")[k] * column(&c, "classes", "expected_wrong")[k];
    ck_assert_double_le(fabs(expected - wrong_by(p, 1)), 4 * sqrt(expected));
    op_end(&c);
    op_end(&each);
    free_stages();
}
END_TEST

START_TEST(nothing_exchanged_is_nothing_found)
{
    make_stages(0, 0.25, false);
    op_call c = classify(2, "rate=common");
    op_must_run(&c);
    ck_assert_double_lt(column(&c, "steps", "exchange")[0], 0.002);
    ck_assert_double_le(column(&c, "steps", "low")[0], 1e-6);
    ck_assert_double_lt(column(&c, "steps", "high")[0], 0.004);
    const double *p = column(&c, "atoms", "p_Ir");
    ck_assert_int_lt(wrong_by(p, 2), 0.3 * wrong_by(column(&c, "atoms", "alone_Ir"), 2));
    check_calibration(p, 2);
    op_end(&c);
    free_stages();
}
END_TEST

/* Stages of nothing in common: drawn at random, each label as by its stage alone. */
START_TEST(no_agreement_is_made_up)
{
    make_stages(0, 0.25, true);
    op_call c = classify(1, "rate=common");
    op_must_run(&c);
    ck_assert_double_gt(column(&c, "steps", "high")[0], 0.31);
    ck_assert_double_lt(fabs(column(&c, "steps", "exchange")[0] - 0.32), 0.015);
    const double *p = column(&c, "atoms", "p_Ir"), *alone = column(&c, "atoms", "alone_Ir");
    double moved = 0;
    for (int i = 0; i < SITES; i++) moved += fabs(p[i] - alone[i]) / SITES;
    ck_assert_double_lt(moved, 0.01);
    ck_assert_double_lt(
        fabs(column(&c, "steps", "differ")[0] - column(&c, "steps", "differ_alone")[0]), 0.01);
    check_calibration(p, 1);
    op_end(&c);
    free_stages();
}
END_TEST

START_TEST(a_known_exchange_is_used)
{
    make_stages(0.05 / 0.32, 0.25, false);
    op_call c = classify(3, "exchange=0.05"), much = classify(3, "exchange=0.9");
    op_must_run(&c);
    ck_assert_double_eq_tol(column(&c, "steps", "exchange")[2], 0.05, 1e-12);
    op_must_fail(&much, LOOM_E_PARAM, "exchange", "cannot change at this composition");
    op_end(&c);
    op_end(&much);
    free_stages();
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    make_stages(0.1, 0.25, false);
    loom_value *other = make_atoms(3, (double[]){ 0, 0, 0, 3, 0, 0, 6, 0, 0 }, NULL, "Pd Ir");
    op_call few = { .op = op_load("classify.stages") };
    op_input(&few, "atoms", stage[0]);
    op_input(&few, "stages", stage[0]);
    op_input(&few, "stages", stage[1]);
    op_must_fail(&few, LOOM_E_DATA, "pairs", "2 stages and 0 sets of pairs");
    op_call stranger = { .op = op_load("classify.stages") };
    op_input(&stranger, "atoms", other);
    op_input(&stranger, "stages", stage[0]);
    op_must_fail(&stranger, LOOM_E_DATA, "atoms", "none of the 1 stages");
    op_call bare = { .op = op_load("classify.stages") };
    op_input(&bare, "atoms", other);
    op_input(&bare, "stages", other);
    op_must_fail(&bare, LOOM_E_DATA, "stages", "p_Pd");
    int32_t *pair = value_array(pairs[1], "pair")->data;
    pair[4] = SITES;
    op_call beyond = classify(0, "rate=each");
    op_must_fail(&beyond, LOOM_E_DATA, "pairs", "are the pairs of these stages");
    pair[4] = 1;
    op_call twice = classify(0, "rate=each");
    op_must_fail(&twice, LOOM_E_DATA, "pairs", "uses an atom twice");
    op_end(&few);
    op_end(&stranger);
    op_end(&bare);
    op_end(&beyond);
    op_end(&twice);
    value_free(other);
    free_stages();
}
END_TEST

TEST_MAIN("classify stages", exchange_is_found, nothing_exchanged_is_nothing_found,
          no_agreement_is_made_up, a_known_exchange_is_used, what_does_not_fit_is_refused)
