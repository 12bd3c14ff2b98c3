/* compare.projections and compare.volumes: the ratios of their definitions, scales found, sums that
 * do not depend on threads. */
#include "support/op_test.h"
#include "support/suite.h"
#include <kit/rng.h>
#include <math.h>
#include <stdlib.h>

enum { NT = 5, NY = 12, NX = 17, N = NT * NY * NX };
static const double angles[NT * 3] = { 0, -60, 0, 0, -30, 0, 0, 0, 0, 0, 30, 0, 0, 60, 0 };
static float measured[N], calculated[N];

static double cell(const op_call *c, const char *port, const char *name, int row)
{
    const loom_array *a = value_array(op_output(c, port), name);
    ck_assert_msg(a != NULL, "no column %s", name);
    return ((double *)a->data)[row];
}

/* calculated = factor_k * (measured - 3) + error, borders spoilt. */
static void make_images(double wrong)
{
    for (int k = 0; k < NT; k++)
        for (int i = 0; i < NY * NX; i++) {
            int y = i / NX, x = i % NX, at = k * NY * NX + i;
            measured[at] = (float)(3 + 10 * loom_uniform(1, k, i));
            calculated[at] = (float)((k + 1) * (measured[at] - 3) + wrong * (i % 2 ? 1 : -1));
            if (y < 2 || x < 2 || y >= NY - 2 || x >= NX - 2) calculated[at] = 1e6f;
        }
}

static op_call comparing(loom_value *m, loom_value *c, const char *scale, const char *border)
{
    op_call call = { .op = op_load("compare.projections"), .params = { scale, border } };
    op_input(&call, "measured", m);
    op_input(&call, "calculated", c);
    return call;
}

START_TEST(r_factors_follow_their_definition)
{
    make_images(0.5);
    loom_value *m = make_tilt_series(NT, NY, NX, 0.3, measured, angles),
               *v = make_tilt_series(NT, NY, NX, 0.3, calculated, angles);
    value_set_number(m, "background", 3, NULL, NULL);
    op_call c = comparing(m, v, "scale=none", "border=2");
    op_must_be_deterministic(&c);
    double mean = 0, over = 0, under = 0, over2 = 0, under2 = 0;
    for (int k = 0; k < NT; k++) {
        double d = 0, b = 0;
        for (int i = 0; i < NY * NX; i++) {
            int y = i / NX, x = i % NX, at = k * NY * NX + i;
            if (y < 2 || x < 2 || y >= NY - 2 || x >= NX - 2) continue;
            d += fabs(calculated[at] - (measured[at] - 3.0));
            b += fabs(measured[at] - 3.0);
            over2 += pow(calculated[at] - (measured[at] - 3.0), 2);
            under2 += pow(measured[at] - 3.0, 2);
        }
        ck_assert_double_eq_tol(cell(&c, "table", "r1", k), d / b, 1e-12);
        mean += d / b / NT;
        over += d;
        under += b;
    }
    ck_assert_double_eq_tol(cell(&c, "summary", "r1_mean", 0), mean, 1e-12);
    ck_assert_double_eq_tol(cell(&c, "summary", "r1_pooled", 0), over / under, 1e-12);
    ck_assert_double_eq_tol(cell(&c, "summary", "r2_pooled", 0), sqrt(over2 / under2), 1e-12);
    ck_assert_double_eq(cell(&c, "table", "theta", 4), 60);
    op_end(&c);
    value_free(m);
    value_free(v);
}
END_TEST

START_TEST(a_scale_per_tilt_is_found)
{
    make_images(0);
    loom_value *m = make_tilt_series(NT, NY, NX, 0.3, measured, angles),
               *v = make_tilt_series(NT, NY, NX, 0.3, calculated, angles);
    value_set_number(m, "background", 3, NULL, NULL);
    op_call c = comparing(m, v, "scale=tilt", "border=2");
    op_must_run(&c);
    for (int k = 0; k < NT; k++) {
        ck_assert_double_eq_tol(cell(&c, "table", "scale", k), 1.0 / (k + 1), 1e-6);
        ck_assert_double_lt(cell(&c, "table", "r1", k), 1e-6);
    }
    c.params[0] = "scale=pooled";
    op_must_run(&c);
    ck_assert_double_eq(cell(&c, "table", "scale", 0), cell(&c, "table", "scale", 4));
    ck_assert_double_gt(cell(&c, "summary", "r1_mean", 0), 0.2);
    c.params[1] = "border=6";
    op_must_fail(&c, LOOM_E_PARAM, "border", "leaves nothing");
    op_end(&c);
    value_free(m);
    value_free(v);
}
END_TEST

START_TEST(other_tilts_and_shapes_are_refused)
{
    double others[NT * 3] = { 0, -60, 0, 0, -30, 0, 0, 1, 0 };
    make_images(0);
    loom_value *m = make_tilt_series(NT, NY, NX, 0.3, measured, angles),
               *turned = make_tilt_series(NT, NY, NX, 0.3, calculated, others);
    loom_value *small = make_tilt_series(NT, NY, NX - 1, 0.3, calculated, angles),
               *dark = make_tilt_series(NT, NY, NX, 0.3, NULL, angles);
    op_call c = comparing(m, turned, NULL, NULL);
    op_must_fail(&c, LOOM_E_DATA, "calculated", "tilt 2");
    c.input[1].value = small;
    op_must_fail(&c, LOOM_E_DATA, "calculated", "[5][12][16]");
    c.input[0].value = c.input[1].value = dark;
    op_must_fail(&c, LOOM_E_DATA, "measured", "zero everywhere");
    op_end(&c);
    value_free(m);
    value_free(turned);
    value_free(small);
    value_free(dark);
}
END_TEST

enum { NZ = 6, NV = NZ * NY * NX };

START_TEST(correlation_and_fits_of_volumes)
{
    float a[NV], b[NV];
    double sum = 0, sum2 = 0;
    for (int i = 0; i < NV; i++) {
        a[i] = (float)loom_uniform(4, 0, i);
        b[i] = 2 * a[i] + 3;
        sum += (a[i] - b[i]) * (a[i] - b[i]);
        sum2 += b[i] * b[i];
    }
    loom_value *v = make_volume(NZ, NY, NX, 0.3, a), *r = make_volume(NZ, NY, NX, 0.3, b),
               *mask = make_value("mask");
    op_call c = { .op = op_load("compare.volumes"), .params = { "fit=linear" } };
    op_input(&c, "volume", v);
    op_input(&c, "reference", r);
    op_must_be_deterministic(&c);
    ck_assert_double_eq_tol(cell(&c, "table", "correlation", 0), 1, 1e-9);
    ck_assert_double_eq_tol(cell(&c, "table", "scale", 0), 2, 1e-6);
    ck_assert_double_eq_tol(cell(&c, "table", "offset", 0), 3, 1e-6);
    ck_assert_double_lt(cell(&c, "table", "relative_rms", 0), 1e-6);
    c.params[0] = "fit=none";
    op_must_run(&c);
    ck_assert_double_eq_tol(cell(&c, "table", "relative_rms", 0), sqrt(sum / sum2), 1e-6);
    uint8_t *inside = make_array(mask, "mask", LOOM_U8, 3, (int64_t[]){ NZ, NY, NX }, NULL, NULL);
    value_set_number(mask, "voxel_size", 0.3, "angstrom", NULL);
    inside[0] = 1;
    op_input(&c, "mask", mask);
    op_must_fail(&c, LOOM_E_DATA, "mask", "fewer than two");
    inside[1] = inside[2] = 1;
    op_must_run(&c);
    ck_assert_double_eq(cell(&c, "table", "voxels", 0), 3);
    op_end(&c);
    value_free(v);
    value_free(r);
    value_free(mask);
}
END_TEST

/* A volume held against its own projections explains them; against those of another it does not,
 * and says so. r_free is the ratio of its definition. */
START_TEST(free_r_factors_judge_a_volume)
{
    enum { W = 16 };
    loom_value *v = make_volume(W, W, W, 0.3, NULL), *other = make_volume(W, W, W, 0.3, NULL);
    float *d = value_array(v, "density")->data, *e = value_array(other, "density")->data;
    d[(8 * W + 8) * W + 5] = 4;
    d[(6 * W + 9) * W + 9] = 2;
    e[(3 * W + 4) * W + 12] = 6;
    op_call p = { .op = op_load("reconstruct.project"), .params = { "angles=-40, 0, 35" } };
    op_input(&p, "volume", v);
    op_must_run(&p);
    const loom_value *images = op_output(&p, "tilts");
    op_call same = { .op = op_load("compare.free") }, wrong = { .op = op_load("compare.free") };
    op_input(&same, "volume", v);
    op_input(&same, "left_out", images);
    op_must_be_deterministic(&same);
    ck_assert_double_lt(cell(&same, "summary", "r_free", 0), 1e-5);
    ck_assert_double_eq(cell(&same, "table", "theta", 2), 35);
    ck_assert_str_eq(same.warnings, "");
    /* nothing fitted is connected: no figure of it, where a 0 would look like a perfect one */
    ck_assert_ptr_null(value_array(op_output(&same, "summary"), "r_work"));
    ck_assert_ptr_null(value_array(op_output(&same, "summary"), "gap"));
    op_input(&wrong, "volume", other);
    op_input(&wrong, "left_out", images);
    op_input(&wrong, "fitted", images);
    op_must_run(&wrong);
    ck_assert_double_gt(cell(&wrong, "summary", "r_free", 0), 1);
    ck_assert_double_eq_tol(cell(&wrong, "summary", "gap", 0), 0, 1e-12);
    ck_assert(strstr(wrong.warnings, "explains next to nothing"));
    op_end(&same);
    op_end(&wrong);
    /* doubled: every |c - b| is |b| */
    for (int i = 0; i < W * W * W; i++) d[i] *= 2;
    op_call twice = { .op = op_load("compare.free") };
    op_input(&twice, "volume", v);
    op_input(&twice, "left_out", images);
    op_must_run(&twice);
    ck_assert_double_eq_tol(cell(&twice, "summary", "r_free", 0), 1, 1e-4);
    ck_assert_double_eq_tol(cell(&twice, "summary", "r_free_2", 0), 1, 1e-4);
    ck_assert_double_lt(cell(&twice, "summary", "error_r_free", 0), 1e-4);
    op_end(&twice);
    op_end(&p);
    value_free(v);
    value_free(other);
}
END_TEST

START_TEST(free_r_factors_refuse_what_does_not_fit)
{
    loom_value *v = make_volume(8, 8, 8, 0.3, NULL),
               *m = make_tilt_series(NT, 8, 8, 0.4, NULL, angles);
    op_call c = { .op = op_load("compare.free") };
    op_input(&c, "volume", v);
    op_input(&c, "left_out", m);
    op_must_fail(&c, LOOM_E_DATA, "left_out", "pixels of 0.4 angstrom, voxels of 0.3");
    loom_value *blank = make_tilt_series(NT, 8, 8, 0.3, NULL, angles);
    op_call d = { .op = op_load("compare.free") },
            e = { .op = op_load("compare.free"), .params = { "border=4" } };
    op_input(&d, "volume", v);
    op_input(&d, "left_out", blank);
    op_must_fail(&d, LOOM_E_DATA, "left_out", "zero everywhere");
    op_input(&e, "volume", v);
    op_input(&e, "left_out", blank);
    op_must_fail(&e, LOOM_E_PARAM, "border", "leaves nothing");
    op_end(&c);
    op_end(&d);
    op_end(&e);
    value_free(v);
    value_free(m);
    value_free(blank);
}
END_TEST

TEST_MAIN("compare images", free_r_factors_judge_a_volume, free_r_factors_refuse_what_does_not_fit,
          r_factors_follow_their_definition, a_scale_per_tilt_is_found,
          other_tilts_and_shapes_are_refused, correlation_and_fits_of_volumes)
