/* classify.kmeans: the split is the best of all splits, the sums are those of the definition,
 * classes come out by ascending mean. */
#include "support/op_test.h"
#include "support/suite.h"
#include <kit/rng.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static loom_value *with_intensity(int64_t n, const double *intensity)
{
    double *position = calloc(3 * n + 1, sizeof *position);
    for (int64_t i = 0; i < n; i++) position[3 * i] = (double)i;
    loom_value *v = make_atoms(n, position, NULL, "X");
    make_array(v, "intensity", LOOM_F64, 1, &n, "", intensity);
    free(position);
    return v;
}

static double cost_of(const double *v, int from, int to)
{
    double mean = 0, sum = 0;
    for (int i = from; i < to; i++) mean += v[i] / (to - from);
    for (int i = from; i < to; i++) sum += (v[i] - mean) * (v[i] - mean);
    return sum;
}

static int ascending(const void *a, const void *b)
{
    return *(const double *)a < *(const double *)b ? -1 : *(const double *)a > *(const double *)b;
}

/* Against every possible pair of cuts. */
START_TEST(three_classes_are_the_best_of_all_splits)
{
    enum { N = 40 };
    double v[N];
    for (int i = 0; i < N; i++) v[i] = 100 * loom_uniform(11, _i, i) * loom_uniform(12, _i, i);
    loom_value *atoms = with_intensity(N, v);
    op_call c = { .op = op_load("classify.kmeans"),
                  .params = { "classes=3", "symbols=[Al, Ni, Pt]" } };
    op_input(&c, "atoms", atoms);
    op_must_be_deterministic(&c);
    const int32_t *label = value_array(op_output(&c, "atoms"), "species")->data;
    ck_assert_str_eq(value_attribute(op_output(&c, "atoms"), "symbols")->text, "Al Ni Pt");
    double highest[3] = { -1, -1, -1 }, lowest[3] = { 1e9, 1e9, 1e9 }, best = INFINITY, ours = 0;
    int size[3] = { 0 };
    for (int i = 0; i < N; i++) {
        highest[label[i]] = fmax(highest[label[i]], v[i]);
        lowest[label[i]] = fmin(lowest[label[i]], v[i]);
        size[label[i]]++;
    }
    ck_assert(highest[0] < lowest[1] && highest[1] < lowest[2]);
    qsort(v, N, sizeof *v, ascending);
    for (int a = 1; a < N - 1; a++)
        for (int b = a + 1; b < N; b++)
            best = fmin(best, cost_of(v, 0, a) + cost_of(v, a, b) + cost_of(v, b, N));
    ours = cost_of(v, 0, size[0]) + cost_of(v, size[0], size[0] + size[1])
           + cost_of(v, size[0] + size[1], N);
    ck_assert_double_eq_tol(ours, best, 1e-9 * best);
    op_end(&c);
    value_free(atoms);
}
END_TEST

START_TEST(two_gaussians_are_told_apart)
{
    enum { N = 100000 };
    double *v = malloc(N * sizeof *v), z[2];
    for (int i = 0; i < N; i++) {
        loom_normal2(4, 0, i, z);
        v[i] = (i % 5 ? 10 : 16) + z[0];
    }
    loom_value *atoms = with_intensity(N, v);
    op_call c = { .op = op_load("classify.kmeans"), .params = { "symbols=[Pd, Ir]" } };
    op_input(&c, "atoms", atoms);
    op_must_run(&c);
    const int32_t *label = value_array(op_output(&c, "atoms"), "species")->data;
    int wrong = 0;
    for (int i = 0; i < N; i++) wrong += label[i] != (i % 5 == 0);
    ck_assert_int_lt(wrong, N * 0.0025); /* the best threshold misses 0.135 % */
    const loom_value *t = op_output(&c, "classes");
    ck_assert_double_eq_tol(((double *)value_array(t, "mean")->data)[1], 16, 0.05);
    ck_assert_double_eq_tol(((double *)value_array(t, "deviation")->data)[0], 1, 0.02);
    ck_assert_int_eq(((int32_t *)value_array(t, "count")->data)[0]
                         + ((int32_t *)value_array(t, "count")->data)[1],
                     N);
    op_end(&c);
    value_free(atoms);
    free(v);
}
END_TEST

enum { NV = 24 };
static double cubic(double x, double y, double z)
{
    return 5 + 0.3 * x - 0.2 * y + 0.1 * z + 0.02 * x * y - 0.01 * z * z + 0.003 * x * x * x;
}

/* A spline reproduces a cubic polynomial, so the sums are known exactly. */
START_TEST(sums_follow_the_definition)
{
    float density[NV * NV * NV];
    for (int i = 0; i < NV * NV * NV; i++)
        density[i] = (float)cubic(i % NV - NV / 2, i / NV % NV - NV / 2, i / NV / NV - NV / 2);
    double at[6] = { 0.37, -0.81, 1.13, 0, 0, 0 }, far[6];
    const double voxel = 0.5;
    for (int i = 0; i < 6; i++) far[i] = at[i] * voxel + (i % 3 == 0);
    loom_value *volume = make_volume(NV, NV, NV, voxel, density),
               *atoms = make_atoms(2, far, NULL, "X");
    make_array(volume, "origin", LOOM_F64, 1, (int64_t[]){ 3 }, "angstrom", (double[]){ 1, 0, 0 });
    static const struct {
        const char *p[3];
        double step;
        int radius;
        bool ball;
    } ways[] = {
        { { "radius=3" }, 1, 3, false },
        { { "radius=3", "window=ball" }, 1, 3, true },
        { { "radius=4", "window=ball", "upsampling=3" }, 1 / 3.0, 4, true },
    };
    for (size_t w = 0; w < 3; w++) {
        op_call c = { .op = op_load("classify.kmeans"),
                      .params = { "classes=1", ways[w].p[0], ways[w].p[1], ways[w].p[2] } };
        op_input(&c, "atoms", atoms);
        op_input(&c, "volume", volume);
        op_must_be_deterministic(&c);
        const double *sum = value_array(op_output(&c, "atoms"), "intensity")->data;
        for (int a = 0; a < 2; a++) {
            double expect = 0;
            int R = ways[w].radius;
            for (int k = -R; k <= R; k++)
                for (int j = -R; j <= R; j++)
                    for (int i = -R; i <= R; i++)
                        if (!ways[w].ball || i * i + j * j + k * k <= (R + 0.5) * (R + 0.5))
                            expect += cubic(at[3 * a] + i * ways[w].step,
                                            at[3 * a + 1] + j * ways[w].step,
                                            at[3 * a + 2] + k * ways[w].step);
            ck_assert_double_eq_tol(sum[a], expect, 1e-5 * fabs(expect));
        }
        op_end(&c);
    }
    value_free(volume);
    value_free(atoms);
}
END_TEST

START_TEST(the_dimmest_class_can_be_dropped)
{
    double v[6] = { 1, 30, 10, 31, 1.1, 11 };
    loom_value *atoms = with_intensity(6, v);
    op_call c = { .op = op_load("classify.kmeans"),
                  .params = { "classes=3", "discard=1", "symbols=[Pd, Ir]" } };
    op_input(&c, "atoms", atoms);
    op_must_run(&c);
    const loom_value *out = op_output(&c, "atoms");
    ck_assert_int_eq(value_array(out, "species")->dim[0], 4);
    ck_assert_mem_eq(value_array(out, "species")->data, ((int32_t[]){ 1, 0, 1, 0 }), 16);
    ck_assert_double_eq(((double *)value_array(out, "position")->data)[3], 2);
    ck_assert_double_eq(((double *)value_array(out, "intensity")->data)[3], 11);
    op_end(&c);
    value_free(atoms);
}
END_TEST

START_TEST(what_cannot_be_split_is_refused)
{
    double same[4] = { 2, 2, 2, 2 };
    loom_value *atoms = with_intensity(4, same), *none = make_atoms(0, NULL, NULL, "X");
    op_call c = { .op = op_load("classify.kmeans") };
    op_input(&c, "atoms", atoms);
    op_must_fail(&c, LOOM_E_DATA, "atoms", "4 atoms with 1 different");
    c.params[0] = "symbols=[Pd, Ir, Pt]";
    op_must_fail(&c, LOOM_E_PARAM, "symbols", "3 entries for 2 classes");
    c.params[0] = "discard=2";
    op_must_fail(&c, LOOM_E_PARAM, "discard", "at least one");
    c.params[0] = "column=peak";
    op_must_fail(&c, LOOM_E_DATA, "column", "'peak'");
    c.params[0] = NULL;
    c.input[0].value = none;
    op_must_fail(&c, LOOM_E_DATA, NULL, "");
    op_end(&c);
    value_free(atoms);
    value_free(none);
}
END_TEST

/* Warnings for two normal classes of `n` atoms in all, `distance` deviations apart, a share `dim`
 * of them in the dimmer one about `mean`. */
static const char *warnings_of(int n, double mean, double distance, double dim, const char *p1,
                               const char *p2)
{
    static char warnings[4096];
    double *v = malloc((size_t)n * sizeof *v), z[2];
    for (int i = 0; i < n; i++) {
        loom_normal2(21, 0, i, z);
        v[i] = mean + z[0] + (i >= dim * n ? distance : 0);
    }
    loom_value *atoms = with_intensity(n, v);
    op_call c = { .op = op_load("classify.kmeans"), .params = { p1, p2 } };
    op_input(&c, "atoms", atoms);
    op_must_be_deterministic(&c);
    snprintf(warnings, sizeof warnings, "%s", c.warnings);
    op_end(&c);
    value_free(atoms);
    free(v);
    return warnings;
}
#define ck_holds(text, part) \
    ck_assert_msg(strstr(text, part) != NULL, "no '%s' in '%s'", part, text)

START_TEST(classes_that_overlap_are_reported)
{
    /* area in common: 2 Phi(-d/2), which is 0.2 at 2.56 */
    for (int rare = 0; rare < 2; rare++) {
        double dim = rare ? 0.8 : 0.5;
        ck_assert_str_eq(warnings_of(3000, 10, 3.2, dim, "symbols=[Pd, Ir]", NULL), "");
        ck_assert_str_eq(warnings_of(300, 10, 5, dim, NULL, NULL), "");
        ck_holds(warnings_of(3000, 10, 2, dim, "symbols=[Pd, Ir]", NULL),
                 "classes: the intensities of class 0 (Pd) and class 1 (Ir) overlap by ");
    }
    ck_holds(warnings_of(3000, 10, 2, 0.5, "symbols=[Pd, Ir]", NULL), "overlap by 3");
    ck_holds(warnings_of(3000, 10, 0, 0.5, NULL, NULL), "overlap by "); /* one class, cut in two */
    ck_holds(warnings_of(3000, 10, 7, 0.5, "classes=3", NULL), " overlap by ");
    ck_holds(warnings_of(3000, 10, 2, 0.5, "discard=1", "symbols=[Pd]"), "noise cannot be told");
    ck_assert_str_eq(warnings_of(12, 10, 2, 0.5, NULL, NULL), ""); /* too few to tell */
}
END_TEST

START_TEST(classes_that_are_no_elements_are_reported)
{
    const char *noise = warnings_of(1000, 4, 96, 0.8, "symbols=[Pd, Ir]", NULL);
    ck_holds(noise, "discard: class 0 (Pd) has 800 atoms 0.0399 times as bright as those of Ir");
    ck_holds(noise, "'discard: 1'");
    ck_holds(warnings_of(1000, 4, 96, 0.8, NULL, NULL), "peaks of noise");
    ck_assert_str_eq(warnings_of(1000, 4, 96, 0.8, "discard=1", "symbols=[Si]"), "");
    ck_assert_str_eq(warnings_of(1000, 4, 96, 0.8, "symbols=[O, Pt]", NULL), "");
    ck_assert_str_eq(warnings_of(1000, 40, 60, 0.8, "symbols=[Pd, Ir]", NULL), "");
    ck_holds(warnings_of(1000, 40, 60, 0.8, "symbols=[Ir, Pd]", NULL), "in the wrong order");
    ck_holds(warnings_of(1000, 40, 60, 0.999, "symbols=[Pd, Ir]", NULL), "holds 1 of 1000 atoms");
    ck_holds(warnings_of(1000, 40, 60, 0.8, "symbols=[bright, Ir]", NULL),
             "symbols: 'bright' is not a chemical element");
}
END_TEST

START_TEST(symbols_follow_the_one_rule)
{
    double v[4] = { 10, 20, 10, 20 };
    loom_value *atoms = with_intensity(4, v);
    op_call c = { .op = op_load("classify.kmeans"), .params = { "symbols=[pd, IR]" } };
    op_input(&c, "atoms", atoms);
    op_must_run(&c);
    ck_assert_str_eq(value_attribute(op_output(&c, "atoms"), "symbols")->text, "Pd Ir");
    c.params[0] = "symbols=[Pd, pd]";
    op_must_fail(&c, LOOM_E_PARAM, "symbols", "names Pd twice");
    c.params[0] = "symbols=['46', '77']";
    op_must_fail(&c, LOOM_E_PARAM, "symbols", "write the chemical symbol, Pd");
    c.params[0] = "symbols=[Pd Ir, Pt]";
    op_must_fail(&c, LOOM_E_PARAM, "symbols", "which is not a symbol");
    op_end(&c);
    value_free(atoms);
}
END_TEST

TEST_MAIN_WITH("classify.kmeans",
               ((suite_options){ .loop = three_classes_are_the_best_of_all_splits, .loops = 10 }),
               two_gaussians_are_told_apart, sums_follow_the_definition,
               classes_that_overlap_are_reported, classes_that_are_no_elements_are_reported,
               symbols_follow_the_one_rule, the_dimmest_class_can_be_dropped,
               what_cannot_be_split_is_refused)
