/* compare.atoms: a known displacement gives its closed-form figures, each atom counts once, and
 * published scores are reproduced. */
#include "support/op_test.h"
#include "support/suite.h"
#include <kit/rng.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { N = 512 }; /* 8^3 on a lattice of 2.5 A, jittered so that no flip maps it onto itself */

static void lattice(double *x)
{
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 3; k++)
            x[3 * i + k] = 2.5 * (i >> 3 * k & 7) + 0.6 * (loom_uniform(1, i, k) - 0.5);
}

static double number(const op_call *c, const char *name)
{
    const loom_array *a = value_array(op_output(c, "table"), name);
    ck_assert_msg(a != NULL, "no column %s", name);
    return a->dtype == LOOM_F64 ? *(double *)a->data : *(int32_t *)a->data;
}

static op_call comparing(const loom_value *found, const loom_value *truth, const char *p1,
                         const char *p2)
{
    op_call c = { .op = op_load("compare.atoms"), .params = { p1, p2 } };
    op_input(&c, "found", found);
    op_input(&c, "truth", truth);
    return c;
}

/* Gaussian errors of sigma per axis about a common shift: rmsd = sqrt(3) sigma whichever way it is
 * counted. */
START_TEST(a_shift_is_removed_and_errors_remain)
{
    double truth[3 * N], found[3 * N], z[2], sum = 0, mean[3] = { 0 };
    lattice(truth);
    for (int i = 0; i < 3 * N; i++) {
        loom_normal2(2, 0, i, z);
        found[i] = truth[i] + 0.1 * z[0] + 5 * (i % 3);
        mean[i % 3] += 0.1 * z[0] / N;
        sum += 0.01 * z[0] * z[0];
    }
    double expect =
        100
        * sqrt((sum - N * (mean[0] * mean[0] + mean[1] * mean[1] + mean[2] * mean[2])) / (N - 1));
    loom_value *t = make_atoms(N, truth, NULL, "Si"), *f = make_atoms(N, found, NULL, "Si");
    op_call c = comparing(f, t, NULL, NULL);
    op_must_be_deterministic(&c);
    ck_assert_double_eq(number(&c, "matched"), N);
    ck_assert_double_eq_tol(number(&c, "rmsd_pm"), expect, 1e-9);
    ck_assert_double_eq_tol(number(&c, "rmsd_published_pm"), expect, 1e-9);
    ck_assert_double_eq_tol(number(&c, "shift_y"), -5 - mean[1], 1e-3);
    ck_assert_double_eq(number(&c, "species_agreement"), 1);
    c.params[0] = "align=none"; /* as they are, they lie whole lattice constants apart */
    op_must_run(&c);
    ck_assert_double_lt(number(&c, "matched"), N);
    op_end(&c);
    value_free(t);
    value_free(f);
}
END_TEST

START_TEST(every_exchange_and_flip_is_undone)
{
    static const int axes[3] = { 2, 0, 1 };
    double truth[3 * N], found[3 * N];
    lattice(truth);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 3; k++)
            found[3 * i + axes[k]] = (k == 1 ? -1 : 1) * truth[3 * i + k] + 1;
    loom_value *t = make_atoms(N, truth, NULL, "A"), *f = make_atoms(N, found, NULL, "B");
    op_call c = comparing(f, t, "orientation=search", NULL);
    op_must_run(&c);
    ck_assert_double_eq(number(&c, "matched"), N);
    ck_assert_double_lt(number(&c, "rmsd_pm"), 1e-6);
    ck_assert_str_eq(value_attribute(op_output(&c, "table"), "categories.orientation")->text,
                     "+z -x +y");
    ck_assert_ptr_null(
        value_array(op_output(&c, "table"), "species_agreement")); /* no symbol in common */
    op_end(&c);
    value_free(t);
    value_free(f);
}
END_TEST

/* Where the truth knows its surface, labels are counted there and in the bulk apart. */
START_TEST(labels_at_the_surface_are_counted_apart)
{
    double truth[3 * N];
    int32_t st[N], sf[N];
    uint8_t surface[N];
    lattice(truth);
    for (int i = 0; i < N; i++) {
        st[i] = sf[i] = i % 2;
        surface[i] = i < 10;
    }
    for (int i = 0; i < 3; i++) sf[i] = 1 - sf[i]; /* three wrong of ten at the surface */
    sf[N - 1] = 1 - sf[N - 1];                     /* and one of the rest */
    loom_value *t = make_atoms(N, truth, st, "Pd Ir"), *f = make_atoms(N, truth, sf, "Pd Ir");
    make_array(t, "surface", LOOM_U8, 1, (int64_t[]){ N }, "", surface);
    op_call c = comparing(f, t, "align=none", NULL);
    op_must_run(&c);
    ck_assert_double_eq_tol(number(&c, "species_agreement"), (N - 4.0) / N, 1e-12);
    ck_assert_double_eq_tol(number(&c, "species_surface"), 0.7, 1e-12);
    ck_assert_double_eq_tol(number(&c, "species_bulk"), (N - 11.0) / (N - 10), 1e-12);
    op_end(&c);
    value_free(t);
    value_free(f);
}
END_TEST

/* Two found atoms beside one of the truth: published counts both as near, one-to-one takes the
 * closer and calls the other false. */
START_TEST(an_atom_counts_once)
{
    double truth[3 * N], found[3 * (N + 1)];
    int32_t st[N], sf[N + 1] = { 0 };
    lattice(truth);
    memcpy(found, truth, sizeof truth);
    for (int i = 0; i < N; i++) st[i] = sf[i] = i % 2;
    memcpy(found + 3 * N, truth + 3 * 7, 24);
    found[3 * N] += 0.5;
    found[3 * 9] += 100; /* one far away: false, and its partner missed */
    sf[11] = 1 - sf[11];
    loom_value *t = make_atoms(N, truth, st, "Pd Ir"), *f = make_atoms(N + 1, found, sf, "Pd Ir");
    op_call c = comparing(f, t, "align=none", NULL);
    op_must_run(&c);
    ck_assert_double_eq(number(&c, "matched"), N - 1);
    ck_assert_double_eq(number(&c, "false"), 2);
    ck_assert_double_eq(number(&c, "missed"), 1);
    ck_assert_double_eq_tol(number(&c, "species_agreement"), (N - 2.0) / (N - 1.0), 1e-12);
    const loom_array *pair = value_array(op_output(&c, "pairs"), "pair");
    ck_assert_int_eq(pair->dim[0], N - 1);
    for (int i = 0; i < N - 1; i++)
        ck_assert_int_eq(((int32_t *)pair->data)[2 * i], ((int32_t *)pair->data)[2 * i + 1]);
    op_end(&c);
    value_free(t);
    value_free(f);
}
END_TEST

START_TEST(nothing_found_is_a_result_no_truth_is_not)
{
    double truth[3 * N];
    lattice(truth);
    loom_value *t = make_atoms(N, truth, NULL, "Si"), *none = make_atoms(0, NULL, NULL, "Si");
    op_call c = comparing(none, t, "orientation=search", NULL);
    op_must_run(&c);
    ck_assert_double_eq(number(&c, "matched"), 0);
    ck_assert_double_eq(number(&c, "missed"), N);
    ck_assert_ptr_null(value_array(op_output(&c, "table"), "rmsd_pm"));
    op_end(&c);
    c = comparing(t, none, NULL, NULL);
    op_must_fail(&c, LOOM_E_DATA, "truth", "no atoms");
    op_end(&c);
    value_free(t);
    value_free(none);
}
END_TEST

static loom_value *rows_as_atoms(const char *path, int first, double scale, double shift, bool swap)
{
    int64_t n;
    int columns;
    double *rows = rows_read(path, &n, &columns), *x = malloc(3 * n * sizeof *x);
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++)
            x[3 * i + (swap && k < 2 ? 1 - k : k)] = scale * rows[columns * i + first + k] + shift;
    loom_value *v = make_atoms(n, x, NULL, "Si");
    free(rows);
    free(x);
    return v;
}

/* The published atoms of the amorphous silicon particle: 208 of 208 at 4.24 pm, 199 of 208 at 28.91
 * pm. */
START_TEST(published_scores)
{
    static const struct {
        const char *file;
        int matched;
        double rmsd;
    } known[] = { { "oracles/asi2_model_1p6e5.csv", 208, 4.24 },
                  { "oracles/asi2_model_8p0e3.csv", 199, 28.91 } };
    if (!test_data("asi208/ground_truth.txt")) return;
    loom_value *t = rows_as_atoms(test_data("asi208/ground_truth.txt"), 1, 1, 0, true);
    for (int i = 0; i < 2; i++) {
        loom_value *f = rows_as_atoms(test_data(known[i].file), 0, 0.195 / 3, -2 * 0.195, false);
        op_call c = comparing(f, t, "orientation=search", NULL);
        op_must_run(&c);
        ck_assert_double_eq_tol(number(&c, "rmsd_published_pm"), known[i].rmsd, 0.005);
        ck_assert_double_eq(number(&c, "matched_published"), known[i].matched);
        op_end(&c);
        value_free(f);
    }
    value_free(t);
}
END_TEST

START_TEST(no_match_at_all_is_reported)
{
    double truth[6] = { 0, 0, 0, 10, 0, 0 }, found[6] = { 0, 0, 0, 100, 0, 0 };
    loom_value *t = make_atoms(2, truth, NULL, "Si"), *f = make_atoms(2, found, NULL, "Si"),
               *none = make_atoms(0, NULL, NULL, "Si");
    op_call c = comparing(f, t, NULL, NULL);
    op_must_run(&c);
    ck_assert_double_eq(number(&c, "matched"), 0);
    ck_assert_ptr_nonnull(strstr(c.warnings, "found: none of the 2 atoms found"));
    op_end(&c);
    c = comparing(none, t, NULL, NULL);
    op_must_run(&c);
    ck_assert_ptr_nonnull(strstr(c.warnings, "found: none of the 0 atoms found"));
    op_end(&c);
    c = comparing(t, t, NULL, NULL);
    op_must_run(&c);
    ck_assert_str_eq(c.warnings, "");
    op_end(&c);
    value_free(t);
    value_free(f);
    value_free(none);
}
END_TEST

TEST_MAIN("compare.atoms", no_match_at_all_is_reported, a_shift_is_removed_and_errors_remain,
          every_exchange_and_flip_is_undone, an_atom_counts_once,
          labels_at_the_surface_are_counted_apart, nothing_found_is_a_result_no_truth_is_not,
          published_scores)
