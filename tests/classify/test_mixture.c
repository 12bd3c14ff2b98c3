/* classify.mixture: two elements come apart whatever the order of their symbols; probabilities are
 * true (of atoms called so with p, a share p is so); the confusion it predicts is the real one;
 * what cannot be told is warned of, bad input refused. */
#include "kit/rng.h"
#include "support/op_test.h"
#include "support/suite.h"
#include <math.h>
#include <string.h>

enum { ATOMS = 4000, BINS = 5 };

static int32_t truth[ATOMS];

static double normal(uint64_t stream, uint64_t i)
{
    double u = loom_uniform(31, stream, 2 * i), v = loom_uniform(31, stream, 2 * i + 1);
    return sqrt(-2 * log(fmax(u, 1e-300))) * cos(6.283185307179586 * v);
}

/* A fifth of the atoms `ratio` times as high; errors of 5 to 25 % of the lower height. */
static loom_value *make(double ratio, bool errors)
{
    static double position[3 * ATOMS], height[ATOMS], sigma[ATOMS];
    static int32_t species[ATOMS];
    int64_t n = ATOMS;
    for (int i = 0; i < ATOMS; i++) {
        truth[i] = loom_uniform(31, 1, (uint64_t)i) < 0.2;
        double mean = truth[i] ? 50 * ratio : 50;
        sigma[i] = 50 * (0.05 + 0.2 * loom_uniform(31, 2, (uint64_t)i));
        height[i] =
            fmax(1, mean * (1 + 0.06 * normal(3, (uint64_t)i)) + sigma[i] * normal(4, (uint64_t)i));
        for (int a = 0; a < 3; a++) position[3 * i + a] = 2.7 * (i / (int)pow(16, a) % 16);
    }
    loom_value *v = make_atoms(ATOMS, position, species, "X");
    make_array(v, "height", LOOM_F64, 1, &n, NULL, height);
    if (errors) make_array(v, "error_height", LOOM_F64, 1, &n, NULL, sigma);
    return v;
}

static op_call classify(const loom_value *atoms, const char *symbols)
{
    op_call c = { .op = op_load("classify.mixture"), .params = { symbols } };
    op_input(&c, "atoms", atoms);
    return c;
}

static const double *column(const op_call *c, const char *port, const char *name)
{
    const loom_array *a = value_array(op_output(c, port), name);
    ck_assert_msg(a != NULL, "no column %s", name);
    return a->data;
}

START_TEST(elements_come_apart)
{
    loom_value *atoms = make(2.6, true);
    op_call c = classify(atoms, "symbols=[Ir, Pd]");
    op_must_be_deterministic(&c);
    const int32_t *species = value_array(op_output(&c, "atoms"), "species")->data;
    int wrong = 0;
    for (int i = 0; i < ATOMS; i++) wrong += species[i] != truth[i];
    ck_assert_int_lt(wrong, ATOMS / 100);
    const double *mean = column(&c, "classes", "mean"), *spread = column(&c, "classes", "spread");
    ck_assert_double_lt(fabs(mean[0] / 50 - 1), 0.01);
    ck_assert_double_lt(fabs(mean[1] / 130 - 1), 0.01);
    ck_assert_double_lt(fabs(spread[0] - 0.06), 0.01);
    op_end(&c);
    value_free(atoms);
}
END_TEST

/* In bins of the probability of the heavier element: the real share within 3.5 standard errors. */
START_TEST(probabilities_are_true)
{
    loom_value *atoms = make(1.5, true);
    op_call c = classify(atoms, "symbols=[Pd, Ir]");
    op_must_run(&c);
    const double *p = column(&c, "atoms", "p_Ir");
    double sum[BINS] = { 0 }, variance[BINS] = { 0 }, real[BINS] = { 0 }, all = 0, heavy = 0;
    for (int i = 0; i < ATOMS; i++) {
        int bin = (int)fmin(BINS - 1, p[i] * BINS);
        sum[bin] += p[i];
        variance[bin] += p[i] * (1 - p[i]);
        real[bin] += truth[i];
        all += p[i];
        heavy += truth[i];
    }
    for (int b = 0; b < BINS; b++)
        ck_assert_msg(fabs(real[b] - sum[b]) < 3.5 * sqrt(variance[b]) + 3,
                      "bin %d: %g of the heavier element, %g expected", b, real[b], sum[b]);
    const double *as_1 = column(&c, "classes", "expected_as_1");
    const int32_t *species = value_array(op_output(&c, "atoms"), "species")->data;
    double wrong = 0;
    for (int i = 0; i < ATOMS; i++) wrong += species[i] == 1 && truth[i] == 0;
    ck_assert_double_lt(fabs(wrong - as_1[0]), 3.5 * sqrt(as_1[0]) + 5);
    ck_assert_double_lt(fabs(all / heavy - 1), 0.1);
    op_end(&c);
    value_free(atoms);
}
END_TEST

START_TEST(what_cannot_be_told_is_said)
{
    loom_value *one = make(1, false),
               *bare =
                   make_atoms(ATOMS, (const double *)value_array(one, "position")->data, NULL, "X");
    op_call overlap = classify(one, "symbols=[Pd, Ir]"), none = classify(bare, "symbols=[Pd, Ir]"),
            many = classify(one, "symbols=[Pd, Pd]");
    op_must_run(&overlap);
    ck_assert(strstr(overlap.warnings, "do not tell these elements from one"));
    op_must_fail(&none, LOOM_E_DATA, "column", "no column of numbers 'height'");
    op_must_fail(&many, LOOM_E_PARAM, "symbols", "Pd");
    op_end(&overlap);
    op_end(&none);
    op_end(&many);
    value_free(one);
    value_free(bare);
}
END_TEST

/* A ball of atoms, a fifth of them 1.8 times as high, with heights that fall towards the surface
 * and along the beam: the labels do not depend on place, and the factors come back. */
START_TEST(labels_do_not_depend_on_place)
{
    static double position[3 * ATOMS], height[ATOMS], sigma[ATOMS], factor[ATOMS];
    int64_t n = 0;
    double mean = 0;
    for (int i = 0; n < ATOMS; i++) {
        double x[3], r2 = 0;
        for (int a = 0; a < 3; a++) {
            x[a] = 50 * loom_uniform(9, (uint64_t)a, (uint64_t)i) - 25;
            r2 += x[a] * x[a];
        }
        if (r2 > 25 * 25) continue;
        memcpy(position + 3 * n, x, sizeof x);
        truth[n] = loom_uniform(9, 5, (uint64_t)i) < 0.2;
        double depth = (25 - sqrt(r2)) / 25;
        factor[n] = 0.7 + 0.5 * depth - 0.2 * depth * depth - 0.2 * x[2] * x[2] / 625;
        sigma[n] = 3;
        height[n] = factor[n] * (truth[n] ? 90 : 50) * (1 + 0.05 * normal(6, (uint64_t)n))
                    + sigma[n] * normal(7, (uint64_t)n);
        mean += factor[n] / ATOMS;
        n++;
    }
    loom_value *v = make_atoms(ATOMS, position, NULL, "X");
    make_array(v, "height", LOOM_F64, 1, &n, NULL, height);
    make_array(v, "error_height", LOOM_F64, 1, &n, NULL, sigma);
    op_call c = classify(v, "symbols=[Pd, Ir]"),
            plain = { .op = op_load("classify.mixture"),
                      .params = { "symbols=[Pd, Ir]", "correction=none" } };
    op_input(&plain, "atoms", v);
    op_must_be_deterministic(&c);
    op_must_run(&plain);
    const double *p = column(&c, "atoms", "p_Ir"), *q = column(&plain, "atoms", "p_Ir"),
                 *found = column(&c, "atoms", "place_factor");
    double off = 0, sum[10] = { 0 }, variance[10] = { 0 }, real[10] = { 0 };
    int wrong = 0, wrong_plain = 0;
    for (int i = 0; i < ATOMS; i++) {
        int bin = (int)fmin(9, 10 * p[i]);
        sum[bin] += p[i];
        variance[bin] += p[i] * (1 - p[i]);
        real[bin] += truth[i];
        wrong += (p[i] > 0.5) != truth[i];
        wrong_plain += (q[i] > 0.5) != truth[i];
        off += pow(found[i] - factor[i] / mean, 2) / ATOMS;
    }
    ck_assert_double_lt(sqrt(off), 0.015);
    ck_assert_int_lt(wrong, 0.4 * wrong_plain);
    for (int b = 0; b < 10; b++)
        ck_assert_msg(fabs(real[b] - sum[b]) <= 3 * sqrt(variance[b]) + 1.5,
                      "bin %d: %g of the heavier element, %g expected", b, real[b], sum[b]);
    op_end(&c);
    op_end(&plain);
    value_free(v);
}
END_TEST

/* Where place means nothing, nothing is corrected. */
START_TEST(no_dependence_is_made_up)
{
    loom_value *atoms = make(1.5, true);
    op_call c = classify(atoms, "symbols=[Pd, Ir]");
    op_must_run(&c);
    const double *factor = column(&c, "atoms", "place_factor");
    for (int i = 0; i < ATOMS; i++) ck_assert_double_eq(factor[i], 1);
    op_end(&c);
    value_free(atoms);
}
END_TEST

TEST_MAIN("classify.mixture", labels_do_not_depend_on_place, no_dependence_is_made_up,
          elements_come_apart, probabilities_are_true, what_cannot_be_told_is_said)
